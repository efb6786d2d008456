"""What of the claimed rows must not leave, or not now: asked after the claim and again on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from backoffice.core.addresses import needs_smtputf8
from backoffice.delivery.enums import MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS
from backoffice.delivery.services import lanes, throttle
from backoffice.delivery.services.suppression import suppressing_scopes

ANSWERS_AN_HOUR = 20
ANSWER_WINDOW = timedelta(hours=1)
NEEDS_SMTPUTF8 = "needs SMTPUTF8"


def obstacles(rows: Sequence[Delivery], *, now: datetime) -> dict[int, str]:
    """Delivery id → why it must not leave any more: suppressed, unusable, too many, or what its
    kind says (duty ended, mailing cancelled)."""
    found = {**suppressing_scopes(rows), **_unusable(rows), **_too_many_answers(rows, now)}
    for name in {row.kind for row in rows if row.kind in MESSAGE_KINDS}:
        recheck = MESSAGE_KINDS.get(name).recheck
        if recheck is not None:
            found.update(recheck([row for row in rows if row.kind == name and row.pk not in found]))
    return found


def _unusable(rows: Sequence[Delivery]) -> dict[int, str]:
    """RFC 2047 forbids to encode an address; without SMTPUTF8 no relay can take such a one."""
    return {row.pk: NEEDS_SMTPUTF8 for row in rows if needs_smtputf8(row.address)}


def _too_many_answers(rows: Sequence[Delivery], now: datetime) -> dict[int, str]:
    """Answers pass the ledger, so each address has a limit of its own: a form that anybody can
    fill in must not become a way to flood somebody."""
    found = {}
    for row in rows:
        if row.mail_class == MailClass.ANSWER:
            sent = Delivery.objects.filter(
                address=row.address, mail_class=MailClass.ANSWER, handed_at__gte=now - ANSWER_WINDOW
            )
            if sent.count() >= ANSWERS_AN_HOUR:
                found[row.pk] = "too many answers"
    return found


def within_domain_limits(
    rows: Sequence[Delivery], *, now: datetime
) -> tuple[list[Delivery], list[Delivery]]:
    """(rows that may leave now, rows to give back) by the limits of their recipient domains."""
    limited = throttle.limited({lanes.domain_key(row.domain) for row in rows})
    room: dict[str, int] = {}
    for key in limited:
        wanted = sum(lanes.domain_key(row.domain) == key for row in rows)
        room[key] = throttle.reserve(key, wanted, now=now)
    kept: list[Delivery] = []
    back: list[Delivery] = []
    for row in rows:
        key = lanes.domain_key(row.domain)
        if key in room:
            room[key] -= 1
        (back if room.get(key, 0) < 0 else kept).append(row)
    return kept, back
