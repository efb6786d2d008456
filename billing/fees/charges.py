"""Prices one component for one member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backoffice.core.money import round_money
from billing.fees.explanation import Explanation
from billing.fees.proration import WHOLE_YEAR, Share
from billing.fees.schedule import Component, Rule, Schedule, Tier

TO_CONFIRM = "to be confirmed by staff"
UNKNOWN_ESTIMATE = "estimate of the first year is unknown"


class NotPriced(ValueError):
    """The member cannot be billed as it stands; the text is the reason shown to staff."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One line: net amount in the schedule's currency, period with both days inclusive.

    `amount` equals `round_money(quantity * unit_price)`; `tax` is the tax treatment of the item.
    """

    member: str
    component: str
    code: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    explanation: Explanation
    billed_to: str
    start: date
    end: date
    tax: str = "service"
    account: str = ""
    #: Ids of the corrections of earlier usage that this line settles.
    corrects: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """The measures of one member, settled by the engine before pricing."""

    member: str
    usage: int | None
    revenue: Decimal | None
    country: str
    share: Share
    first_year: bool
    sponsored_count: int = 0


@dataclass(slots=True)
class Priced:
    """A price under construction: exact amount, how it was reached, and its quantity and unit."""

    amount: Decimal
    steps: list[dict[str, str]]
    inputs: dict[str, str]
    quantity: Decimal = Decimal(1)
    unit: Decimal | None = None
    marks: tuple[str, ...] = ()


def price(component: Component, subject: Subject) -> list[Priced]:
    """Exact, unrounded prices of the component (one, or one per tier of a graduated rule).

    Raises: NotPriced with the reason for parking.
    """
    rule = component.rule
    if rule.kind == "fixed":
        priced = [_fixed(component, rule, subject)]
    elif rule.kind == "country_group":
        priced = [_by_country(component, rule, subject)]
    elif rule.kind == "graduated":
        priced = _graduated(component, rule, subject)
    else:
        priced = [_tiered(component, rule, subject)]
    return [_prorated(component, entry, subject) for entry in priced]


def build_explanation(component: Component, schedule: Schedule, priced: Priced) -> Explanation:
    rounded = round_money(priced.amount)
    unrounded = priced.amount if priced.amount != rounded else rounded
    return Explanation(
        rule=component.key,
        code=component.code,
        labels=component.labels,
        schedule=schedule.code,
        version=schedule.version,
        inputs=priced.inputs,
        steps=tuple(priced.steps),
        unrounded=str(unrounded),
        rounded=str(rounded),
        note=component.note,
        marks=priced.marks,
    )


def find_tier(rule: Rule, value: Decimal) -> Tier | None:
    """The tier that holds `value`, or None above the last one. Borders as `rule.boundaries`
    says.
    """
    for tier in rule.tiers:
        if tier.upper is None:
            return tier
        inside = value < tier.upper if rule.boundaries == "upper_exclusive" else value <= tier.upper
        if inside:
            return tier
    return None


def measure_of(component: Component, subject: Subject) -> Decimal:
    """The number that chooses the tier. Raises: NotPriced when it is unknown."""
    if component.rule.measure == "dois":
        if subject.usage is None:
            if subject.first_year:
                raise NotPriced(UNKNOWN_ESTIMATE)
            raise NotPriced("DOI count of last year is unknown")
        return Decimal(subject.usage)
    if subject.revenue is None:
        raise NotPriced("annual revenue is unknown")
    return subject.revenue


def _fixed(component: Component, rule: Rule, subject: Subject) -> Priced:
    if rule.amount is None:
        raise NotPriced(f"{component.labels['en']}: {TO_CONFIRM}")
    step = {"step": "fixed", "result": str(rule.amount)}
    limit = component.applies.dois_above
    inputs: dict[str, str] = {}
    if limit is not None and subject.usage is not None:
        step = {
            "step": "above",
            "value": str(subject.usage),
            "limit": str(limit),
            "result": str(rule.amount),
        }
        inputs = {"dois": str(subject.usage)}
    return Priced(rule.amount, [step], inputs, marks=_marks(rule.mark))


def _by_country(component: Component, rule: Rule, subject: Subject) -> Priced:
    group = next((g for g in rule.groups if subject.country in g.countries), None)
    if group is None or group.amount is None:
        place = subject.country or "an unknown country"
        raise NotPriced(f"{component.labels['en']} for {place}: {TO_CONFIRM}")
    step = {
        "step": "group",
        "country": subject.country,
        "group": group.name,
        "result": str(group.amount),
    }
    return Priced(group.amount, [step], {"country": subject.country}, marks=_marks(group.mark))


def _tiered(component: Component, rule: Rule, subject: Subject) -> Priced:
    value = measure_of(component, subject)
    tier = _tier_or_park(component, rule, value)
    inputs = {rule.measure: str(value)}
    steps: list[dict[str, str]] = []
    if rule.of_sponsored and subject.sponsored_count:
        steps.append({"step": "aggregate", "members": str(subject.sponsored_count)})
        inputs["sponsored_members"] = str(subject.sponsored_count)
    steps.append(tier_step(rule.measure, value, tier))
    marks = _marks(tier.mark)
    if tier.per_unit is not None:
        amount = value * tier.per_unit
        steps.append(_times(value, tier.per_unit, amount))
        return Priced(amount, steps, inputs, quantity=value, unit=tier.per_unit, marks=marks)
    if tier.factor is not None and rule.base is not None:
        amount = rule.base * tier.factor
        steps.append(
            {
                "step": "factor",
                "base": str(rule.base),
                "factor": str(tier.factor),
                "result": str(amount),
            }
        )
        return Priced(amount, steps, inputs, marks=marks)
    amount = tier.flat or Decimal(0)
    steps.append({"step": "flat", "result": str(amount)})
    return Priced(amount, steps, inputs, marks=marks)


def _graduated(component: Component, rule: Rule, subject: Subject) -> list[Priced]:
    """One price per tier reached: each unit costs what its own tier says."""
    value = measure_of(component, subject)
    _tier_or_park(component, rule, value)
    priced: list[Priced] = []
    below = Decimal(0)
    for tier in rule.tiers:
        upper = value if tier.upper is None else min(value, tier.upper)
        quantity = upper - below
        if quantity <= 0 and priced:
            break
        if tier.per_unit is None:
            raise NotPriced(f"{component.labels['en']}: {TO_CONFIRM}")
        amount = quantity * tier.per_unit
        steps = [
            tier_step(rule.measure, value, tier),
            _times(quantity, tier.per_unit, amount),
        ]
        inputs = {rule.measure: str(value)}
        priced.append(
            Priced(amount, steps, inputs, quantity, tier.per_unit, marks=_marks(tier.mark))
        )
        below = upper
    return priced


def _tier_or_park(component: Component, rule: Rule, value: Decimal) -> Tier:
    tier = find_tier(rule, value)
    if tier is None:
        raise NotPriced(
            f"{component.labels['en']}: {value} is above the last tier "
            f"(up to {rule.tiers[-1].upper})"
        )
    if tier.is_unset:
        raise NotPriced(f"{component.labels['en']} for {value} {rule.measure}: {TO_CONFIRM}")
    return tier


def _prorated(component: Component, priced: Priced, subject: Subject) -> Priced:
    if not subject.first_year:
        return priced
    if component.first_year == "estimate":
        priced.steps.insert(0, {"step": "estimate"})
        if priced.unit is not None or not component.prorate_flat_first_year:
            return priced
    if component.first_year not in ("prorate", "estimate") or subject.share.is_whole:
        return priced
    return apply_share(priced, subject.share)


def apply_share(priced: Priced, share: Share) -> Priced:
    """`priced` with the part of the year applied and explained; a whole year changes nothing."""
    if share == WHOLE_YEAR or share.is_whole:
        return priced
    amount = share.of(priced.amount)
    priced.steps.append(
        {
            "step": "prorate",
            "numerator": str(share.numerator),
            "denominator": str(share.denominator),
            "unit_name": share.unit,
            "result": str(round_money(amount)),
        }
    )
    return Priced(amount, priced.steps, priced.inputs, Decimal(1), None, priced.marks)


def tier_step(measure: str, value: Decimal, tier: Tier) -> dict[str, str]:
    step = {"step": "tier", "measure": measure, "value": str(value), "from": str(tier.lower)}
    if tier.upper is None:
        return step | {"step": "open_tier"}
    return step | {"to": str(tier.upper), "tier": tier.label}


def _times(quantity: Decimal, unit: Decimal, result: Decimal) -> dict[str, str]:
    return {"step": "times", "quantity": str(quantity), "unit": str(unit), "result": str(result)}


def _marks(mark: str) -> tuple[str, ...]:
    return (mark,) if mark == "2" else ()
