"""What comes back about a delivery: delivered, bounced, complained. Idempotent, in any order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.enums import DELIVERY_TRANSITIONS, DeliveryState, SuppressionReason
from backoffice.delivery.models import AddressScore, Delivery
from backoffice.delivery.services import lanes
from backoffice.delivery.services.notices import tell_handlers
from backoffice.delivery.services.suppression import hash_of_normal, suppress

EVENTS = Actor.process("mail_events")
POINTS = {"hard": Decimal("1"), "soft": Decimal("0.5")}
HELD_AT = Decimal("5")
QUIET = timedelta(days=7)
# A mailing is paused at these shares once so many have been handed over.
ENOUGH = 200
COMPLAINT_SHARE = 0.001
BOUNCE_SHARE = 0.05


def note_event(*, delivery: Delivery, kind: str, status: str, at: datetime, on: date) -> bool:
    """Applies one event: delivered, hard, soft, review, complaint, delayed.

    A hard bounce holds the address, soft ones are scored, a complaint stops all optional mail to
    the address; what blames the sender or is unclear changes the delivery only.

    Returns: whether anything was new.
    """
    target = {
        "delivered": DeliveryState.DELIVERED,
        "hard": DeliveryState.BOUNCED,
        "soft": DeliveryState.BOUNCED,
        "review": DeliveryState.BOUNCED,
        "complaint": DeliveryState.COMPLAINED,
    }.get(kind)
    if target is None:
        return False
    with transaction.atomic():
        moved = _move(delivery, target, f"{kind} {status}".strip(), at)
        if moved and delivery.address:
            _consequences(delivery, kind, on)
        if moved and target != DeliveryState.DELIVERED:
            audit.record(
                "delivery", kind, actor=EVENTS, subject=delivery,
                facts={"status": status if status.replace(".", "").isdigit() else ""}, at=at,
            )  # fmt: skip
            tell_handlers(delivery, str(target))
            _guard_mailing(delivery, at)
    return moved


def _move(delivery: Delivery, target: str, reason: str, at: datetime) -> bool:
    """From whatever state allows it; an event that comes before the result was committed wins."""
    allowed = [state for state, to in DELIVERY_TRANSITIONS.items() if target in to]
    moved = Delivery.objects.filter(
        pk=delivery.pk, state__in=[*allowed, DeliveryState.HANDING]
    ).update(state=target, reason=reason[:120], settled_at=at, claimed_by="", lease_until=None)
    delivery.refresh_from_db()
    return bool(moved)


def _consequences(delivery: Delivery, kind: str, on: date) -> None:
    source = f"delivery:{delivery.pk}"
    if kind == "complaint":
        suppress(
            delivery.address, scope="optional", reason=SuppressionReason.COMPLAINT,
            actor=EVENTS, source=source,
        )  # fmt: skip
    elif kind == "hard":
        suppress(
            delivery.address, scope="hold", reason=SuppressionReason.HARD_BOUNCE,
            actor=EVENTS, source=source,
        )  # fmt: skip
    elif kind == "soft" and _score(delivery.address, kind, on) >= HELD_AT:
        suppress(
            delivery.address, scope="hold", reason=SuppressionReason.SOFT_BOUNCE,
            actor=EVENTS, source=source,
        )  # fmt: skip


def _score(address: str, kind: str, on: date) -> Decimal:
    """Adds the points of a bounce, one score a day, starting anew after seven quiet days."""
    row, created = AddressScore.objects.get_or_create(
        address_hash=hash_of_normal(address), defaults={"points": POINTS[kind], "scored_on": on}
    )
    if created or row.scored_on >= on:
        return row.points
    row.points = POINTS[kind] + (row.points if on - row.scored_on <= QUIET else Decimal(0))
    row.scored_on = on
    row.save(update_fields=["points", "scored_on"])
    return row.points


def _guard_mailing(delivery: Delivery, at: datetime) -> None:
    """Pauses a mailing that draws too many complaints or bounces."""
    if delivery.mailing_ref is None:
        return
    rows = Delivery.objects.of_mailing(delivery.mailing_ref)
    handed = rows.exclude(handed_at=None).count()
    if handed < ENOUGH:
        return
    complained = rows.filter(state=DeliveryState.COMPLAINED).count()
    bounced = rows.filter(state=DeliveryState.BOUNCED, reason__startswith="hard").count()
    if complained / handed >= COMPLAINT_SHARE or bounced / handed >= BOUNCE_SHARE:
        reason = f"{complained} complaints, {bounced} hard bounces of {handed}"
        key = lanes.mailing_key(delivery.mailing_ref)
        lanes.pause(key, reason=reason, actor=EVENTS, now=at)
