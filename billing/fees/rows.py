"""A member on its way through the engine, and the line made of a price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.fees.charges import Charge, Priced, build_explanation
from billing.fees.members import MemberInput
from billing.fees.schedule import Component, Schedule


@dataclass(slots=True)
class Row:
    """`given` is the input, `member` the same with its registry type resolved; `reason` parks
    it.
    """

    given: MemberInput
    member: MemberInput
    payer: str
    start: date
    charges: list[Charge]
    reason: str = ""


def make_charge(component: Component, schedule: Schedule, row: Row, priced: Priced) -> Charge:
    """The rounded line; the billing party is the component's, and the payer settled for the row."""
    explanation = build_explanation(component, schedule, priced)
    amount = Decimal(explanation.rounded)
    own = component.bill_to == "self" and component.rule.kind != "cap"
    return Charge(
        member=row.member.id,
        component=component.key,
        code=component.code,
        quantity=priced.quantity,
        unit_price=amount if priced.unit is None else priced.unit,
        amount=amount,
        explanation=explanation,
        billed_to=row.member.id if own else row.payer,
        start=row.start,
        end=date(row.start.year, 12, 31),
        tax=component.tax,
        account=component.account,
    )
