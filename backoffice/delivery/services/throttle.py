"""Limits per second, hour and day of a lane, transport or recipient domain.

What leaves is counted before its hand-off and stored, so a crash or a restart sends less, never
more. Only rows that were really claimed are counted: an idle loop uses nothing up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from backoffice.delivery.models import LaneState


@dataclass(frozen=True)
class Window:
    """One limit: the columns it is stored in and how long it counts."""

    limit: str
    start: str
    count: str
    length: timedelta

    def room(self, state: LaneState, now: datetime) -> int | None:
        """How many may still leave; None without a limit."""
        limit = getattr(state, self.limit)
        return None if limit is None else max(0, limit - self.used(state, now))

    def used(self, state: LaneState, now: datetime) -> int:
        return 0 if self.fresh(state, now) else getattr(state, self.count)

    def fresh(self, state: LaneState, now: datetime) -> bool:
        """Whether a new window begins: none is running, it is over, or the clock was set back."""
        begun = getattr(state, self.start)
        return begun is None or not begun <= now < begun + self.length


WINDOWS = (
    Window("per_second", "second_start", "second_count", timedelta(seconds=1)),
    Window("per_hour", "window_start", "window_count", timedelta(hours=1)),
    Window("per_day", "day_start", "day_count", timedelta(days=1)),
)
COLUMNS = [name for window in WINDOWS for name in (window.start, window.count)]
LIMITED = Q(per_second__isnull=False) | Q(per_hour__isnull=False) | Q(per_day__isnull=False)


def room(state: LaneState, now: datetime) -> int | None:
    """How many may still leave in every running window; None without a limit."""
    rooms = [left for window in WINDOWS if (left := window.room(state, now)) is not None]
    return min(rooms) if rooms else None


def room_of(keys: Collection[str], wanted: int, *, now: datetime) -> int:
    """How many of ``wanted`` the limits of all keys would let pass; nothing is counted yet."""
    states = LaneState.objects.filter(LIMITED, key__in=keys)
    return min([wanted, *(left for state in states if (left := room(state, now)) is not None)])


def used_up(prefix: str, *, now: datetime) -> list[str]:
    """What follows ``prefix`` in the keys that have no room left."""
    states = LaneState.objects.filter(LIMITED, key__startswith=prefix)
    return [state.key.removeprefix(prefix) for state in states if room(state, now) == 0]


def limited(keys: Collection[str]) -> set[str]:
    """Which of the keys have a limit."""
    found = LaneState.objects.filter(LIMITED, key__in=keys)
    return set(found.values_list("key", flat=True))


def reserve(key: str, wanted: int, *, now: datetime) -> int:
    """Counts up to ``wanted`` against the limits of ``key``; the number granted."""
    with transaction.atomic():
        state = LaneState.objects.select_for_update().filter(LIMITED, key=key).first()
        left = room(state, now) if state else None
        if state is None or left is None:
            return wanted
        granted = min(wanted, left)
        _count(state, granted, now)
    return granted


def give_back(key: str, unused: int, *, now: datetime) -> None:
    """Takes back what was counted for rows that did not leave after all."""
    if unused <= 0:
        return
    with transaction.atomic():
        state = LaneState.objects.select_for_update().filter(LIMITED, key=key).first()
        if state is not None:
            _count(state, -unused, now)


def _count(state: LaneState, number: int, now: datetime) -> None:
    for window in WINDOWS:
        if window.fresh(state, now):
            setattr(state, window.start, now)
        setattr(state, window.count, max(0, window.used(state, now) + number))
    state.save(update_fields=COLUMNS)
