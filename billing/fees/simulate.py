"""What a schedule would bill a list of members in a year; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from billing.fees.engine import FeeResult, compute_fees
from billing.fees.members import MemberInput
from billing.fees.schedule import Schedule


def simulate(
    schedule: Schedule, members: Sequence[MemberInput], year: int, *, language: str = "en"
) -> dict[str, Any]:
    """The result as the JSON object of the command `simulate_fees`; amounts with two decimals."""
    return as_json(schedule, year, compute_fees(schedule, members, year), language=language)


def as_json(
    schedule: Schedule, year: int, result: FeeResult, *, language: str = "en"
) -> dict[str, Any]:
    return {
        "schedule": schedule.code,
        "year": year,
        "currency": schedule.currency,
        "invoices": [
            {
                "billed_to": invoice.billed_to,
                "period": invoice.period,
                "total": f"{invoice.total:.2f}",
                "lines": [
                    {
                        "member": line.member,
                        "component": line.code,
                        "quantity": int(line.quantity),
                        "amount": f"{line.amount:.2f}",
                        "explanation": line.explanation.sentence(schedule.currency, language),
                    }
                    for line in invoice.lines
                ],
            }
            for invoice in result.invoices
        ],
        "parked": [{"member": p.member, "reason": p.reason} for p in result.parked],
    }


def as_text(data: dict[str, Any]) -> str:
    """The same for people: an invoice per paragraph, then the parked members, then the total."""
    rows = [f"{data['schedule']}, {data['year']}, {data['currency']}", ""]
    total = Decimal(0)
    for invoice in data["invoices"]:
        total += Decimal(invoice["total"])
        rows.append(f"{invoice['billed_to']}  {invoice['period']}  {invoice['total']}")
        rows += [
            f"    {line['amount']:>14}  {line['member']}: {line['explanation']}"
            for line in invoice["lines"]
        ]
    for parked in data["parked"]:
        rows.append(f"parked  {parked['member']}: {parked['reason']}")
    invoices, waiting = len(data["invoices"]), len(data["parked"])
    rows += ["", f"{invoices} invoices, {total} {data['currency']}; {waiting} members parked"]
    return "\n".join(rows)
