"""A comparison of stored schedules over the members of a year; nothing is written."""

from __future__ import annotations

from datetime import date

from billing.models import FeeSchedule, UsageSnapshot
from billing.queries import member_inputs
from billing.services.comparison import Comparison, compare
from billing.services.schedules import parsed


def compare_stored(
    *, first: FeeSchedule, second: FeeSchedule, year: int, snapshot: UsageSnapshot | None
) -> Comparison:
    """Both schedules over everybody who is a member in `year`. Raises: BadInput (a schedule)."""
    members = member_inputs(year=year, snapshot=snapshot, until=date(year, 12, 31))
    return compare(first=parsed(first.data), second=parsed(second.data), members=members, year=year)
