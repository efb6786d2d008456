"""The builder's lines: from a posted form to a rule tree and back. No rule is evaluated here.

A segment is one block or several of which one must hold. A block has three groups: all of these, at
least one of these, none of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailings.registry import SEGMENT_FIELDS
from mailings.segments.rules import Rule

SECTIONS: tuple[tuple[str, Promise], ...] = (
    ("all", _("All of these")),
    ("any", _("And at least one of these")),
    ("none", _("But none of these")),
)
SPARE = 1  # empty lines offered in each group
MOST = 20
MOST_BLOCKS = 6


@dataclass(frozen=True)
class Row:
    """One line of the form: ``key`` names its inputs."""

    key: str
    field: str
    op: str
    value: str
    choices: list[tuple[str, str]]
    kind: str


@dataclass(frozen=True)
class Block:
    """One block of the form; ``number`` from 1."""

    number: int
    sections: list[tuple[str, str, list[Row]]]


def rule_from(data: Mapping[str, str]) -> Rule:
    """The tree of a posted form; lines without field or value are left out, and so are blocks
    without a line.

    Shape: {"all": [line…, {"any": [line…]}, {"not": {"any": [line…]}}]}, or {"any": [block…]}.
    """
    blocks = [block for n in range(MOST_BLOCKS) if (block := _block_from(data, n))]
    if len(blocks) < 2:
        return blocks[0] if blocks else {}
    return {"any": blocks}


def _block_from(data: Mapping[str, str], block: int) -> Rule:
    groups: dict[str, list[Rule]] = {key: [] for key, _label in SECTIONS}
    for section in groups:
        for number in range(MOST):
            key = f"b{block}-{section}-{number}"
            name, value = data.get(f"{key}-field", ""), data.get(f"{key}-value", "").strip()
            if name and value:
                op = "is_not" if data.get(f"{key}-op") == "is_not" else "is"
                groups[section].append({"field": name, "op": op, "value": value[:200]})
    parts = list(groups["all"])
    if groups["any"]:
        parts.append({"any": groups["any"]})
    if groups["none"]:
        parts.append({"not": {"any": groups["none"]}})
    return {"all": parts} if parts else {}


def blocks_of(rule: Rule, *, spare_block: bool = False) -> list[Block]:
    """The blocks of the form with an empty line in each group."""
    rules: list[Any] = _blocks(rule) or [{}]
    if spare_block and len(rules) < MOST_BLOCKS:
        rules = [*rules, {}]
    return [
        Block(
            n + 1,
            [(key, str(label), _rows(block, n, key)) for key, label in SECTIONS],
        )
        for n, block in enumerate(rules)
    ]


def _blocks(rule: Rule) -> list[Any]:
    if isinstance(rule, dict) and "any" in rule and all("all" in part for part in rule["any"]):
        return list(rule["any"])
    return [rule] if rule else []


def fits_the_form(rule: Rule) -> bool:
    """Whether the builder can show the whole tree; one that came another way may be deeper."""
    data: dict[str, str] = {}
    try:
        for block in blocks_of(rule):
            for _key, _label, rows in block.sections:
                for row in rows:
                    data[f"{row.key}-field"] = row.field
                    data[f"{row.key}-op"] = row.op
                    data[f"{row.key}-value"] = row.value
    except (KeyError, TypeError, AttributeError):
        return False
    return rule_from(data) == _with_op(rule)


def _with_op(rule: Any) -> Any:
    """The tree with the operator written out where it was left out."""
    if isinstance(rule, list):
        return [_with_op(part) for part in rule]
    if isinstance(rule, dict) and "field" in rule:
        return {"field": rule["field"], "op": rule.get("op", "is"), "value": str(rule["value"])}
    if isinstance(rule, dict):
        return {key: _with_op(part) for key, part in rule.items()}
    return rule


def _rows(rule: Rule, block: int, section: str) -> list[Row]:
    spare: Rule = {"field": "", "op": "is", "value": ""}
    lines = [*_lines(rule, section), *[spare] * SPARE]
    return [_row(f"b{block}-{section}-{n}", line) for n, line in enumerate(lines)]


def _lines(rule: Rule, section: str) -> list[Rule]:
    parts: list[Any] = rule.get("all", [])
    if section == "all":
        return [part for part in parts if "field" in part]
    if section == "any":
        return next((part["any"] for part in parts if "any" in part), [])
    return next((part["not"]["any"] for part in parts if "not" in part), [])


def _row(key: str, line: Rule) -> Row:
    name = line["field"]
    known = SEGMENT_FIELDS.get(name) if name in SEGMENT_FIELDS else None
    choices = list(known.choices()) if known and known.choices else []
    return Row(
        key=key,
        field=name,
        op=line.get("op", "is"),
        value=str(line["value"]),
        choices=[(str(code), str(label)) for code, label in choices],
        kind=known.kind if known else "text",
    )


def questions() -> dict[str, dict[str, Any]]:
    """Every question with its label, its kind and its values, for the page's own script."""
    return {
        name: {
            "label": str(field.label),
            "kind": field.kind,
            "choices": [
                [str(code), str(label)]
                for code, label in (field.choices() if field.choices else [])
            ],
        }
        for name, field in SEGMENT_FIELDS
    }
