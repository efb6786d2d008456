"""Registrations by content type, exemptions by country, discounts in per cent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from billing.fees.charges import TO_CONFIRM, Charge, NotPriced, Priced
from billing.fees.members import MemberInput
from billing.fees.schedule import Component, Schedule


def is_exempt(schedule: Schedule, member: MemberInput, year: int) -> Collection[str]:
    """Component codes that the member does not pay because of its country.

    Raises: NotPriced when it is not settled whether the country is on the list.
    Source: Crossref GEM programme (from 1 January 2023).
    """
    component = schedule.component_for("exemption")
    if component is None or not component.in_force(year):
        return ()
    rule = component.rule
    if member.country in rule.unconfirmed_countries:
        raise NotPriced(f"{component.labels['en']} for {member.country}: {TO_CONFIRM}")
    return rule.covers if member.country in rule.countries else ()


def exemption(component: Component, member: MemberInput) -> list[Priced]:
    """A line of 0.00 that says why nothing is charged."""
    steps = [{"step": "exempt", "country": member.country}]
    return [Priced(Decimal("0.00"), steps, {"country": member.country})]


def registrations(component: Component, member: MemberInput) -> list[Priced]:
    """One price per content type and vintage. Raises: NotPriced for a type without a price."""
    return [
        _registration(component, entry.type, entry.vintage, entry.count)
        for entry in member.registrations
    ]


def _registration(component: Component, given: str, vintage: str, count: int) -> Priced:
    name = given.strip().lower().replace("_", "-").replace(" ", "-")
    name = component.rule.aliases.get(name, name)
    if name not in component.rule.prices:
        raise NotPriced(f"no price for content type {given!r}")
    unit = component.rule.prices[name][vintage]
    if unit is None:
        raise NotPriced(f"price of {name} ({vintage}): {TO_CONFIRM}")
    amount = unit * count
    step = {
        "step": "registration",
        "quantity": str(count),
        "type": name,
        "vintage": vintage,
        "unit": str(unit),
        "result": str(amount),
    }
    inputs = {"type": name, "vintage": vintage, "count": str(count)}
    return Priced(amount, [step], inputs, quantity=Decimal(count), unit=unit)


def discount(component: Component, so_far: Sequence[Charge]) -> list[Priced]:
    """A negative line of so many per cent of the member's own lines named by the rule."""
    percent = component.rule.percent or Decimal(0)
    base = sum((c.amount for c in so_far if c.code in component.rule.covers), Decimal(0))
    if not base:
        return []
    amount = -base * percent / 100
    step = {"step": "percent", "percent": str(percent), "base": str(base), "result": str(amount)}
    return [Priced(amount, [step], {"base": str(base)})]
