"""Questions of billing to the roll and to its own rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from billing.fees.bands import income_groups, schedule_bands
from billing.fees.members import MemberInput, Registration
from billing.fees.parsing import parse_schedule
from billing.models import BillingRun, FeeSchedule, Invoice, UsageRow, UsageSnapshot, VatCheck
from contacts.enums import IdentifierKind
from contacts.models import Identifier, Membership, Organisation
from contacts.queries import applicants_before_payment, leads_on


def member_inputs(
    *, year: int, snapshot: UsageSnapshot | None, until: date, quarter: int = 0
) -> list[MemberInput]:
    """Every member of `year` up to the day `until` (inclusive) as the engine wants it.

    The id is the organisation's key as text. `joined` is the first day of the oldest of its
    periods that follow each other without a gap. Links are those of 1 January, or of the joining
    day for a later joiner.
    """
    first = date(year, 1, 1)
    periods = _periods(first, until)
    counts, registrations = _usage(snapshot, quarter)
    days = {org: max(first, joined) for org, (joined, _type) in periods.items()}
    consortium, sponsor = _links(days, "consortium"), _links(days, "sponsor")
    organisations = Organisation.objects.in_bulk(list(periods))
    found = []
    for org_id, (joined, member_type) in sorted(periods.items()):
        organisation = organisations[org_id]
        found.append(
            MemberInput(
                id=str(org_id),
                member_type=member_type,
                for_profit=organisation.for_profit,
                annual_revenue=organisation.annual_revenue,
                country=organisation.country,
                dois=counts.get(org_id),
                estimate=organisation.doi_estimate,
                joined=joined,
                consortium=_known(consortium.get(org_id), periods),
                sponsor=_known(sponsor.get(org_id), periods),
                registrations=tuple(registrations.get(org_id, ())),
            )
        )
    return found


def order_inputs(*, year: int) -> list[MemberInput]:
    """Approved applicants of ``year`` who wait for their first invoice, as the engine wants them.

    ``joined`` is the agreed start, so that the schedule's rule for the first year applies.
    """
    return [
        MemberInput(
            id=str(row.organisation_id),
            member_type=row.member_type.code,
            for_profit=row.for_profit,
            annual_revenue=row.annual_revenue,
            country=row.country,
            estimate=row.doi_estimate,
            joined=row.effective_on,
        )
        for row in applicants_before_payment(year=year)
    ]


def _known(lead: int | None, periods: dict[int, tuple[date, str]]) -> str:
    return str(lead) if lead is not None and lead in periods else ""


def _periods(first: date, until: date) -> dict[int, tuple[date, str]]:
    """Organisation → (joined, member type) for all members of the span, newest type wins."""
    rows = (
        Membership.objects.exclude(valid_until__lte=first)
        .filter(valid_from__lte=until)
        .order_by("organisation_id", "-valid_from")
        .values_list("organisation_id", "valid_from", "member_type__code")
    )
    current: dict[int, tuple[date, str]] = {}
    for org, start, code in rows:
        current.setdefault(org, (start, code))
    ended = defaultdict(list)
    for org, start, end in Membership.objects.filter(
        organisation__in=list(current), valid_until__isnull=False
    ).values_list("organisation_id", "valid_from", "valid_until"):
        ended[org].append((start, end))
    for org, periods in ended.items():
        joined, code = current[org]
        for start, end in sorted(periods, reverse=True):
            if start < joined and end >= joined - timedelta(days=1):  # type: ignore[operator]
                joined = start
        current[org] = (joined, code)
    return current


def _links(days: dict[int, date], kind: str) -> dict[int, int]:
    by_day: dict[date, list[int]] = defaultdict(list)
    for org, day in days.items():
        by_day[day].append(org)
    links: dict[int, int] = {}
    for day, orgs in by_day.items():
        found = leads_on(day, kind=kind)
        links.update({org: found[org] for org in orgs if org in found})
    return links


def _usage(
    snapshot: UsageSnapshot | None, quarter: int
) -> tuple[dict[int, int], dict[int, list[Registration]]]:
    counts: dict[int, int] = {}
    registrations: dict[int, list[Registration]] = defaultdict(list)
    if snapshot is None:
        return counts, registrations
    totals: dict[tuple[int, str, str], int] = defaultdict(int)
    rows = UsageRow.objects.filter(snapshot=snapshot)
    if quarter:
        rows = rows.filter(quarter__in=[0, quarter])
    for org, kind, vintage, count in rows.values_list(
        "organisation_id", "content_type", "vintage", "count"
    ):
        totals[org, kind, vintage] += count
    for (org, kind, vintage), count in sorted(totals.items()):
        if kind:
            registrations[org].append(Registration(kind, vintage or "current", count))
        counts[org] = counts.get(org, 0) + count
    return counts, registrations


def vat_ids(organisation_ids: list[int]) -> dict[int, str]:
    """Organisation → VAT id in compact form."""
    return dict(
        Identifier.objects.filter(
            organisation_id__in=organisation_ids, kind=IdentifierKind.VAT
        ).values_list("organisation_id", "value")
    )


def newest_vat_checks(organisation_ids: list[int]) -> dict[int, VatCheck]:
    """Organisation → newest answer about its VAT id."""
    newest: dict[int, VatCheck] = {}
    checks = VatCheck.objects.filter(organisation_id__in=organisation_ids)
    for check in checks.order_by("checked_at", "id"):
        newest[check.organisation_id] = check
    return newest


def conclusive_vat_checks(organisation_ids: list[int]) -> dict[int, VatCheck]:
    """Organisation → newest answer that says yes or no. An enquiry that failed takes nothing away
    from an earlier answer."""
    newest: dict[int, VatCheck] = {}
    checks = VatCheck.objects.filter(organisation_id__in=organisation_ids).exclude(answer="unknown")
    for check in checks.order_by("checked_at", "id"):
        newest[check.organisation_id] = check
    return newest


def last_year_amounts(run: BillingRun) -> dict[int, Decimal]:
    """Payer → gross billed for the year before, corrections taken off."""
    amounts: dict[int, Decimal] = defaultdict(lambda: Decimal("0.00"))
    invoices = Invoice.objects.issued().filter(period_start__year=run.year - 1)
    for payer, kind, gross in invoices.values_list("payer_id", "kind", "gross_amount"):
        amounts[payer] += gross if kind == "invoice" else -gross
    return dict(amounts)


def number_holes(series: str) -> list[int]:
    """Sequence numbers missing among the committed documents of a series; should be empty."""
    used = set(Invoice.objects.filter(series=series).values_list("sequence", flat=True))
    used.discard(None)
    return [number for number in range(1, max(used, default=0) + 1) if number not in used]  # type: ignore[operator, type-var]


def payers_with_overdue(*, on: date):
    """Ids of organisations that owe something past its due date, as a subquery."""
    return Invoice.objects.overdue(on=on).values("payer_id")


def fee_bands(*, on: date) -> dict[str, str]:
    """Country → fee band of the schedules that apply on the day ``on``, else the World Bank's
    income group."""
    valid = FeeSchedule.objects.filter(
        superseded_at=None, published_at__isnull=False, valid_from__lte=on
    ).exclude(valid_until__lte=on)
    bands = dict(income_groups())
    for row in valid.order_by("code"):
        bands |= schedule_bands(parse_schedule(row.data))
    return bands
