"""Two fee schedules on the same members and usage, side by side; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.fees.bands import income_groups, schedule_bands
from billing.fees.engine import FeeResult, compute_fees
from billing.fees.members import MemberInput
from billing.fees.schedule import Schedule
from contacts.models import MemberType, Organisation

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Row:
    """Net sum of a member's own lines under each schedule; None where it is parked."""

    key: int
    name: str
    country: str
    region: str
    band: str
    member_type: str
    payer: str
    first: Decimal | None
    second: Decimal | None
    reason: str
    usage: int | None = None

    @property
    def difference(self) -> Decimal | None:
        if self.first is None or self.second is None:
            return None
        return self.second - self.first

    @property
    def percent(self) -> Decimal | None:
        """The difference in per cent of the first amount."""
        if self.difference is None or not self.first:
            return None
        return self.difference * 100 / self.first


@dataclass(frozen=True)
class Group:
    """Sums of the members priced by both schedules, and how many pay more or less."""

    name: str
    members: int
    parked: int
    first: Decimal
    second: Decimal
    more: int
    less: int

    @property
    def difference(self) -> Decimal:
        return self.second - self.first

    @property
    def percent(self) -> Decimal | None:
        return self.difference * 100 / self.first if self.first else None

    @property
    def same(self) -> int:
        return self.members - self.more - self.less


@dataclass(frozen=True)
class Comparison:
    """`mixed` says that the schedules are in two currencies, so that amounts do not compare."""

    first_name: str
    second_name: str
    currency: str
    mixed: bool
    rows: list[Row]
    total: Group
    parked_first: int
    parked_second: int
    groups: dict[str, list[Group]] = field(default_factory=dict)


VIEWS: dict[str, Callable[[Row], str]] = {
    "member_type": lambda row: row.member_type,
    "band": lambda row: row.band,
    "region": lambda row: row.region,
    "country": lambda row: row.country,
    "payer": lambda row: row.payer,
}


def compare(
    *, first: Schedule, second: Schedule, members: Sequence[MemberInput], year: int
) -> Comparison:
    """Both schedules over `members`, whose ids are keys of organisations."""
    results = [compute_fees(schedule, members, year) for schedule in (first, second)]
    sums = [_sums(result) for result in results]
    reasons = [{p.member: p.reason for p in result.parked} for result in results]
    payers = _payers(results)
    organisations = Organisation.objects.in_bulk([int(m.id) for m in members])
    types = dict(MemberType.objects.values_list("code", "label"))
    bands = income_groups() | schedule_bands(first) | schedule_bands(second)
    rows = []
    for member in members:
        own = organisations[int(member.id)]
        payer = organisations.get(int(payers.get(member.id, member.id)), own)
        rows.append(
            Row(
                key=own.pk,
                name=own.name,
                country=member.country,
                region=own.get_region_display(),
                band=bands.get(member.country, ""),
                member_type=types.get(member.member_type, member.member_type),
                payer=payer.name,
                first=None if member.id in reasons[0] else sums[0].get(member.id, ZERO),
                second=None if member.id in reasons[1] else sums[1].get(member.id, ZERO),
                reason=_named(
                    reasons[0].get(member.id) or reasons[1].get(member.id, ""), organisations
                ),
                usage=member.dois,
            )
        )
    rows.sort(key=lambda row: row.name)
    return Comparison(
        first_name=f"{first.code} v{first.version}",
        second_name=f"{second.code} v{second.version}",
        currency=first.currency,
        mixed=first.currency != second.currency,
        rows=rows,
        groups={name: _groups(rows, key) for name, key in VIEWS.items()},
        total=_group("", rows),
        parked_first=len(reasons[0]),
        parked_second=len(reasons[1]),
    )


def _sums(result: FeeResult) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for invoice in result.invoices:
        for line in invoice.lines:
            sums[line.member] = sums.get(line.member, ZERO) + line.amount
    return sums


def _payers(results: list[FeeResult]) -> dict[str, str]:
    return {
        line.member: invoice.billed_to
        for result in reversed(results)
        for invoice in result.invoices
        for line in invoice.lines
    }


def _named(reason: str, organisations: dict[int, Organisation]) -> str:
    """The engine knows keys only; staff read names."""
    if not reason.startswith("waits for "):
        return reason
    key, _sep, rest = reason.removeprefix("waits for ").partition(": ")
    name = organisations.get(int(key)) if key.isdigit() else None
    return f"waits for {name or key}: {rest}"


def _groups(rows: list[Row], key: Callable[[Row], str]) -> list[Group]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(key(row), []).append(row)
    return [_group(name, parts[name]) for name in sorted(parts)]


def _group(name: str, rows: list[Row]) -> Group:
    both = [row for row in rows if row.difference is not None]
    changes = [row.difference or ZERO for row in both]
    return Group(
        name=name,
        members=len(both),
        parked=len(rows) - len(both),
        first=sum((row.first or ZERO for row in both), ZERO),
        second=sum((row.second or ZERO for row in both), ZERO),
        more=sum(1 for change in changes if change > 0),
        less=sum(1 for change in changes if change < 0),
    )


#: How members are listed: largest increase first, largest decrease first, or by name.
ORDERS: dict[str, Callable[[Row], Any]] = {
    "more": lambda row: (row.difference is None, -(row.difference or ZERO), row.name),
    "less": lambda row: (row.difference is None, row.difference or ZERO, row.name),
    "name": lambda row: row.name,
    "parked": lambda row: (row.difference is not None, row.name),
}


def ordered(comparison: Comparison, order: str) -> list[Row]:
    """The members in one of the orders; for `parked` only those that a schedule parks."""
    rows = sorted(comparison.rows, key=ORDERS[order])
    return [row for row in rows if row.difference is None] if order == "parked" else rows
