"""The cap on the service fees of a consortium.

Source: DataCite fee model 2020-2025. The rate of the step that the number of organisations reaches
applies to all of them, so the cap falls at the steps (30 organisations 30,000; 31 organisations
21,700).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.fees.charges import UNKNOWN_ESTIMATE, Priced, apply_share, find_tier
from billing.fees.members import MemberInput
from billing.fees.proration import WHOLE_YEAR, share_of_year
from billing.fees.rows import Row, make_charge
from billing.fees.schedule import Component, Rule, Schedule


def settle_consortium(
    component: Component,
    schedule: Schedule,
    lead: Row,
    organisations: Sequence[Row],
    year: int,
) -> None:
    """Add the cap to the lead's invoice and re-price organisations that joined later.

    The organisations of the first invoice are capped together. Where the cap binds, one added
    later in
    the year is billed at the cap's rate for its part of the year, and needs no estimate. Fewer than
    `minimum_organisations` are billed without a cap.
    """
    if lead.reason or not organisations:
        return
    first = [row for row in organisations if row.start <= lead.start]
    if any(row.reason for row in first) or len(first) < component.rule.minimum_organisations:
        return
    tier = find_tier(component.rule, Decimal(len(first)))
    if tier is None or tier.per_unit is None:
        return
    inside = [row for row in first if not is_outside(component.rule, row.member)]
    whole = any(row.start == date(year, 1, 1) for row in first)
    share = WHOLE_YEAR if whole else share_of_year(lead.member.joined, year, schedule.proration)
    if not _cap(component, schedule, lead, inside, tier.per_unit, share.of(Decimal(1))):
        return
    for row in organisations:
        if row.start > lead.start and not is_outside(component.rule, row.member):
            _bill_at_rate(component, schedule, row, tier.per_unit, year)


def is_outside(rule: Rule, member: MemberInput) -> bool:
    """Whether the cap does not cover the member: for-profits, from a number of DOIs on.

    Source: price list of April 2022 (all for-profits); of March 2023 (from 2,000 DOIs).
    """
    if not rule.outside_for_profit or not member.for_profit:
        return False
    usage = member.dois if member.dois is not None else member.estimate or 0
    return usage >= rule.outside_dois_at_least


def _cap(
    component: Component,
    schedule: Schedule,
    lead: Row,
    inside: Sequence[Row],
    rate: Decimal,
    part: Decimal,
) -> bool:
    fees = sum(
        (c.amount for row in inside for c in row.charges if c.code in component.rule.covers),
        Decimal(0),
    )
    cap = rate * len(inside) * part
    if fees <= cap:
        return False
    step = {
        "step": "cap",
        "sum": str(fees),
        "quantity": str(len(inside)),
        "rate": str(rate * part),
        "cap": str(cap),
        "result": str(cap - fees),
    }
    inputs = {"organisations": str(len(inside)), "service_fees": str(fees)}
    priced = Priced(cap - fees, [step], inputs)
    lead.charges.append(make_charge(component, schedule, lead, priced))
    return True


def _bill_at_rate(
    component: Component, schedule: Schedule, row: Row, rate: Decimal, year: int
) -> None:
    if row.reason and row.reason != UNKNOWN_ESTIMATE:
        return
    share = share_of_year(row.member.joined, year, schedule.proration)
    priced = Priced(rate, [{"step": "cap_rate", "rate": str(rate)}], {"rate": str(rate)})
    kept = [c for c in row.charges if c.code not in component.rule.covers]
    row.charges = [*kept, make_charge(component, schedule, row, apply_share(priced, share))]
    row.reason = ""
