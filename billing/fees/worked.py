"""Worked examples of a component: its price at the borders of its tiers, and where it falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.money import round_money
from billing.fees.charges import NotPriced, Subject, price
from billing.fees.proration import WHOLE_YEAR
from billing.fees.schedule import Component

TIERED = ("tiers", "graduated", "multiplier")


@dataclass(frozen=True, slots=True)
class Example:
    """The price at one value of the measure; None where it is not settled. `falls` says that a
    smaller value costs more."""

    value: Decimal
    amount: Decimal | None
    falls: bool = False


def examples(component: Component) -> list[Example]:
    """Prices at 0, 1, and around each border; empty for a component without tiers."""
    if component.rule.kind not in TIERED:
        return []
    found: list[Example] = []
    highest = Decimal(0)
    for value in _values(component):
        amount = _price(component, value)
        falls = amount is not None and amount < highest
        found.append(Example(value, amount, falls))
        highest = max(highest, amount or Decimal(0))
    return found


def _values(component: Component) -> Sequence[Decimal]:
    rule = component.rule
    step = Decimal(1) if rule.boundaries == "integer" else Decimal("0.01")
    values = {Decimal(0), Decimal(1)} if rule.measure == "dois" else set()
    for tier in rule.tiers:
        values |= {tier.lower}
        if tier.upper is not None:
            values |= {tier.upper - step, tier.upper}
    return sorted(value for value in values if value >= rule.tiers[0].lower)


def _price(component: Component, value: Decimal) -> Decimal | None:
    subject = Subject(
        member="example",
        usage=int(value) if component.rule.measure == "dois" else None,
        revenue=value,
        country="",
        share=WHOLE_YEAR,
        first_year=False,
    )
    try:
        priced = price(component, subject)
    except NotPriced:
        return None
    return sum((round_money(entry.amount) for entry in priced), Decimal("0.00"))
