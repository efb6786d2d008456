"""Breaker, pause and throttle per lane, recipient domain and mailing; all of it survives a restart."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.models import LaneState

FAILURES_THAT_OPEN = 5
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)


def domain_key(domain: str) -> str:
    """Key of a recipient domain."""
    return f"domain:{domain}"


def mailing_key(mailing_id: int) -> str:
    """Key of one mailing."""
    return f"mailing:{mailing_id}"


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


def may_run(key: str, *, now: datetime) -> bool:
    """Whether the lane is neither paused nor resting after failures."""
    state = LaneState.objects.filter(key=key).first()
    return state is None or (
        state.paused_at is None and (state.open_until is None or state.open_until <= now)
    )


def held(prefix: str, *, now: datetime) -> list[str]:
    """What follows ``prefix`` in the keys that are paused, resting or used up at ``now``."""
    blocked = Q(paused_at__isnull=False) | Q(open_until__gt=now)
    found = set(
        LaneState.objects.filter(blocked, key__startswith=prefix).values_list("key", flat=True)
    )
    limited = Q(per_second__isnull=False) | Q(per_hour__isnull=False)
    for state in LaneState.objects.filter(limited, key__startswith=prefix):
        if _room(state, now) == 0:
            found.add(state.key)
    return [key.removeprefix(prefix) for key in found]


def _room(state: LaneState, now: datetime) -> int | None:
    """How many may still leave in the running second and hour; None without a limit."""
    rooms = []
    if state.per_hour is not None:
        fresh = state.window_start is None or now - state.window_start >= timedelta(hours=1)
        rooms.append(state.per_hour - (0 if fresh else state.window_count))
    if state.per_second is not None:
        fresh = state.second_start is None or now - state.second_start >= timedelta(seconds=1)
        rooms.append(state.per_second - (0 if fresh else state.second_count))
    return max(0, min(rooms)) if rooms else None


def limited_domains(domains: set[str]) -> set[str]:
    """Which of the domains have a limit of their own."""
    keys = LaneState.objects.filter(
        Q(per_second__isnull=False) | Q(per_hour__isnull=False),
        key__in=[domain_key(domain) for domain in domains],
    ).values_list("key", flat=True)
    return {key.removeprefix("domain:") for key in keys}


def reserve(key: str, wanted: int, *, now: datetime) -> int:
    """Takes up to ``wanted`` places out of the limits of ``key``; the number granted.

    Reserved before the hand-off, so a crash sends less, never more.
    """
    with transaction.atomic():
        state = LaneState.objects.select_for_update().filter(key=key).first()
        room = _room(state, now) if state else None
        if state is None or room is None:
            return wanted
        granted = min(wanted, room)
        if state.window_start is None or now - state.window_start >= timedelta(hours=1):
            state.window_start, state.window_count = now, 0
        if state.second_start is None or now - state.second_start >= timedelta(seconds=1):
            state.second_start, state.second_count = now, 0
        state.window_count += granted
        state.second_count += granted
        state.save(update_fields=["window_start", "window_count", "second_start", "second_count"])
    return granted


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
