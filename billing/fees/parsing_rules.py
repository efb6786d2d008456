"""Reads and checks one pricing rule of a fee schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.fees.schedule import (
    BOUNDARIES,
    RULE_KINDS,
    CountryGroup,
    Rule,
    ScheduleError,
    Tier,
)

TIERED = ("tiers", "graduated", "multiplier", "cap")
MEASURES = ("dois", "annual_revenue", "organisations")


def parse_rule(data: Any, path: str) -> Rule:
    """The checked rule. Raises: ScheduleError naming the faulty field."""
    if not isinstance(data, Mapping):
        raise ScheduleError(path, "is missing")
    kind = data.get("kind")
    if kind not in RULE_KINDS:
        raise ScheduleError(f"{path}.kind", f"{kind!r} is not one of {', '.join(RULE_KINDS)}")
    boundaries = data.get("boundaries", "integer")
    if boundaries not in BOUNDARIES:
        raise ScheduleError(f"{path}.boundaries", f"{boundaries!r} is not one of {BOUNDARIES}")
    measure = data.get("measure", "")
    if kind in TIERED and measure not in MEASURES:
        raise ScheduleError(f"{path}.measure", f"{measure!r} is not one of {', '.join(MEASURES)}")
    minimum = int(data.get("minimum_organisations", 0))
    outside = data.get("outside", {})
    rule = Rule(
        kind=kind,
        amount=_optional_amount(data, "amount", path),
        mark=str(data.get("mark", "P")),
        measure=measure,
        boundaries=boundaries,
        tiers=_tiers(data, path, boundaries, start=Decimal(minimum)) if kind in TIERED else (),
        base=_optional_amount(data, "base", path),
        groups=_groups(data.get("groups", []), f"{path}.groups"),
        prices=_prices(data.get("prices", {}), f"{path}.prices"),
        aliases=dict(data.get("aliases", {})),
        countries=_countries(data.get("countries", []), f"{path}.countries"),
        unconfirmed_countries=_countries(
            data.get("unconfirmed_countries", []), f"{path}.unconfirmed_countries"
        ),
        covers=tuple(data.get("covers", ())),
        minimum_organisations=minimum,
        outside_for_profit=bool(outside.get("for_profit", False)),
        outside_dois_at_least=int(outside.get("dois_at_least", 0)),
        percent=_optional_amount(data, "percent", path),
        of_sponsored=bool(data.get("of_sponsored", False)),
    )
    _check_needed(rule, path)
    return rule


def parse_amount(value: Any, path: str) -> Decimal:
    """A finite, non-negative amount written as text (a JSON float would lose cents)."""
    if not isinstance(value, str):
        raise ScheduleError(path, f'{value!r} must be written as text, such as "0.80"')
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise ScheduleError(path, f"{value!r} is not an amount") from error
    if not amount.is_finite() or amount < 0:
        raise ScheduleError(path, f"{value!r} must be zero or more")
    return amount


def check_tiers(tiers: Sequence[Tier], boundaries: str, path: str, start: Decimal) -> None:
    """Refuse tiers that overlap, leave a gap, are reversed, or do not begin at `start`."""
    if not tiers:
        raise ScheduleError(path, "at least one tier is needed")
    step = Decimal(1) if boundaries == "integer" else Decimal(0)
    if tiers[0].lower != start:
        raise ScheduleError(f"{path}[0].from", f"must be {start}, values below are not priced")
    for index, tier in enumerate(tiers):
        last = index == len(tiers) - 1
        if tier.upper is None:
            if not last:
                raise ScheduleError(f"{path}[{index}].to", "only the last tier may be open")
            return
        if tier.upper < tier.lower or (step == 0 and tier.upper == tier.lower):
            raise ScheduleError(f"{path}[{index}].to", "must be above the tier's lower border")
        if last:
            return
        expected = tier.upper + step
        following = tiers[index + 1].lower
        if following < expected:
            raise ScheduleError(
                f"{path}[{index + 1}].from", f"{following} overlaps the tier ending at {tier.upper}"
            )
        if following > expected:
            raise ScheduleError(
                f"{path}[{index + 1}].from",
                f"{following} leaves a missing tier after {tier.upper}",
            )


def _tiers(data: Mapping[str, Any], path: str, boundaries: str, start: Decimal) -> tuple[Tier, ...]:
    entries = data.get("tiers")
    if not isinstance(entries, list):
        raise ScheduleError(f"{path}.tiers", "must be a list")
    tiers = tuple(_tier(entry, f"{path}.tiers[{index}]") for index, entry in enumerate(entries))
    check_tiers(tiers, boundaries, f"{path}.tiers", start)
    return tiers


def _tier(entry: Any, path: str) -> Tier:
    if not isinstance(entry, Mapping):
        raise ScheduleError(path, "must be an object")
    if "from" not in entry:
        raise ScheduleError(f"{path}.from", "is missing")
    upper = entry.get("to")
    tier = Tier(
        lower=parse_amount(entry["from"], f"{path}.from"),
        upper=None if upper is None else parse_amount(upper, f"{path}.to"),
        flat=_optional_amount(entry, "flat", path),
        per_unit=_optional_amount(entry, "per_unit", path),
        factor=_optional_amount(entry, "factor", path),
        label=str(entry.get("label", "")),
        mark=str(entry.get("mark", "P")),
    )
    if sum(v is not None for v in (tier.flat, tier.per_unit, tier.factor)) > 1:
        raise ScheduleError(path, "has more than one of flat, per_unit and factor")
    if tier.is_unset and tier.mark != "U":
        raise ScheduleError(f"{path}.mark", "a tier without an amount must carry the mark U")
    return tier


def _check_needed(rule: Rule, path: str) -> None:
    if rule.kind == "fixed" and rule.amount is None and rule.mark != "U":
        raise ScheduleError(f"{path}.amount", "is missing")
    if rule.kind == "multiplier" and rule.base is None:
        raise ScheduleError(f"{path}.base", "is missing")
    if rule.kind == "percent" and rule.percent is None:
        raise ScheduleError(f"{path}.percent", "is missing")
    if rule.kind == "registrations" and not rule.prices:
        raise ScheduleError(f"{path}.prices", "is missing")


def _groups(entries: Any, path: str) -> tuple[CountryGroup, ...]:
    groups: list[CountryGroup] = []
    taken: dict[str, str] = {}
    for index, entry in enumerate(entries):
        countries = _countries(entry.get("countries", []), f"{path}[{index}].countries")
        for country in sorted(countries):
            if country in taken:
                raise ScheduleError(
                    f"{path}[{index}].countries", f"{country} is also in group {taken[country]!r}"
                )
            taken[country] = str(entry["group"])
        groups.append(
            CountryGroup(
                name=str(entry["group"]),
                countries=countries,
                amount=_optional_amount(entry, "amount", f"{path}[{index}]"),
                mark=str(entry.get("mark", "P")),
            )
        )
    return tuple(groups)


def _prices(data: Mapping[str, Any], path: str) -> dict[str, dict[str, Decimal | None]]:
    prices: dict[str, dict[str, Decimal | None]] = {}
    for kind, row in data.items():
        if set(row) != {"current", "back"}:
            raise ScheduleError(f"{path}.{kind}", "needs a price for current and for back")
        prices[kind] = {
            vintage: None if value is None else parse_amount(value, f"{path}.{kind}.{vintage}")
            for vintage, value in row.items()
        }
    return prices


def _countries(entries: Any, path: str) -> frozenset[str]:
    for entry in entries:
        if not (isinstance(entry, str) and len(entry) == 2 and entry.isupper()):
            raise ScheduleError(path, f"{entry!r} is not an ISO 3166-1 alpha-2 code")
    return frozenset(entries)


def _optional_amount(data: Mapping[str, Any], key: str, path: str) -> Decimal | None:
    value = data.get(key)
    return None if value is None else parse_amount(value, f"{path}.{key}")
