"""Reads the JSON list of members for a simulation; every refusal names the row and the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from billing.fees.members import MemberInput, Registration

#: Above this a count is a typing error, not a member (all DOIs ever registered are far fewer).
ABSURD_COUNT = 10_000_000_000
ABSURD_REVENUE = Decimal(10) ** 15


class InputError(ValueError):
    """A file that cannot be simulated; the text names row and field."""


def read_members(path: Path) -> list[MemberInput]:
    """The members of a JSON file. Raises: InputError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    try:
        data = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON ({error})") from error
    return parse_members(data)


def parse_members(data: Any) -> list[MemberInput]:
    """The members of a decoded JSON list, with their links checked. Raises: InputError."""
    if not isinstance(data, list):
        raise InputError("the file must hold a JSON list of members")
    members = [_member(entry, row) for row, entry in enumerate(data, start=1)]
    seen: dict[str, int] = {}
    for row, member in enumerate(members, start=1):
        if member.id in seen:
            raise _fault(row, "id", f"{member.id!r} is already used in row {seen[member.id]}")
        seen[member.id] = row
    for row, member in enumerate(members, start=1):
        for field, other in (("consortium", member.consortium), ("sponsor", member.sponsor)):
            if other and other not in seen:
                raise _fault(row, field, f"there is no member with the id {other!r}")
            if other == member.id:
                raise _fault(row, field, "a member cannot name itself")
    return members


def member_entry(member: MemberInput) -> dict[str, Any]:
    """The member as an entry of such a file; what is unknown or empty is left out."""
    entry: dict[str, Any] = {
        "id": member.id,
        "member_type": member.member_type,
        "for_profit": member.for_profit or None,
        "annual_revenue": None if member.annual_revenue is None else str(member.annual_revenue),
        "country": member.country,
        "dois": member.dois,
        "estimate": member.estimate,
        "joined": member.joined.isoformat() if member.joined else None,
        "consortium": member.consortium,
        "sponsor": member.sponsor,
        "registrations": [
            {"type": r.type, "vintage": r.vintage, "count": r.count} for r in member.registrations
        ],
    }
    return {key: value for key, value in entry.items() if value not in (None, "", [])}


def _member(entry: Any, row: int) -> MemberInput:
    if not isinstance(entry, Mapping):
        raise InputError(f"row {row}: must be an object")
    country = _text(entry, "country", row)
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise _fault(row, "country", f"{country!r} is not an ISO 3166-1 alpha-2 code")
    return MemberInput(
        id=_text(entry, "id", row, needed=True),
        member_type=_text(entry, "member_type", row, needed=True),
        for_profit=_flag(entry, "for_profit", row),
        annual_revenue=_revenue(entry, row),
        country=country.upper(),
        dois=_count(entry, "dois", row),
        estimate=_count(entry, "estimate", row),
        joined=_date(entry, "joined", row),
        consortium=_text(entry, "consortium", row),
        sponsor=_text(entry, "sponsor", row),
        registrations=_registrations(entry, row),
    )


def _registrations(entry: Mapping[str, Any], row: int) -> tuple[Registration, ...]:
    items = entry.get("registrations")
    if items is None:
        return ()
    if not isinstance(items, list):
        raise _fault(row, "registrations", "must be a list")
    found: list[Registration] = []
    for index, item in enumerate(items):
        path = f"registrations[{index}]"
        if not isinstance(item, Mapping):
            raise _fault(row, path, "must be an object")
        vintage = item.get("vintage")
        if vintage not in ("current", "back"):
            raise _fault(row, f"{path}.vintage", f"{vintage!r} is neither current nor back")
        kind = item.get("type")
        if not isinstance(kind, str) or not kind.strip():
            raise _fault(row, f"{path}.type", "is missing")
        count = _whole(item.get("count"), row, f"{path}.count")
        found.append(Registration(type=kind, vintage=vintage, count=count))
    return tuple(found)


def _text(entry: Mapping[str, Any], field: str, row: int, *, needed: bool = False) -> str:
    value = entry.get(field)
    if field == "id" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise _fault(row, field, f"{value!r} is not text")
    if needed and not value.strip():
        raise _fault(row, field, "is missing")
    return value.strip()


def _flag(entry: Mapping[str, Any], field: str, row: int) -> bool:
    value = entry.get(field)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _fault(row, field, f"{value!r} is neither true nor false")
    return value


def _count(entry: Mapping[str, Any], field: str, row: int) -> int | None:
    value = entry.get(field)
    return None if value is None else _whole(value, row, field)


def _whole(value: Any, row: int, field: str) -> int:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _fault(row, field, f"{value!r} is not a whole number")
    if value < 0:
        raise _fault(row, field, f"{value} is negative")
    if value > ABSURD_COUNT:
        raise _fault(row, field, f"{value} is out of all proportion")
    return value


def _revenue(entry: Mapping[str, Any], row: int) -> Decimal | None:
    value = entry.get("annual_revenue")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise _fault(row, "annual_revenue", f"{value!r} is not an amount")
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise _fault(row, "annual_revenue", f"{value!r} is not an amount") from error
    if not amount.is_finite() or amount < 0:
        raise _fault(row, "annual_revenue", f"{value} is negative or not a number")
    if amount > ABSURD_REVENUE:
        raise _fault(row, "annual_revenue", f"{value} is out of all proportion")
    return amount


def _date(entry: Mapping[str, Any], field: str, row: int) -> date | None:
    value = entry.get(field)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _fault(row, field, f"{value!r} is not a date (YYYY-MM-DD)") from error


def _fault(row: int, field: str, reason: str) -> InputError:
    return InputError(f"row {row}, field {field}: {reason}")


def _refuse_constant(name: str) -> Decimal:
    raise ValueError(f"{name} is not a number")
