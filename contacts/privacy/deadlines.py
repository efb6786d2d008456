"""The one-month clock of Art. 12 (3) GDPR. Pure.

Source: Regulation (EEC, Euratom) No 1182/71, Art. 3 (1), (2) (c) and (4): the day of receipt is not
counted; a period in months ends with the day of the same date, or the month's last day; if that is a
public holiday, Saturday or Sunday, with the end of the next working day.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

from backoffice.core.dates import add_months

WARN_AFTER_DAYS = (7, 14, 21, 26)


@cache
def _calendar(country: str, subdivision: str, year: int):
    return holidays.country_holidays(country, subdiv=subdivision or None, years=year)


def is_working_day(day: date, *, country: str = "DE", subdivision: str = "") -> bool:
    return day.weekday() < 5 and day not in _calendar(country, subdivision, day.year)


def next_working_day(day: date, *, country: str = "DE", subdivision: str = "") -> date:
    while not is_working_day(day, country=country, subdivision=subdivision):
        day += timedelta(days=1)
    return day


def due_on(
    received_on: date, *, months: int = 1, country: str = "DE", subdivision: str = ""
) -> date:
    """Last day (inclusive) for the answer; 3 months when extended.

    20 Nov 2026 → Mon 21 Dec 2026; 31 Jan 2027 → Mon 1 Mar 2027; extended from 20 Nov 2026 →
    Mon 22 Feb 2027.
    """
    return next_working_day(
        add_months(received_on, months), country=country, subdivision=subdivision
    )


def due_if_paused(received_on: date, *, waited_days: int, months: int = 1) -> date:
    """Last day if the wait for proof of identity stopped the clock, as one authority (Berlin) has held
    where the proof was asked for without delay. Shown beside :func:`due_on`, never instead of it.
    """
    return next_working_day(add_months(received_on, months) + timedelta(days=max(0, waited_days)))


def warning_level(received_on: date, today: date) -> int:
    """How many of the warnings at day 7, 14, 21 and 26 have been reached."""
    age = (today - received_on).days
    return sum(1 for day in WARN_AFTER_DAYS if age >= day)
