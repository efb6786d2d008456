"""Real contests with known outcomes, from the folder named by `ROLLCALL_DATA`."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from governance.counting import Ballots, Reading, Report
from governance.counting.cli import load_ballots

Row = dict[str, str]


def data_folder() -> Path | None:
    named = os.environ.get("ROLLCALL_DATA")
    folder = Path(named) / "elections" if named else None
    return folder if folder and (folder / "INDEX.csv").is_file() else None


def index() -> list[Row]:
    folder = data_folder()
    if folder is None:
        return []
    with (folder / "INDEX.csv").open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def group(*names: str) -> list[Row]:
    return [row for row in index() if row["group"] in names]


def ballots_of(row: Row, reading: Reading | None = None) -> Ballots:
    folder = data_folder()
    assert folder is not None
    return load_ballots(folder / row["file"], reading)


def references(row: Row) -> Iterator[dict[str, Any]]:
    folder = data_folder()
    assert folder is not None
    for name in row["reference_file"].split():
        yield json.loads((folder / name).read_text(encoding="utf-8"))


def numbers(indexes: Any) -> list[int]:
    """Candidate numbers from 1 for indexes from 0."""
    return [i + 1 for i in indexes]


def stage_totals(report: Report) -> list[list[Decimal]]:
    return [[Decimal(t) / stage.scale for t in stage.totals] for stage in report.stages]


def reference_totals(stages: list[dict[str, Any]]) -> list[list[Decimal]]:
    return [[Decimal(t or "0") for t in stage["totals"]] for stage in stages]
