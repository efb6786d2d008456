"""Country bands: those of a schedule where it has them, else the World Bank's income groups."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from billing.fees.schedule import Schedule

PATH = Path(__file__).resolve().parents[1] / "data" / "income_groups.json"


@cache
def income_groups() -> dict[str, str]:
    """Country → income group. Source: World Bank, fiscal year 2026."""
    data = json.loads(PATH.read_text(encoding="utf-8"))
    return {
        country: name for name, countries in data["groups"].items() for country in countries.split()
    }


def schedule_bands(schedule: Schedule) -> dict[str, str]:
    """Country → band of the schedule's own country groups; empty where it has none filled."""
    return {
        country: group.name
        for component in schedule.components
        if component.rule.kind == "country_group"
        for group in component.rule.groups
        for country in group.countries
    }
