"""Ballot files in CSV form, read and written.

Two dialects, told apart by the second heading. `count,rank1,rank2,...`: each row names candidates
in order; an empty cell or `undervote` is a skipped rank, `overvote` more than one mark in a rank.
`count,<option>,<option>,...`: each row holds a rank for each option; equal ranks are ties, an
empty cell is an option left open.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from .ballots import Ballots, Grades, Order
from .blt import settle_repeats
from .errors import MalformedBallots

_RANK_HEADING = re.compile(r"(?i)rank[ _]?1")
SKIPPED, OVERVOTE = frozenset({"", "undervote"}), "overvote"


@dataclass(frozen=True)
class Reading:
    """How odd papers are read.

    `overvote`: `exhaust` stops the paper there, `skip` passes over the rank, `void` the paper.
    `max_skips`: how many ranks in a row may be skipped before the paper stops; `None` closes every
    gap. `repeats` as in `read_blt`.
    """

    repeats: str = "drop"
    overvote: str = "exhaust"
    max_skips: int | None = None


def read_csv(text: str, reading: Reading | None = None) -> Ballots:
    """Ballots of a CSV file.

    Raises:
        MalformedBallots: the file breaks the format; the message names the line.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        heading = [cell.strip() for cell in next(rows, [])]
        if len(heading) < 2 or heading[0].lower() != "count":
            raise MalformedBallots("the heading must be count,rank1,... or count,<options>", 1)
        if _RANK_HEADING.fullmatch(heading[1]):
            return _read_names(rows, len(heading), reading or Reading())
        return _read_columns(rows, heading)
    except csv.Error as error:
        raise MalformedBallots(f"not readable as CSV ({error})", rows.line_num) from error


def _weight(cell: str, line: int) -> int:
    cell = cell.strip()
    if not (cell.isascii() and cell.isdigit()):
        raise MalformedBallots(f"{cell!r} is not a number of ballots", line)
    return int(cell)


def _read_names(rows: csv._reader, width: int, reading: Reading) -> Ballots:  # type: ignore[name-defined]
    grouped: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        if not row or (len(row) == 1 and not row[0].strip()):
            continue
        if len(row) > width:
            raise MalformedBallots(f"{len(row)} cells where the heading has {width}", rows.line_num)
        key = tuple(row[1:])
        try:
            grouped[key][0] += _weight(row[0], rows.line_num)
        except KeyError:
            grouped[key] = [_weight(row[0], rows.line_num), rows.line_num]
    return _orders_of(grouped, reading)


def _orders_of(grouped: dict[tuple[str, ...], list[int]], reading: Reading) -> Ballots:
    index: dict[str, int] = {}
    orders: dict[Order, int] = {}
    void = inactive = 0
    for cells, (weight, line) in grouped.items():
        order, outcome = _read_row(cells, index, reading, line)
        if outcome == "void":
            void += weight
        elif outcome == "inactive":
            inactive += weight
        else:
            orders[order] = orders.get(order, 0) + weight
    if not index:
        raise MalformedBallots("no ballot names a candidate")
    return Ballots(tuple(index), orders=orders, void=void, inactive=inactive)


def _read_row(
    cells: tuple[str, ...], index: dict[str, int], reading: Reading, line: int
) -> tuple[Order, str]:
    """The order a row gives and whether the paper counts, is void or stops before a candidate."""
    order: list[int] = []
    skipped, stopped, marked = 0, False, False
    for cell in cells:
        name = cell.strip()
        lowered = name.lower()
        if lowered in SKIPPED:
            skipped += 1
            continue
        marked = True
        if lowered == OVERVOTE:
            if reading.overvote == "void":
                return (), "void"
            stopped = stopped or reading.overvote == "exhaust"
        elif reading.max_skips is not None and skipped > reading.max_skips:
            stopped = True
        skipped = 0
        if lowered != OVERVOTE:
            number = index.setdefault(name, len(index))
            if not stopped:
                order.append(number)
    settled: Order | None = tuple(order)
    if len(set(order)) != len(order):
        settled = settle_repeats(tuple(order), reading.repeats, line)
    if settled is None:
        return (), "void"
    return settled, "inactive" if marked and not settled else "counts"


def _read_columns(rows: csv._reader, heading: list[str]) -> Ballots:  # type: ignore[name-defined]
    options = heading[1:]
    if not all(options) or len(set(options)) != len(options):
        raise MalformedBallots("every option needs a heading of its own", 1)
    table: dict[Grades, int] = {}
    for row in rows:
        if not row or (len(row) == 1 and not row[0].strip()):
            continue
        if len(row) != len(heading):
            raise MalformedBallots(
                f"{len(row)} cells where the heading has {len(heading)}", rows.line_num
            )
        grades = tuple(_grade(cell, rows.line_num) for cell in row[1:])
        table[grades] = table.get(grades, 0) + _weight(row[0], rows.line_num)
    return Ballots(tuple(options), grades=table)


def _grade(cell: str, line: int) -> int | None:
    cell = cell.strip()
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit()):
        raise MalformedBallots(f"{cell!r} is not a rank", line)
    return int(cell)


def write_csv(ballots: Ballots) -> str:
    """`ballots` as CSV, rows sorted by content so that equal ballots give equal bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if ballots.grades:
        writer.writerow(["count", *ballots.candidates])
        rows = sorted(
            (["" if g is None else str(g) for g in grades], w)
            for grades, w in ballots.grades.items()
        )
        writer.writerows([weight, *cells] for cells, weight in rows)
        return out.getvalue()
    width = max((len(order) for order in ballots.orders), default=1) or 1
    writer.writerow(["count", *(f"rank{n}" for n in range(1, width + 1))])
    for order, weight in sorted(ballots.orders.items()):
        names = [ballots.candidates[c] for c in order]
        writer.writerow([weight, *names, *[""] * (width - len(names))])
    return out.getvalue()
