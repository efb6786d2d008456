"""What a registry says about registrations per repository, read from its answers. No ORM, no network.

Two shapes are read: `GET /dois?…&page[size]=0`, whose `meta.total` is one repository's count, and the
table of `GET /clients/totals` or a CSV file with a symbol and a count per row.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any


class UnreadableAnswer(ValueError):
    """The answer has another shape; the text says what is missing and where."""


#: Keys of a totals answer that hold a year's count.
YEARS = ("this_year", "last_year", "two_years_ago")
SYMBOLS = ("repository", "symbol", "client", "clientid", "repositoryid", "id")
COUNTS = ("count", "dois", "registrations", "total", "doislastyear", "doispreviousyear")


def total_of(answer: Any) -> int:
    """`meta.total` of an answer to a search. Raises: UnreadableAnswer."""
    meta = answer.get("meta") if isinstance(answer, Mapping) else None
    total = meta.get("total") if isinstance(meta, Mapping) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise UnreadableAnswer("the answer has no meta.total")
    return total


def read_file(content: bytes, year: int) -> dict[str, int]:
    """Symbol in capitals → registrations of `year`, from an uploaded table.

    Raises: UnreadableAnswer naming the row.
    """
    text = content.decode("utf-8-sig", errors="replace").strip()
    if not text:
        raise UnreadableAnswer("the file is empty")
    if text[0] in "[{":
        try:
            return totals(json.loads(text), year)
        except json.JSONDecodeError as error:
            raise UnreadableAnswer(f"the JSON is broken: {error}") from error
    return _table(text)


def totals(answer: Any, year: int) -> dict[str, int]:
    """The counts of a `clients/totals` answer. A repository without the year has none: 0."""
    rows = answer.get("body", answer.get("data")) if isinstance(answer, Mapping) else answer
    if not isinstance(rows, list):
        raise UnreadableAnswer("the answer is not a list of repositories")
    found: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
            raise UnreadableAnswer(f"entry {number}: has no id")
        temporal = row.get("temporal")
        if not isinstance(temporal, Mapping):
            raise UnreadableAnswer(f"entry {number} ({row['id']}): has no counts by year")
        found[row["id"].upper()] = sum(
            _count(bucket.get("count"), f"entry {number} ({row['id']})")
            for key in YEARS
            for bucket in temporal.get(key) or []
            if str(bucket.get("id")) == str(year)
        )
    return found


def _table(text: str) -> dict[str, int]:
    sample = text.partition("\n")[0]
    separator = ";" if sample.count(";") > sample.count(",") else "\t" if "\t" in sample else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    header = ["".join(ch for ch in name.lower() if ch.isalnum()) for name in next(reader)]
    symbol, count = _column(header, SYMBOLS), _column(header, COUNTS)
    if symbol is None or count is None:
        raise UnreadableAnswer(
            "row 1: a column for the repository and one for the count are needed"
        )
    found: dict[str, int] = {}
    for number, row in enumerate(reader, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(symbol, count) or not row[symbol].strip():
            raise UnreadableAnswer(f"row {number}: repository or count is missing")
        name = row[symbol].strip().upper()
        if name in found:
            raise UnreadableAnswer(f"row {number}: {name} stands there twice")
        found[name] = _count(row[count].strip(), f"row {number}")
    return found


def _column(header: list[str], names: Iterable[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _count(value: Any, where: str) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdigit():
        raise UnreadableAnswer(f"{where}: {text[:20]!r} is not a number of registrations")
    return int(text)
