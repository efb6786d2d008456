"""After a mailing: a draft to those it missed, or a correction to those who got it."""

from __future__ import annotations

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from mailings.models import Mailing, Segment


def draft_for_missing(*, mailing: Mailing, actor: Actor) -> Mailing:
    """The same text to the same segment, less everybody to whom it was handed over.

    Raises: RuleBroken for a mailing without a segment: its subscribers are not all known contacts.
    """
    segment = _segment_of(mailing)
    with transaction.atomic():
        exclude = _reached(mailing)
        draft = _copy(mailing, segment=segment, exclude=exclude, name=f"{mailing.name} (missing)")
        audit.record(f"mailing:{mailing.pk}", "to_missing", actor=actor, subject=draft)
    return draft


def draft_correction(*, mailing: Mailing, actor: Actor) -> Mailing:
    """A draft to exactly those to whom the mailing was handed over; the text is theirs to change.

    Raises: RuleBroken for a mailing without a segment.
    """
    _segment_of(mailing)
    with transaction.atomic():
        draft = _copy(mailing, segment=_reached(mailing), exclude=None,
                      name=f"{mailing.name} (correction)")  # fmt: skip
        audit.record(f"mailing:{mailing.pk}", "correction", actor=actor, subject=draft)
    return draft


def _segment_of(mailing: Mailing) -> Segment:
    if mailing.segment is None:
        raise RuleBroken("This is possible for mailings to a segment only.", code="no_segment")
    return mailing.segment


def _reached(mailing: Mailing) -> Segment:
    """The segment "was sent this mailing"; made once."""
    line = {"field": "was_sent", "op": "is", "value": str(mailing.pk)}
    segment, _new = Segment.objects.get_or_create(
        name=f"Was sent: {mailing.name} #{mailing.pk}"[:120], defaults={"rule": {"all": [line]}}
    )
    return segment


def _copy(mailing: Mailing, *, segment: Segment, exclude: Segment | None, name: str) -> Mailing:
    return Mailing.objects.create(
        name=name[:120],
        mail_class=mailing.mail_class,
        topic=mailing.topic,
        segment=segment,
        exclude=exclude,
        subject=mailing.subject,
        body=mailing.body,
        subject_de=mailing.subject_de,
        body_de=mailing.body_de,
        reply_to=mailing.reply_to,
    )
