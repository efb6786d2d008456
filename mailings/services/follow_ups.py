"""After a mailing: a draft to those it missed, or a correction to those who got it."""

from __future__ import annotations

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from mailings.enums import FollowUp, MailingState
from mailings.models import Mailing, MailingFile

OVER = (MailingState.FINISHED, MailingState.CANCELLED)


def draft_for_missing(*, mailing: Mailing, actor: Actor) -> Mailing:
    """The same text to the same audience, less everybody whom it reached or may have reached.

    Raises: RuleBroken while the mailing runs.
    """
    return _follow(mailing, FollowUp.MISSING, "missing", actor)


def draft_correction(*, mailing: Mailing, actor: Actor) -> Mailing:
    """A draft to exactly those whom the mailing reached or may have reached; the text is theirs to
    change.

    Raises: RuleBroken while the mailing runs.
    """
    return _follow(mailing, FollowUp.CORRECTION, "correction", actor)


def _follow(mailing: Mailing, kind: FollowUp, word: str, actor: Actor) -> Mailing:
    if mailing.state not in OVER:
        raise RuleBroken("This is possible once the mailing is over.", code="running")
    with transaction.atomic():
        draft = Mailing.objects.create(
            name=f"{mailing.name[:105]} ({word})",
            mail_class=mailing.mail_class,
            topic=mailing.topic,
            segment=mailing.segment,
            exclude=mailing.exclude,
            follows=mailing,
            follow_kind=kind,
            subject=mailing.subject,
            body=mailing.body,
            subject_de=mailing.subject_de,
            body_de=mailing.body_de,
            in_archive=mailing.in_archive,
            reply_to=mailing.reply_to,
            created_by_id=actor.user_id,
        )
        if kind == FollowUp.MISSING:
            MailingFile.objects.bulk_create(
                MailingFile(
                    mailing=draft,
                    organisation_id=item.organisation_id,
                    document_id=item.document_id,
                    file_name=item.file_name,
                )
                for item in mailing.files.all()
            )
        audit.record(f"mailing:{mailing.pk}", kind, actor=actor, subject=draft)
    return draft
