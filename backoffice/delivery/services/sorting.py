"""What staff do with inbound mail that no handler took."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.delivery.models import InboundMail
from backoffice.delivery.reports import read_report
from backoffice.delivery.services.inbound import WITHOUT_PROOF, apply_reports

BELIEVED = "report, believed by staff"
ASIDE = "set aside by staff"


def believe_report(*, mail: InboundMail, actor: Actor, at: datetime) -> InboundMail:
    """Applies a report without proof to the message whose Message-ID it gives back.

    Raises: RuleBroken when it speaks of no message of ours; InvalidTransition when it was dealt
        with in the meantime.
    """
    if mail.speaks_of is None:
        raise RuleBroken("The report speaks of no message of ours.", code="unknown_message")
    with transaction.atomic():
        _take(mail, (WITHOUT_PROOF,), BELIEVED)
        apply_reports(mail.speaks_of, read_report(bytes(mail.raw)), at)
        audit.record("inbound", "believe", actor=actor, subject=mail, at=at)
    return mail


def set_aside(*, mail: InboundMail, actor: Actor, at: datetime) -> InboundMail:
    """Somebody has seen it. Raises: InvalidTransition when it was dealt with in the meantime."""
    with transaction.atomic():
        _take(mail, ("", WITHOUT_PROOF), ASIDE)
        audit.record("inbound", "set_aside", actor=actor, subject=mail, at=at)
    return mail


def _take(mail: InboundMail, expected: tuple[str, ...], by: str) -> None:
    rows = InboundMail.objects.filter(pk=mail.pk, taken_by__in=expected, processed_at__isnull=False)
    if not rows.update(taken_by=by):
        raise InvalidTransition("This mail was dealt with in the meantime.")
    mail.taken_by = by
