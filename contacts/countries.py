"""Countries (ISO 3166-1 alpha-2 and XK) with the registry's three world regions."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from backoffice.core.texts import fold

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)


@cache
def countries() -> dict[str, tuple[str, str]]:
    """Code → (English short name, region code)."""
    path = Path(__file__).parent / "data" / "countries.json"
    return {code: tuple(row) for code, row in json.loads(path.read_text("utf-8")).items()}


def region_of(code: str) -> str:
    """AMER, APAC or EMEA; empty for an unknown code."""
    return countries().get(code.upper(), ("", ""))[1]


def country_name(code: str) -> str:
    return countries().get(code.upper(), (code, ""))[0]


def is_country(code: str) -> bool:
    return code.upper() in countries()


@cache
def _by_name() -> dict[str, str]:
    names = {fold(name): code for code, (name, _region) in countries().items()}
    names.update(
        {
            "usa": "US", "u.s.a.": "US", "united states": "US", "uk": "GB", "great britain": "GB",
            "united kingdom": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
            "south korea": "KR", "korea": "KR", "russia": "RU", "iran": "IR", "taiwan": "TW",
            "vietnam": "VN", "viet nam": "VN", "czech republic": "CZ", "turkey": "TR",
            "the netherlands": "NL", "macedonia": "MK", "moldova": "MD", "bolivia": "BO",
            "venezuela": "VE", "tanzania": "TZ", "syria": "SY", "laos": "LA", "kosovo": "XK",
            "deutschland": "DE", "osterreich": "AT", "schweiz": "CH", "ivory coast": "CI",
            "hong kong": "HK", "macau": "MO", "palestine": "PS",
        }
    )  # fmt: skip
    return names


def code_of(text: str) -> str:
    """The code for a code or an English name; empty when neither is known."""
    value = text.strip()
    if len(value) == 2 and is_country(value):
        return value.upper()
    return _by_name().get(fold(value), "")


def choices() -> list[tuple[str, str]]:
    return sorted(((code, row[0]) for code, row in countries().items()), key=lambda item: item[1])
