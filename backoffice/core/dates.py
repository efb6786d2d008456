"""Days and half-open periods ``[start, until)`` in the agency's time zone."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone


def today() -> date:
    """Today in the agency's time zone. Only edges (views, commands, jobs) read the clock."""
    return timezone.localdate()


def now() -> datetime:
    """This instant, in UTC. Only edges read the clock."""
    return timezone.now()


def last_day(until: date | None) -> date | None:
    """The day shown to people for an exclusive end; None for an open one."""
    return until - timedelta(days=1) if until else None


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of that month when it has no such day."""
    index = day.year * 12 + (day.month - 1) + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Period:
    """Half-open span of days; ``until`` None means open."""

    start: date
    until: date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.start:
            raise ValueError("a period ends after it starts")

    def contains(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)

    def overlaps(self, other: Period) -> bool:
        return (other.until is None or self.start < other.until) and (
            self.until is None or other.start < self.until
        )
