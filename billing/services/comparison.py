"""Two fee schedules on the same members and usage, member by member; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.fees.engine import FeeResult, compute_fees
from billing.models import FeeSchedule, UsageSnapshot
from billing.queries import member_inputs
from billing.services.schedules import parsed
from contacts.models import Organisation


@dataclass(frozen=True)
class Row:
    """Net sum of a member's own lines under each schedule; None where it is parked."""

    name: str
    country: str
    region: str
    member_type: str
    first: Decimal | None
    second: Decimal | None
    reason: str

    @property
    def difference(self) -> Decimal | None:
        if self.first is None or self.second is None:
            return None
        return self.second - self.first


@dataclass(frozen=True)
class Group:
    """Sums of the members priced by both schedules."""

    name: str
    members: int
    first: Decimal
    second: Decimal

    @property
    def difference(self) -> Decimal:
        return self.second - self.first


@dataclass(frozen=True)
class Comparison:
    first_name: str
    second_name: str
    rows: list[Row]
    by_type: list[Group]
    by_region: list[Group]
    by_country: list[Group]
    total: Group
    parked_first: int
    parked_second: int


def compare(
    *, first: FeeSchedule, second: FeeSchedule, year: int, snapshot: UsageSnapshot | None
) -> Comparison:
    """Both schedules over everybody who is a member in `year`. Raises: BadInput (a schedule)."""
    members = member_inputs(year=year, snapshot=snapshot, until=date(year, 12, 31))
    results = [compute_fees(parsed(s.data), members, year) for s in (first, second)]
    sums = [_sums(result) for result in results]
    reasons = [{p.member: p.reason for p in result.parked} for result in results]
    organisations = Organisation.objects.in_bulk([int(m.id) for m in members])
    rows = [
        Row(
            name=organisations[int(m.id)].name,
            country=m.country,
            region=organisations[int(m.id)].region,
            member_type=m.member_type,
            first=None if m.id in reasons[0] else sums[0].get(m.id, Decimal("0.00")),
            second=None if m.id in reasons[1] else sums[1].get(m.id, Decimal("0.00")),
            reason=reasons[0].get(m.id) or reasons[1].get(m.id, ""),
        )
        for m in members
    ]
    rows.sort(key=lambda row: row.name)
    return Comparison(
        first_name=str(first),
        second_name=str(second),
        rows=rows,
        by_type=_groups(rows, "member_type"),
        by_region=_groups(rows, "region"),
        by_country=_groups(rows, "country"),
        total=_group("", rows),
        parked_first=len(reasons[0]),
        parked_second=len(reasons[1]),
    )


def _sums(result: FeeResult) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for invoice in result.invoices:
        for line in invoice.lines:
            sums[line.member] = sums.get(line.member, Decimal("0.00")) + line.amount
    return sums


def _groups(rows: list[Row], attribute: str) -> list[Group]:
    names = sorted({getattr(row, attribute) for row in rows})
    return [
        _group(name, [row for row in rows if getattr(row, attribute) == name]) for name in names
    ]


def _group(name: str, rows: list[Row]) -> Group:
    both = [row for row in rows if row.first is not None and row.second is not None]
    return Group(
        name=name,
        members=len(both),
        first=sum((row.first or Decimal(0) for row in both), Decimal("0.00")),
        second=sum((row.second or Decimal(0) for row in both), Decimal("0.00")),
    )
