"""The `count_ballots` command without Django: arguments, reading the file, printing the report."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from .ballots import Ballots
from .blt import read_blt
from .csvfile import Reading, read_csv
from .errors import CountingError, MalformedBallots
from .marks import MotionRule
from .ranking import Cap
from .report import Report
from .rules import RULES, Options, count, rule_named


class Writer(Protocol):
    """Anything text can be written to."""

    def write(self, text: str, /) -> Any: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command; options are numbered from 1."""
    parser.add_argument("file", help="ballots in BLT or CSV form")
    parser.add_argument("--rule", required=True, help="one of: " + ", ".join(RULES))
    parser.add_argument("--seats", type=int, help="seats to fill (default: those of the file)")
    parser.add_argument("--seed", help="public seed for lots, hexadecimal")
    parser.add_argument("--default-option", type=int, metavar="N")
    parser.add_argument("--quorum", metavar="N")
    parser.add_argument("--ratio", action="append", default=[], metavar="OPTION=R")
    parser.add_argument("--param", action="append", default=[], metavar="K=V")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: dict[str, object], out: Writer, err: Writer) -> None:
    """Count the file named in `arguments` and print the report.

    Raises:
        CountingError: with a message for the person at the keyboard.
    """
    rule_id = str(arguments["rule"])
    rule = rule_named(rule_id)
    params = _pairs(arguments["param"], "--param")
    reading = Reading(
        repeats=_one_of(params.pop("repeats", rule.repeats), "repeats", "drop void refuse keep"),
        overvote=_one_of(params.pop("overvote", "exhaust"), "overvote", "exhaust skip void"),
        max_skips=_number(params.pop("max_skips", None), "max_skips"),
    )
    ballots = load_ballots(Path(str(arguments["file"])), reading)
    options = _options(arguments, params, ballots)
    report = count(ballots, rule_id, options)
    _warn(report, err)
    if arguments.get("json"):
        out.write(json.dumps(report.as_contract(), ensure_ascii=False) + "\n")
    else:
        out.write(as_text(report))


def load_ballots(path: Path, reading: Reading | None = None) -> Ballots:
    """Ballots of a file; the form is told by its ending, else by its first word.

    Raises:
        CountingError: the file cannot be read.
        MalformedBallots: it is neither BLT nor CSV.
    """
    reading = reading or Reading()
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CountingError(f"cannot read {path}: {error.strerror}") from error
    if b"\0" in raw:
        raise MalformedBallots("the file is not text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    collecting = gc.isenabled()
    gc.disable()
    try:
        if path.suffix.lower() == ".csv" or text.lstrip()[:6].lower() == "count,":
            return read_csv(text, reading)
        return read_blt(text, repeats=reading.repeats)
    finally:
        if collecting:
            gc.enable()


def _options(arguments: dict[str, object], params: dict[str, str], ballots: Ballots) -> Options:
    seats = arguments.get("seats")
    if isinstance(seats, int) and seats < 1:
        raise CountingError("--seats must be at least 1")
    default = arguments.get("default_option")
    quorum = arguments.get("quorum")
    seed = arguments.get("seed")
    ratios = {
        _option(key, ballots): _fraction(value, "--ratio")
        for key, value in _pairs(arguments["ratio"], "--ratio").items()
    }
    first_out = params.pop("first_out", None)
    options = Options(
        seats=seats if isinstance(seats, int) else None,
        seed=str(seed) if seed is not None else None,
        default_option=None if default is None else _option(str(default), ballots),
        quorum=Fraction(0) if quorum is None else _fraction(str(quorum), "--quorum"),
        ratios=ratios,
        cap=_cap(params, ballots),
        motion=_motion(params),
        round_number=_number(params.pop("round", "1"), "round") or 1,
        batch=_switch(params.pop("batch", "false"), "batch"),
        surplus_first=_switch(params.pop("surplus_first", "false"), "surplus_first"),
        first_out=None if first_out is None else _option(first_out, ballots),
    )
    if params:
        raise CountingError(f"unknown --param {', '.join(sorted(params))}")
    return options


def _pairs(values: object, flag: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values if isinstance(values, list) else []:
        key, equals, rest = str(value).partition("=")
        if not equals or not key or not rest:
            raise CountingError(f"{flag} takes NAME=VALUE, not {value!r}")
        pairs[key] = rest
    return pairs


def _option(word: str, ballots: Ballots) -> int:
    if word in ballots.candidates:
        return ballots.candidates.index(word)
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(ballots.candidates):
        return int(word) - 1
    raise CountingError(f"there is no option {word!r}; options are numbered from 1")


def _fraction(word: str, flag: str) -> Fraction:
    try:
        value = Fraction(word.replace(":", "/"))
    except (ValueError, ZeroDivisionError):
        raise CountingError(f"{flag}: {word!r} is not a number") from None
    if value < 0:
        raise CountingError(f"{flag} must not be below zero")
    return value


def _number(word: str | None, name: str) -> int | None:
    if word is None:
        return None
    if not (word.isascii() and word.isdigit()):
        raise CountingError(f"--param {name} takes a whole number, not {word!r}")
    return int(word)


def _switch(word: str, name: str) -> bool:
    return _one_of(word, name, "true false") == "true"


def _one_of(word: str, name: str, allowed: str) -> str:
    if word not in allowed.split():
        raise CountingError(f"--param {name} is one of {allowed}, not {word!r}")
    return word


def _cap(params: dict[str, str], ballots: Ballots) -> Cap | None:
    """`cap=1 group=3,7;4,9`: at most one of options 3 and 7, at most one of 4 and 9."""
    limit, groups = _number(params.pop("cap", None), "cap"), params.pop("group", None)
    if limit is None and groups is None:
        return None
    if limit is None or groups is None:
        raise CountingError("a cap needs both --param cap=N and --param group=OPTIONS")
    members = [
        frozenset(_option(word.strip(), ballots) for word in group.split(","))
        for group in groups.split(";")
    ]
    return Cap(limit, tuple(members))


def _motion(params: dict[str, str]) -> MotionRule:
    return MotionRule(
        base=_one_of(params.pop("base", "valid"), "base", "valid cast all entitled"),
        fraction=_fraction(params.pop("fraction", "1/2"), "--param fraction"),
        strict=_switch(params.pop("strict", "true"), "strict"),
        entitled=_number(params.pop("entitled", None), "entitled"),
    )


def _warn(report: Report, err: Writer) -> None:
    for tie in report.ties:
        if tie.method == "listed order":
            err.write(
                f"A tie between {', '.join(tie.candidates)} was settled by the listed order, "
                "because there is no --seed.\n"
            )


def as_text(report: Report) -> str:
    """The report for a terminal: one block a stage, then the outcome."""
    lines = [f"Rule {report.rule}" + (f", {report.seats} seats" if report.seats else "")]
    if report.quota is not None:
        lines.append(f"Quota {report.quota}")
    contract = report.as_contract()
    width = max(len(name) for name in report.candidates)
    for number, stage in enumerate(contract.get("stages", []), 1):
        lines += ["", f"Stage {number}: {stage['action']}"]
        lines += [f"  {name:<{width}} {total:>16}" for name, total in stage["totals"].items()]
        lines.append(f"  {'non-transferable':<{width}} {stage['non_transferable']:>16}")
    if report.ranking is not None:
        ranked = contract["ranking"]
        lines += ["", "Ranking", *(f"  {n}. {name}" for n, name in enumerate(ranked, 1))]
    lines += [
        f"Tie at stage {tie.stage} ({tie.purpose}): {', '.join(tie.candidates)} "
        f"-> {tie.chosen} by {tie.method}"
        for tie in report.ties
    ]
    lines += list(report.remarks)
    if report.passed is not None:
        lines += ["", "Passed" if report.passed else "Not passed"]
    lines += ["", "Winners: " + (", ".join(contract["winners"]) or "none")]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run from a shell without Django: `python -m governance.counting.cli FILE --rule RULE`."""
    parser = argparse.ArgumentParser(prog="count_ballots", description=__doc__)
    add_arguments(parser)
    try:
        run(vars(parser.parse_args(argv)), sys.stdout, sys.stderr)
    except CountingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
