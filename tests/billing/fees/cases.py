"""Short forms used by the fee tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.fees.engine import FeeInvoice, FeeResult, compute_fees
from billing.fees.members import MemberInput
from billing.fees.schedule import Schedule


def direct(**values: Any) -> MemberInput:
    return MemberInput("M", "direct_member", **values)


def consortium(*dois: int, **lead: Any) -> list[MemberInput]:
    """A lead `LEAD` with organisations `O1`, `O2`… of the given counts."""
    organisations = [
        MemberInput(f"O{n}", "consortium_organization", consortium="LEAD", dois=count)
        for n, count in enumerate(dois, start=1)
    ]
    return [MemberInput("LEAD", "consortium", **lead), *organisations]


def invoice_of(result: FeeResult, payer: str, period: str = "") -> FeeInvoice:
    found = [
        i for i in result.invoices if i.billed_to == payer and (not period or i.period == period)
    ]
    assert len(found) == 1, f"{len(found)} invoices for {payer}"
    return found[0]


def line_amounts(result: FeeResult, payer: str) -> list[str]:
    return [str(line.amount) for line in invoice_of(result, payer).lines]


def total_of(
    members: list[MemberInput], schedule: Schedule, payer: str = "M", year: int = 2023
) -> Decimal:
    return invoice_of(compute_fees(schedule, members, year), payer).total


def reasons(result: FeeResult) -> dict[str, str]:
    return {parked.member: parked.reason for parked in result.parked}
