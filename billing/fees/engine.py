"""From a schedule and the members of a year to invoices, without database, clock or settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing.fees.charges import Charge, NotPriced, Priced, Subject, price
from billing.fees.consortium import settle_consortium
from billing.fees.extras import discount, exemption, is_exempt, registrations
from billing.fees.members import MemberInput
from billing.fees.proration import period_start, share_of_year
from billing.fees.rows import Row, make_charge
from billing.fees.schedule import COMPONENT_CODES, Applies, Component, Schedule


@dataclass(frozen=True, slots=True)
class FeeInvoice:
    """What one payer is billed for one period; both days inclusive, net amounts."""

    billed_to: str
    start: date
    end: date
    lines: tuple[Charge, ...]
    #: Nothing but corrections of earlier periods, on a document of its own.
    corrections_only: bool = False

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def period(self) -> str:
        if (self.start.month, self.start.day) == (1, 1):
            return str(self.start.year)
        return f"{self.start.isoformat()}/{self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class Parked:
    """A member that is not billed, and why."""

    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class FeeResult:
    invoices: tuple[FeeInvoice, ...]
    parked: tuple[Parked, ...]


def compute_fees(
    schedule: Schedule,
    members: Sequence[MemberInput],
    year: int,
    *,
    only_codes: Collection[str] | None = None,
) -> FeeResult:
    """Invoices and parked members of one calendar year.

    Every member ends in exactly one of the two. A faulty member takes the other members of its
    invoice
    with it (a consortium cannot be capped with one organisation unknown); all other invoices go on.
    `only_codes` limits the run to some component codes, e.g. a quarterly registration run.
    """
    rows = {member.id: Row(member, member, member.id, date(year, 1, 1), []) for member in members}
    sponsored = _sponsored(members)
    for row in rows.values():
        try:
            _settle(row, rows, schedule, year)
            row.charges = _charges(row, rows, schedule, year, sponsored, only_codes)
        except NotPriced as error:
            row.reason = str(error)
    _settle_consortia(rows, schedule, year, only_codes)
    _spread_reasons(rows)
    return _collect(rows, year)


def _settle(row: Row, rows: dict[str, Row], schedule: Schedule, year: int) -> None:
    """Member type, payer and period. Raises: NotPriced."""
    member = row.given
    alias = schedule.aliases.get(member.member_type)
    if alias is not None:
        profit = member.for_profit if alias.for_profit is None else alias.for_profit
        member = replace(member, member_type=alias.member_type, for_profit=profit)
    row.member = member
    if member.joined is not None and member.joined.year > year:
        raise NotPriced(f"joins on {member.joined.isoformat()}, after {year}")
    row.start = period_start(member.joined, year, schedule.proration)
    if member.member_type in schedule.refused:
        raise NotPriced(schedule.refused[member.member_type])
    if schedule.member_types and member.member_type not in schedule.member_types:
        raise NotPriced(f"no fee rule for member type {member.member_type!r}")
    if member.member_type == "consortium_organization":
        _settle_lead(row, rows, schedule)
    elif member.member_type == "sponsored_member" and not member.sponsor:
        raise NotPriced("no sponsor to bill is named")
    elif member.sponsor:
        if rows[member.sponsor].given.sponsor:
            raise NotPriced(f"sponsor {member.sponsor!r} is itself sponsored")
        row.payer = member.sponsor
        sponsor = rows[member.sponsor].given
        row.start = period_start(sponsor.joined, year, schedule.proration)


def _settle_lead(row: Row, rows: dict[str, Row], schedule: Schedule) -> None:
    member = row.member
    if not member.consortium:
        raise NotPriced("no consortium lead to bill is named")
    row.payer = member.consortium
    if rows[member.consortium].given.member_type != "consortium":
        raise NotPriced(f"{member.consortium!r} is not a consortium")
    if member.for_profit and not schedule.for_profit_in_consortium:
        raise NotPriced("a for-profit organisation may not be in a consortium in this schedule")


def _charges(
    row: Row,
    rows: dict[str, Row],
    schedule: Schedule,
    year: int,
    sponsored: dict[str, list[MemberInput]],
    only_codes: Collection[str] | None,
) -> list[Charge]:
    member = row.member
    subject = _subject(row, schedule, year, sponsored.get(member.id, []))
    charges: list[Charge] = []
    rule_found = False
    exempt_from = is_exempt(schedule, member, year)
    for component in schedule.components:
        if not component.in_force(year) or not _applies(component.applies, member, subject):
            continue
        if component.rule.kind == "cap" or component.code in exempt_from:
            continue
        rule_found = True
        if only_codes is not None and component.code not in only_codes:
            continue
        charges += _component_charges(component, schedule, row, subject, charges, exempt_from)
    if not rule_found and not exempt_from:
        raise NotPriced(f"no fee rule for member type {member.member_type!r}")
    return charges


def _component_charges(
    component: Component,
    schedule: Schedule,
    row: Row,
    subject: Subject,
    so_far: Sequence[Charge],
    exempt_from: Collection[str],
) -> list[Charge]:
    kind = component.rule.kind
    if kind == "exempt_countries":
        priced = exemption(component, row.member) if exempt_from else []
    elif kind == "registrations":
        priced = registrations(component, row.member)
    elif kind == "percent":
        priced = discount(component, so_far)
    elif component.first_year == "skip" and subject.first_year:
        priced = []
    else:
        priced = _without_empty_tier(price(component, subject))
    return [make_charge(component, schedule, row, entry) for entry in priced]


def _subject(row: Row, schedule: Schedule, year: int, brought: list[MemberInput]) -> Subject:
    member = row.member
    first_year = member.joined is not None and member.joined.year == year
    revenue = member.annual_revenue
    if brought:
        paying = [m for m in brought if not is_exempt(schedule, m, year)]
        unknown = next((m.id for m in paying if m.annual_revenue is None), None)
        revenue = None if unknown else sum((m.annual_revenue or 0 for m in paying), Decimal(0))  # type: ignore[assignment]
    return Subject(
        member=member.id,
        usage=member.estimate if first_year else member.dois,
        revenue=revenue,
        country=member.country,
        share=share_of_year(member.joined, year, schedule.proration),
        first_year=first_year,
        sponsored_count=len(brought),
    )


def _applies(applies: Applies, member: MemberInput, subject: Subject) -> bool:
    if applies.member_types and member.member_type not in applies.member_types:
        return False
    if applies.for_profit is not None and applies.for_profit != member.for_profit:
        return False
    if applies.sponsored is not None and applies.sponsored != bool(member.sponsor):
        return False
    if applies.dois_above is None:
        return True
    return subject.usage is not None and subject.usage > applies.dois_above


def _without_empty_tier(priced: list[Priced]) -> list[Priced]:
    """Drops the flat price of nothing, such as the supplement of a small member."""
    return [p for p in priced if p.amount or p.steps[-1]["step"] != "flat"]


def _sponsored(members: Sequence[MemberInput]) -> dict[str, list[MemberInput]]:
    brought: dict[str, list[MemberInput]] = {}
    for member in members:
        if member.sponsor:
            brought.setdefault(member.sponsor, []).append(member)
    return brought


def _settle_consortia(
    rows: dict[str, Row], schedule: Schedule, year: int, only_codes: Collection[str] | None
) -> None:
    component = schedule.component_for("consortium_cap")
    if component is None or not component.in_force(year):
        return
    if only_codes is not None and component.code not in only_codes:
        return
    leads = [r for r in rows.values() if r.member.member_type == "consortium"]
    for lead in leads:
        organisations = [
            r
            for r in rows.values()
            if r.payer == lead.member.id and r.member.member_type == "consortium_organization"
        ]
        settle_consortium(component, schedule, lead, organisations, year)


def _spread_reasons(rows: dict[str, Row]) -> None:
    """Members billed on one invoice with a faulty one wait for it; a faulty payer stops all."""
    by_invoice: dict[tuple[str, date], str] = {}
    for row in rows.values():
        if row.reason:
            by_invoice.setdefault((row.payer, row.start), f"{row.given.id}: {row.reason}")
    faulty_payers = {r.given.id: r.reason for r in rows.values() if r.reason}
    for row in rows.values():
        if row.reason:
            continue
        if row.payer in faulty_payers:
            row.reason = f"waits for {row.payer}: {faulty_payers[row.payer]}"
        elif (row.payer, row.start) in by_invoice:
            row.reason = f"waits for {by_invoice[row.payer, row.start]}"


def _collect(rows: dict[str, Row], year: int) -> FeeResult:
    groups: dict[tuple[str, date], list[Charge]] = {}
    order = {member: index for index, member in enumerate(rows)}
    for row in rows.values():
        if not row.reason:
            for charge in row.charges:
                groups.setdefault((charge.billed_to, charge.start), []).append(charge)
    invoices = [
        FeeInvoice(
            billed_to=payer,
            start=start,
            end=date(year, 12, 31),
            lines=tuple(sorted(charges, key=lambda c: _line_order(c, payer, order))),
        )
        for (payer, start), charges in groups.items()
    ]
    invoices.sort(key=lambda i: (order[i.billed_to], i.start))
    parked = tuple(Parked(r.given.id, r.reason) for r in rows.values() if r.reason)
    return FeeResult(invoices=tuple(invoices), parked=parked)


def _line_order(charge: Charge, payer: str, order: dict[str, int]) -> tuple[int, int, int]:
    """The payer's own lines first, then member by member; the payer's cap closes the list."""
    closing = charge.code == "consortium_cap" and charge.member == payer
    own = charge.member == payer and not closing
    place = 2 if closing else 0 if own else 1
    return (place, order[charge.member], COMPONENT_CODES.index(charge.code))
