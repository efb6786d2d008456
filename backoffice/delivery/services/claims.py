"""Claim, begin and finish: every step one guarded statement, committed before the next.

Two workers never hold the same row, and a row is ``handing`` in the database before its first byte
leaves. The two statements per message are plain SQL because they are the hot path.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction

from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery
from backoffice.delivery.services.notices import tell_handlers
from backoffice.delivery.services.suppression import hash_of_normal, scopes_that_stop
from backoffice.delivery.transports.outcomes import Outcome, Verdict

CLAIM_LEASE = timedelta(minutes=5)
# Longer than the slowest hand-off: five steps of 30 seconds and three minutes for the dot.
HAND_LEASE = timedelta(minutes=8)
BACK_OFF = tuple(timedelta(minutes=m) for m in (5, 15, 60, 240, 480, 720, 1440))


def claim(
    *,
    lane: str,
    worker: str,
    limit: int,
    now: datetime,
    held_mailings: Collection[int] = (),
    held_domains: Collection[str] = (),
) -> list[Delivery]:
    """Up to ``limit`` rows of the lane for this worker until the lease ends; retries first.

    On PostgreSQL rows that others are claiming are skipped; on SQLite the transaction is exclusive.
    """
    chosen: list[Delivery] = []
    with transaction.atomic():
        for state in (DeliveryState.DEFERRED, DeliveryState.PLANNED):
            rows = Delivery.objects.due(state=state, lane=lane, now=now)
            if held_mailings:
                rows = rows.exclude(mailing_ref__in=held_mailings)
            if held_domains:
                rows = rows.exclude(domain__in=held_domains)
            room = limit - len(chosen)
            if room > 0:
                chosen += rows.select_for_update(skip_locked=True)[:room]
        Delivery.objects.filter(
            pk__in=[row.pk for row in chosen],
            state__in=[DeliveryState.PLANNED, DeliveryState.DEFERRED],
        ).update(state=DeliveryState.CLAIMED, claimed_by=worker, lease_until=now + CLAIM_LEASE)
    return chosen


def release(rows: Collection[Delivery], *, worker: str) -> int:
    """Gives claimed rows back untouched; the number given back."""
    return Delivery.objects.filter(
        pk__in=[row.pk for row in rows], state=DeliveryState.CLAIMED, claimed_by=worker
    ).update(state=DeliveryState.PLANNED, claimed_by="", lease_until=None)


def begin(delivery: Delivery, *, worker: str, route: str, token_hash: str, now: datetime) -> bool:
    """Marks the row as being handed over, if nothing forbids it at this very moment.

    One statement asks all at once: still claimed by this worker, lease running, address not
    suppressed for this class and topic (unless the person's fresh opt-in permits it), neither lane,
    transport, recipient domain nor mailing paused.

    Returns: False when it must not leave; then nothing was written.
    """
    scopes = scopes_that_stop(delivery.mail_class, delivery.topic) or [""]
    marks = ", ".join(["%s"] * len(scopes))
    statement = f"""
        UPDATE delivery_delivery
           SET state = 'handing', attempt = attempt + 1, token_hash = %s, lease_until = %s,
               handed_at = %s
         WHERE id = %s AND state = 'claimed' AND claimed_by = %s AND lease_until > %s
           AND NOT EXISTS (
                 SELECT 1 FROM delivery_suppression s
                  WHERE s.address_hash = %s AND s.lifted_at IS NULL AND s.scope IN ({marks})
                    AND (s.scope = 'hold' OR NOT EXISTS (
                          SELECT 1 FROM delivery_permit p
                           WHERE p.address_hash = s.address_hash AND p.topic = %s
                             AND p.ended_at IS NULL)))
           AND NOT EXISTS (SELECT 1 FROM delivery_lanestate
                            WHERE key IN (%s, %s, %s, %s) AND paused_at IS NOT NULL)
    """  # noqa: S608 - only the number of marks varies
    adapt = connection.ops.adapt_datetimefield_value
    at, lease = adapt(now), adapt(now + HAND_LEASE)
    values = [token_hash, lease, at, delivery.pk, worker, at, hash_of_normal(delivery.address)]
    values += [*scopes, delivery.topic, delivery.lane, route, f"domain:{delivery.domain}"]
    values += [f"mailing:{delivery.mailing_ref or 0}"]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount == 1


def finish(delivery: Delivery, outcome: Outcome, *, worker: str, now: datetime) -> bool:
    """Writes what came of it; an event that arrived first, or an expired lease, is kept.

    Returns: whether the row was still in this worker's hand.
    """
    state, not_before = _after(delivery, outcome, now)
    statement = """
        UPDATE delivery_delivery
           SET state = %s, reason = %s, not_before = %s, settled_at = %s, provider_id = %s,
               claimed_by = '', lease_until = NULL
         WHERE id = %s AND state = 'handing' AND claimed_by = %s
    """
    adapt = connection.ops.adapt_datetimefield_value
    settled = None if state in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN) else adapt(now)
    later = adapt(not_before) if not_before else None
    values = [
        str(state), outcome.reason[:120], later, settled, outcome.provider_id, delivery.pk, worker,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        done = cursor.rowcount == 1
    if not done and outcome.verdict == Verdict.SENT:
        # The lease ran out while the relay was slow: now it is known after all.
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.UNCERTAIN).update(
            state=DeliveryState.SENT, reason=outcome.reason[:120], settled_at=now,
            provider_id=outcome.provider_id,
        )  # fmt: skip
    delivery.state, delivery.reason = str(state), outcome.reason[:120]
    return done


def _after(
    delivery: Delivery, outcome: Outcome, now: datetime
) -> tuple[DeliveryState, datetime | None]:
    if outcome.verdict == Verdict.SENT:
        return DeliveryState.SENT, None
    if outcome.verdict == Verdict.UNKNOWN:
        return DeliveryState.UNCERTAIN, None
    if outcome.verdict == Verdict.REFUSED or delivery.attempt + 1 > len(BACK_OFF):
        return DeliveryState.FAILED, None
    return DeliveryState.DEFERRED, now + BACK_OFF[delivery.attempt]


def settle(delivery: Delivery, *, state: str, reason: str, worker: str, now: datetime) -> bool:
    """Ends a claimed row without a hand-off: skipped or failed, with its reason."""
    return bool(
        Delivery.objects.filter(
            pk=delivery.pk, state=DeliveryState.CLAIMED, claimed_by=worker
        ).update(state=state, reason=reason[:120], settled_at=now, claimed_by="", lease_until=None)
    )


def expire_leases(*, now: datetime) -> int:
    """Takes back what a lost worker had: claimed rows are planned again, rows in hand become
    uncertain and are never planned by themselves. The number of rows changed."""
    changed = Delivery.objects.claimed_too_long(now=now).update(
        state=DeliveryState.PLANNED, claimed_by="", lease_until=None
    )
    for delivery in Delivery.objects.handing_too_long(now=now)[:1000]:
        with transaction.atomic():
            lost = (
                Delivery.objects.handing_too_long(now=now)
                .filter(pk=delivery.pk)
                .update(
                    state=DeliveryState.UNCERTAIN,
                    reason="worker lost",
                    claimed_by="",
                    lease_until=None,
                )
            )
            if lost:
                delivery.state, delivery.reason = str(DeliveryState.UNCERTAIN), "worker lost"
                tell_handlers(delivery, DeliveryState.UNCERTAIN)
            changed += lost
    return changed
