"""The builder's lines: from a posted form to a rule tree and back. No query is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from mailings.registry import SEGMENT_FIELDS
from mailings.segments.rules import Rule

SECTIONS = (
    ("all", _("All of these")),
    ("any", _("And at least one of these")),
    ("none", _("But none of these")),
)
SPARE = 2  # empty lines offered in each group
MOST = 20


@dataclass(frozen=True)
class Row:
    """One line of the form: ``key`` names its inputs."""

    key: str
    field: str
    op: str
    value: str
    choices: list[tuple[str, str]]
    kind: str
    fields: list[tuple[str, str]]


def rule_from(data: Mapping[str, str]) -> Rule:
    """The tree of a posted form; lines without field or value are left out.

    Shape: {"all": [line…, {"any": [line…]}, {"not": {"any": [line…]}}]}.
    """
    groups: dict[str, list[Rule]] = {key: [] for key, _label in SECTIONS}
    for section in groups:
        for number in range(MOST):
            field = data.get(f"{section}-{number}-field", "")
            value = data.get(f"{section}-{number}-value", "").strip()
            if field and value:
                op = "is_not" if data.get(f"{section}-{number}-op") == "is_not" else "is"
                groups[section].append({"field": field, "op": op, "value": value[:200]})
    parts = list(groups["all"])
    if groups["any"]:
        parts.append({"any": groups["any"]})
    if groups["none"]:
        parts.append({"not": {"any": groups["none"]}})
    return {"all": parts} if parts else {}


def rows_of(rule: Rule, section: str) -> list[Row]:
    """The lines of one group with two spare ones."""
    lines = _lines(rule, section)
    spare: Rule = {"field": "", "op": "is", "value": ""}
    return [_row(section, n, line) for n, line in enumerate([*lines, *[spare] * SPARE])]


def _lines(rule: Rule, section: str) -> list[Rule]:
    parts: list[Any] = rule.get("all", [])
    if section == "all":
        return [part for part in parts if "field" in part]
    if section == "any":
        return next((part["any"] for part in parts if "any" in part), [])
    return next((part["not"].get("any", []) for part in parts if "not" in part), [])


def _row(section: str, number: int, line: Rule) -> Row:
    name = line["field"]
    known = SEGMENT_FIELDS.get(name) if name in SEGMENT_FIELDS else None
    choices = list(known.choices()) if known and known.choices else []
    return Row(
        key=f"{section}-{number}",
        field=name,
        op=line.get("op", "is"),
        value=str(line["value"]),
        choices=[(str(code), str(label)) for code, label in choices],
        kind=known.kind if known else "text",
        fields=[(code, str(field.label)) for code, field in SEGMENT_FIELDS],
    )
