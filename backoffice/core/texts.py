"""Folding of text so that "ZOE", "zoë" and "ZOË" find the same on every database."""

from __future__ import annotations

import unicodedata

# Letters that NFKD does not take apart but people type without.
PLAIN = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i",
    "ħ": "h", "ŋ": "n", "ĸ": "k", "ŧ": "t", "ə": "a",
})  # fmt: skip


def fold(text: str) -> str:
    """Lower case, without marks, white space squeezed; stored in ``*_folded`` columns for search."""
    lowered = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in lowered if not unicodedata.combining(char))
    return " ".join(plain.translate(PLAIN).split())


FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
