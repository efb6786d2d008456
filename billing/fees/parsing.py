"""Reads and checks a fee schedule; every refusal names the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from billing.fees.parsing_rules import parse_rule
from billing.fees.schedule import (
    BILL_TO,
    COMPONENT_CODES,
    FIRST_YEAR,
    PRORATIONS,
    TAX_TREATMENTS,
    Applies,
    Component,
    Schedule,
    ScheduleError,
    TypeAlias,
)

TWO_DECIMAL_CURRENCIES = frozenset(
    [
        "EUR",
        "USD",
        "GBP",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "CAD",
        "AUD",
        "NZD",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "SGD",
        "HKD",
        "ZAR",
        "BRL",
        "MXN",
    ]
)


def parse_schedule(data: Mapping[str, Any]) -> Schedule:
    """The checked schedule held by a JSON object.

    Raises: ScheduleError naming the faulty field, e.g. `components[3].rule.tiers[1].from`.
    """
    if not isinstance(data, Mapping):
        raise ScheduleError("schedule", "must be a JSON object")
    currency = _text(data, "currency")
    if currency not in TWO_DECIMAL_CURRENCIES:
        raise ScheduleError("currency", f"{currency!r} is not a known currency with two decimals")
    valid_from = _date(data, "valid_from")
    valid_until = _date(data, "valid_until") if data.get("valid_until") else None
    if valid_until is not None and valid_until <= valid_from:
        raise ScheduleError("valid_until", "must be later than valid_from")
    components = tuple(
        _component(entry, f"components[{index}]")
        for index, entry in enumerate(_list(data, "components"))
    )
    _refuse_repeated_keys(components)
    return Schedule(
        code=_text(data, "code"),
        version=_whole(data, "version", minimum=1),
        agency=_text(data, "agency"),
        currency=currency,
        valid_from=valid_from,
        valid_until=valid_until,
        payment_days=_whole(data, "payment_days", minimum=0),
        proration=_choice(data, "proration", PRORATIONS),
        member_types=tuple(data.get("member_types", ())),
        aliases=_aliases(data.get("aliases", {})),
        refused=dict(data.get("refused", {})),
        components=components,
        source=_text(data, "source"),
        notes=tuple(data.get("notes", ())),
        for_profit_in_consortium=bool(data.get("for_profit_in_consortium", True)),
    )


def _component(entry: Any, path: str) -> Component:
    if not isinstance(entry, Mapping):
        raise ScheduleError(path, "must be an object")
    code = _choice(entry, "code", COMPONENT_CODES, path)
    labels = entry.get("label")
    if not isinstance(labels, Mapping) or not {"en", "de"} <= set(labels):
        raise ScheduleError(f"{path}.label", "needs an English and a German text")
    applies = entry.get("applies", {})
    return Component(
        key=_text(entry, "key", path),
        code=code,
        labels=dict(labels),
        applies=Applies(
            member_types=tuple(applies.get("member_types", ())),
            for_profit=applies.get("for_profit"),
            sponsored=applies.get("sponsored"),
            dois_above=applies.get("dois_above"),
        ),
        rule=parse_rule(entry.get("rule"), f"{path}.rule"),
        bill_to=_choice(entry, "bill_to", BILL_TO, path, default="self"),
        first_year=_choice(entry, "first_year", FIRST_YEAR, path, default="prorate"),
        prorate_flat_first_year=bool(entry.get("prorate_flat_first_year", False)),
        tax=_choice(entry, "tax", TAX_TREATMENTS, path, default="service"),
        account=str(entry.get("account", "")),
        enabled=bool(entry.get("enabled", True)),
        from_year=entry.get("from_year"),
        until_year=entry.get("until_year"),
        note=str(entry.get("note", "")),
    )


def _refuse_repeated_keys(components: Sequence[Component]) -> None:
    seen: set[str] = set()
    for index, component in enumerate(components):
        if component.key in seen:
            raise ScheduleError(f"components[{index}].key", f"{component.key!r} is used twice")
        seen.add(component.key)


def _aliases(data: Mapping[str, Any]) -> dict[str, TypeAlias]:
    return {
        name: TypeAlias(member_type=entry["member_type"], for_profit=entry.get("for_profit"))
        for name, entry in data.items()
    }


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(data: Mapping[str, Any], key: str, path: str = "") -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ScheduleError(_join(path, key), "is missing")
    return value


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list) or not value:
        raise ScheduleError(key, "must be a list with at least one entry")
    return value


def _date(data: Mapping[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(_text(data, key))
    except ValueError as error:
        if isinstance(error, ScheduleError):
            raise
        raise ScheduleError(key, f"{data[key]!r} is not a date (YYYY-MM-DD)") from error


def _whole(data: Mapping[str, Any], key: str, *, minimum: int) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise ScheduleError(key, f"must be a whole number of at least {minimum}")
    return value


def _choice(
    data: Mapping[str, Any],
    key: str,
    choices: Sequence[str],
    path: str = "",
    default: str | None = None,
) -> str:
    value = data.get(key, default)
    if value not in choices:
        raise ScheduleError(_join(path, key), f"{value!r} is not one of {', '.join(choices)}")
    return str(value)
