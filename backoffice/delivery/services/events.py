"""What comes back about a delivery: delivered, bounced, complained. Idempotent, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.enums import DELIVERY_TRANSITIONS, DeliveryState, SuppressionReason
from backoffice.delivery.models import AddressScore, Delivery, LaneState
from backoffice.delivery.services import lanes
from backoffice.delivery.services.notices import tell_handlers
from backoffice.delivery.services.suppression import hash_of_normal, suppress

EVENTS = Actor.process("mail_events")
POINTS = {"hard": Decimal("1"), "soft": Decimal("0.5")}
HELD_AT = Decimal("5")
QUIET = timedelta(days=7)


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
    """Pauses a mailing that draws too many complaints or hard bounces; what somebody has seen
    before resuming it does not count a second time."""
    if delivery.mailing_ref is None:
        return
    rates = rates_of(Delivery.objects.of_mailing(delivery.mailing_ref))
    if rates.handed < settings.ROLLCALL_PAUSE_AFTER:
        return
    key = lanes.mailing_key(delivery.mailing_ref)
    seen = LaneState.objects.filter(key=key).first() or LaneState()
    complaints = rates.complaints - seen.accepted_complaints
    bounces = rates.bounces - seen.accepted_bounces
    most_complaints = max(1, rates.handed * settings.ROLLCALL_PAUSE_COMPLAINTS)
    most_bounces = max(1, rates.handed * settings.ROLLCALL_PAUSE_BOUNCES)
    if complaints >= most_complaints or bounces >= most_bounces:
        reason = f"{rates.complaints} complaints, {rates.bounces} hard bounces of {rates.handed}"
        lanes.pause(key, reason=reason, actor=EVENTS, now=at)


@dataclass(frozen=True)
class Rates:
    """How messages were received: numbers, not shares."""

    handed: int
    complaints: int
    bounces: int

    @property
    def complaint_percent(self) -> float:
        """Of what was handed over."""
        return 100 * self.complaints / self.handed if self.handed else 0.0

    @property
    def bounce_percent(self) -> float:
        """Hard bounces, of what was handed over."""
        return 100 * self.bounces / self.handed if self.handed else 0.0


def rates_of(rows: QuerySet[Delivery]) -> Rates:
    """Of any rows, in one query."""
    return Rates(
        **rows.aggregate(
            handed=Count("pk", filter=Q(handed_at__isnull=False)),
            complaints=Count("pk", filter=Q(state=DeliveryState.COMPLAINED)),
            bounces=Count("pk", filter=Q(state=DeliveryState.BOUNCED, reason__startswith="hard")),
        )
    )
