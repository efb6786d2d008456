"""Breaker, pause and quiet hours per lane, transport, recipient domain and mailing.

All of it is stored, so it survives a restart. Limits are in ``throttle``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.enums import Lane
from backoffice.delivery.models import LaneState

FAILURES_THAT_OPEN = 5
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)
SATURDAY = 5


def domain_key(domain: str) -> str:
    """Key of a recipient domain."""
    return f"domain:{domain}"


def mailing_key(mailing_id: int) -> str:
    """Key of one mailing."""
    return f"mailing:{mailing_id}"


def transport_key(name: str) -> str:
    """Key of a transport: "transport:smtp"."""
    return f"transport:{name}"


def pause(key: str, *, reason: str, actor: Actor, now: datetime) -> LaneState:
    """Stops the lane, domain or mailing before its next hand-off."""
    with transaction.atomic():
        state, _created = LaneState.objects.get_or_create(key=key)
        if state.paused_at is None:
            state.paused_at, state.pause_reason = now, reason[:120]
            state.save(update_fields=["paused_at", "pause_reason"])
            audit.record("delivery", "pause", actor=actor, facts={"lane": key}, at=now)
    return state


def resume(key: str, *, actor: Actor, now: datetime) -> bool:
    """Lets it go on where it stopped and closes its breaker; False when it was not stopped."""
    with transaction.atomic():
        changed = LaneState.objects.filter(
            Q(paused_at__isnull=False) | Q(open_until__isnull=False), key=key
        ).update(paused_at=None, pause_reason="", open_until=None, failures=0)
        if changed:
            audit.record("delivery", "resume", actor=actor, facts={"lane": key}, at=now)
    return bool(changed)


def accept_rates(key: str, *, complaints: int, bounces: int) -> None:
    """What a person has seen before resuming does not pause the mailing a second time."""
    LaneState.objects.filter(key=key).update(
        accepted_complaints=complaints, accepted_bounces=bounces
    )


def forget(key: str) -> None:
    """The row of a mailing that is over."""
    LaneState.objects.filter(key=key).delete()


def may_run(*keys: str, now: datetime) -> bool:
    """Whether none of the keys is paused, resting after failures, or in its quiet hours."""
    return not any(stopped(state, now) for state in LaneState.objects.filter(key__in=keys))


def stopped(state: LaneState, now: datetime) -> bool:
    """Whether nothing leaves under this key at ``now``."""
    resting = state.open_until is not None and state.open_until > now
    return state.paused_at is not None or resting or is_quiet(state, now)


def is_quiet(state: LaneState, now: datetime) -> bool:
    """Whether ``now`` lies in the quiet hours, on the agency's clock."""
    if state.quiet_from is None and not state.weekdays_only:
        return False
    local = timezone.localtime(now)
    if state.weekdays_only and local.weekday() >= SATURDAY:
        return True
    return _between(local.time(), state.quiet_from, state.quiet_until)


def _between(moment: time, start: time | None, end: time | None) -> bool:
    if start is None or end is None:
        return False
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def held(prefix: str, *, now: datetime) -> list[str]:
    """What follows ``prefix`` in the keys under which nothing leaves at ``now``."""
    special = (
        Q(paused_at__isnull=False)
        | Q(open_until__gt=now)
        | Q(quiet_from__isnull=False)
        | Q(weekdays_only=True)
    )
    states = LaneState.objects.filter(special, key__startswith=prefix)
    return [state.key.removeprefix(prefix) for state in states if stopped(state, now)]


def note_failure(key: str, *, now: datetime) -> bool:
    """Counts a failure in a row; opens the breaker at the limit, longer each time.

    Returns: whether the breaker is open now.
    """
    with transaction.atomic():
        LaneState.objects.get_or_create(key=key)
        LaneState.objects.filter(key=key).update(failures=F("failures") + 1)
        failures = LaneState.objects.values_list("failures", flat=True).get(key=key)
        if failures < FAILURES_THAT_OPEN:
            return False
        rest = min(LONGEST_REST, FIRST_REST * 2 ** min(failures - FAILURES_THAT_OPEN, 6))
        LaneState.objects.filter(key=key).update(open_until=now + rest)
    return True


def note_success(key: str) -> None:
    """Ends a row of failures."""
    LaneState.objects.filter(key=key, failures__gt=0).update(failures=0, open_until=None)


LIMITS = ("per_second", "per_hour", "per_day", "quiet_from", "quiet_until", "weekdays_only")


def set_limits(state: LaneState, *, fields: Collection[str], actor: Actor) -> LaneState:
    """Stores changed limits and quiet hours of a lane, or a new one; in the audit log by name."""
    with transaction.atomic():
        if LaneState.objects.filter(pk=state.pk).exists():
            state.save(update_fields=sorted(set(LIMITS) & set(fields)))
        else:
            state.save(force_insert=True)
        audit.record(
            "delivery", "limits", actor=actor, subject=state,
            facts={name: str(getattr(state, name)) for name in LIMITS},
        )  # fmt: skip
    return state


def load_lanes(preset: str, actor: Actor, on: date) -> None:
    """A row for each lane, so that staff find its limits and its pause; repeatable."""
    for lane in Lane:
        LaneState.objects.get_or_create(key=lane)
