"""What staff do with waiting messages: drop, release, settle what is uncertain."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition
from backoffice.core.services import audit
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery

WAITING = (DeliveryState.PLANNED, DeliveryState.DEFERRED)


def drop_delivery(*, delivery: Delivery, actor: Actor, at: datetime) -> Delivery:
    """Takes a waiting message out of the queue for good. Raises: InvalidTransition."""
    return _change(
        delivery, WAITING, "drop", actor,
        {"state": DeliveryState.SKIPPED, "reason": "dropped by staff", "settled_at": at},
    )  # fmt: skip


def release_delivery(*, delivery: Delivery, actor: Actor, at: datetime) -> Delivery:
    """Lets a waiting message leave now instead of at its time. Raises: InvalidTransition."""
    return _change(delivery, WAITING, "release", actor, {"not_before": at})


def settle_uncertain(*, delivery: Delivery, arrived: bool, actor: Actor, at: datetime) -> Delivery:
    """Staff know what became of it: it arrived, or it is sent once more under its Message-ID.

    Raises: InvalidTransition.
    """
    changes = (
        {"state": DeliveryState.SENT, "reason": "settled by staff", "settled_at": at}
        if arrived
        else {"state": DeliveryState.PLANNED, "reason": "repeated by staff", "not_before": at}
    )
    return _change(delivery, (DeliveryState.UNCERTAIN,), "settle", actor, changes)


def _change(
    delivery: Delivery, expected: tuple[str, ...], act: str, actor: Actor, changes: dict
) -> Delivery:
    with transaction.atomic():
        done = Delivery.objects.filter(pk=delivery.pk, state__in=expected).update(**changes)
        if not done:
            raise InvalidTransition("The message has moved on in the meantime; nothing was done.")
        delivery.refresh_from_db()
        audit.record("delivery", act, actor=actor, subject=delivery)
    return delivery


def repeat_uncertain(*, before: datetime, at: datetime, actor: Actor) -> int:
    """Governance notices that stayed uncertain are repeated once under the same Message-ID, because
    a lost notice is worse than a double one; every other class stays as it is, visibly.

    Returns: how many were planned again.
    """
    count = 0
    rows = Delivery.objects.filter(
        state=DeliveryState.UNCERTAIN, mail_class="governance", handed_at__lt=before, attempt=1
    )
    for delivery in rows[:500]:
        _change(
            delivery, (DeliveryState.UNCERTAIN,), "repeat", actor,
            {"state": DeliveryState.PLANNED, "reason": "repeated, was uncertain", "not_before": at},
        )  # fmt: skip
        count += 1
    return count
