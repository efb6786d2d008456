"""The part of a year that a member who joined within it pays for."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

UNIT_NAMES = {"month": "month", "quarter": "quarter", "day": "day"}


@dataclass(frozen=True, slots=True)
class Share:
    """An exact fraction of the year, `numerator` of `denominator` units (months, quarters or
    days).
    """

    numerator: int
    denominator: int
    unit: str

    @property
    def is_whole(self) -> bool:
        return self.numerator == self.denominator

    def of(self, amount: Decimal) -> Decimal:
        """The unrounded part of `amount`; rounding happens once, on the line."""
        if self.is_whole:
            return amount
        return amount * self.numerator / self.denominator


WHOLE_YEAR = Share(1, 1, "year")


def share_of_year(joined: date | None, year: int, unit: str) -> Share:
    """From the joining day to 31 December, both inclusive, over the whole year's units.

    A month or quarter that has begun counts whole. A member who joined before `year` pays it whole.
    Source: DataCite fee model, March 2023 (by month); announcement of April 2026 (by quarter).
    """
    if joined is None or joined.year < year or unit == "none":
        return WHOLE_YEAR
    if unit == "month":
        return Share(13 - joined.month, 12, unit)
    if unit == "quarter":
        return Share(4 - (joined.month - 1) // 3, 4, unit)
    days = 366 if calendar.isleap(year) else 365
    return Share((date(year, 12, 31) - joined).days + 1, days, unit)


def period_start(joined: date | None, year: int, unit: str) -> date:
    """First day of the billed period: the beginning of the unit in which the member joined."""
    if joined is None or joined.year < year or unit == "none":
        return date(year, 1, 1)
    if unit == "month":
        return joined.replace(day=1)
    if unit == "quarter":
        return date(year, 3 * ((joined.month - 1) // 3) + 1, 1)
    return joined
