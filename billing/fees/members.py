"""What the fee engine needs to know about a member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Registration:
    """Registered items of one content type; `vintage` is `current` or `back`."""

    type: str
    vintage: str
    count: int


@dataclass(frozen=True, slots=True)
class MemberInput:
    """One member in the year to be billed.

    `dois` is the count of the previous calendar year, `estimate` the member's own figure for its
    first, possibly partial, year; None means unknown. `annual_revenue` is in the schedule's
    currency.
    `consortium` and `sponsor` hold the id of another member.
    """

    id: str
    member_type: str
    for_profit: bool = False
    annual_revenue: Decimal | None = None
    country: str = ""
    dois: int | None = None
    estimate: int | None = None
    joined: date | None = None
    consortium: str = ""
    sponsor: str = ""
    registrations: tuple[Registration, ...] = ()
