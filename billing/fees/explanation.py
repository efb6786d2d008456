"""Why a line costs what it costs: data first, the sentence is rendered from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backoffice.core.money import round_money
from billing.fees.sentences import NOTES, TEMPLATES, UNITS


@dataclass(frozen=True, slots=True)
class Explanation:
    """Rule, schedule version, inputs, steps and rounding of one amount; every value is text."""

    rule: str
    code: str
    labels: Mapping[str, str]
    schedule: str
    version: int
    inputs: Mapping[str, str]
    steps: tuple[Mapping[str, str], ...]
    unrounded: str
    rounded: str
    note: str = ""
    marks: tuple[str, ...] = field(default=())

    def as_data(self) -> dict[str, Any]:
        """The JSON object stored with the line; `from_data` reads it back."""
        return {
            "rule": self.rule,
            "code": self.code,
            "labels": dict(self.labels),
            "schedule": self.schedule,
            "version": self.version,
            "inputs": dict(self.inputs),
            "steps": [dict(step) for step in self.steps],
            "rounding": {
                "mode": "half_up",
                "digits": 2,
                "unrounded": self.unrounded,
                "rounded": self.rounded,
            },
            "note": self.note,
            "marks": list(self.marks),
        }

    def sentence(self, currency: str, language: str = "en") -> str:
        return render_sentence(self.as_data(), currency, language)


def render_sentence(data: Mapping[str, Any], currency: str, language: str = "en") -> str:
    """One readable line made from stored explanation data, in `en` or `de`."""
    language = language if language in TEMPLATES else "en"
    templates = TEMPLATES[language]
    parts = [
        templates[step["step"]].format_map(_readable(step, currency, language))
        for step in data["steps"]
    ]
    sentence = f"{data['labels'][language]}: {', '.join(parts)}"
    rounding = data["rounding"]
    shown = data["steps"][-1].get("result", "")
    if rounding["unrounded"] != rounding["rounded"] and shown != rounding["rounded"]:
        rounded = format_number(Decimal(rounding["rounded"]), language, 2)
        sentence += templates["rounded"].format(result=rounded, currency=currency)
    for mark in data.get("marks", []):
        sentence += NOTES[language][mark]
    return f"{sentence} [{data['schedule']} v{data['version']}]"


def format_number(value: Decimal, language: str, digits: int | None = None) -> str:
    """Grouped by thousands in the manner of the language; cents only where there are any."""
    if digits is None:
        digits = 0 if value == value.to_integral_value() else 2
    text = f"{round_money(value, digits):,.{digits}f}"
    if language == "de":
        return text.translate(str.maketrans(",.", ".,"))
    return text


def _readable(step: Mapping[str, str], currency: str, language: str) -> dict[str, str]:
    """The step's numbers in the language's form, with the names of units and measures filled in."""
    values: dict[str, str] = {"currency": currency}
    for key, value in step.items():
        if key in ("step", "group", "type", "country", "tier"):
            values[key] = value
        elif key in ("unit_name", "measure", "vintage"):
            values[key] = UNITS[language].get(value, value).format(currency=currency)
        elif key in ("unit", "result", "base", "rate", "sum", "cap", "amount", "due", "billed"):
            amount = Decimal(value)
            digits = max(2, -int(amount.normalize().as_tuple().exponent))
            values[key] = format_number(amount, language, digits)
        else:
            values[key] = _count(value, language)
    return values


def _count(value: str, language: str) -> str:
    return value if value in ("", "∞") else format_number(Decimal(value), language)
