"""What a run of each purpose bills, and under which key that is billed once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from billing.enums import RunPurpose
from billing.models import BillingRun

DUES = frozenset(
    {
        *("membership", "organisation_fee", "doi_fee", "infrastructure_fee", "high_volume"),
        *("surcharge_10k", "consortium_cap", "exemption", "discount"),
    }
)
REGISTRATIONS = frozenset({"registration", "exemption"})


def codes_of(run: BillingRun) -> Collection[str]:
    """Codes of the components that the run bills."""
    return REGISTRATIONS if run.purpose == RunPurpose.REGISTRATION else DUES


def claim_purpose(run: BillingRun) -> str:
    """Dues are billed once a year by whatever run; registrations once a quarter."""
    if run.purpose == RunPurpose.REGISTRATION:
        return f"registration:{run.quarter}"
    return "dues"


def last_joining_day(run: BillingRun) -> date:
    """Members who joined after this day are not in the run.

    The annual run bills who is a member on 1 January. Joiners are billed in the month after they
    joined; a first-year order is made at approval. Registrations are billed in arrears, up to the
    last day of the quarter.
    Source: DataCite fee model, March 2023; Crossref billing page.
    """
    if run.purpose == RunPurpose.ANNUAL:
        return date(run.year, 1, 1)
    if run.purpose == RunPurpose.REGISTRATION:
        return period_of(run)[1]
    before = run.invoice_date.replace(day=1) - timedelta(days=1)
    return min(before, date(run.year, 12, 31))


def period_of(run: BillingRun) -> tuple[date, date]:
    """First and last day billed: the quarter of a registration run, else the year."""
    if run.quarter:
        first = date(run.year, 3 * run.quarter - 2, 1)
        after = (
            date(run.year + 1, 1, 1) if run.quarter == 4 else date(run.year, 3 * run.quarter + 1, 1)
        )
        return first, after - timedelta(days=1)
    return date(run.year, 1, 1), date(run.year, 12, 31)


def period_name(run: BillingRun) -> str:
    """How the period is called on a line: `2023`, or `Q2 2026`."""
    return f"Q{run.quarter} {run.year}" if run.quarter else str(run.year)
