"""From clear ballots to the report: one count a contest, a second one a class where it must agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from governance.counting import Ballots, Cap, MotionRule, Options, Report, count

from .canonical import document_id
from .definition import CROSSES
from .errors import SealingError

REPORT = "rollcall-report/1"
#: Classes with fewer voters than this get no figures of their own.
SMALLEST_CLASS = 5

Choices = Mapping[str, list[str]]


def ballots_of(contest: dict[str, Any], choices: Sequence[Choices]) -> Ballots:
    """The papers of one contest. Names of options are used as they stand in the definition."""
    index = {option["id"]: place for place, option in enumerate(contest["options"])}
    grouped: Counter[tuple[int, ...]] = Counter()
    for paper in choices:
        order = tuple(index[one] for one in paper[contest["id"]])
        grouped[tuple(sorted(order)) if contest["rule"] in CROSSES else order] += 1
    names = tuple(option["name"] for option in contest["options"])
    return Ballots(names, orders=dict(grouped), seats=contest["seats"], title=contest["title"])


def options_of(contest: dict[str, Any], seed: str | None, entitled: int | None) -> Options:
    """The options of a contest as the counting package takes them.

    Raises:
        SealingError: a parameter the rule does not know.
    """
    params = dict(contest.get("params", {}))
    index = {option["id"]: place for place, option in enumerate(contest["options"])}
    one_seat = contest["rule"] in ("motion", "majority-runoff", "irv", "debian")
    options = Options(seats=None if one_seat else contest["seats"], seed=seed)
    if contest["rule"] == "motion":
        share = params.pop("quorum_share", None)
        least = int(params.pop("quorum", 0))
        if share is not None and entitled is not None:
            part = Fraction(share) * entitled
            least = max(least, -(-part.numerator // part.denominator))
        rule = MotionRule(
            base=params.pop("base", "valid"),
            fraction=Fraction(params.pop("fraction", "1/2")),
            strict=params.pop("strict", "true") == "true",
            quorum=least,
            entitled=entitled,
        )
        options = replace(options, motion=rule)
    if "round" in params:
        options = replace(options, round_number=int(params.pop("round")))
    if "cap" in params:
        groups = params.pop("group", "").split(";")
        members = tuple(frozenset(index[o] for o in group.split(",")) for group in groups)
        options = replace(options, cap=Cap(int(params.pop("cap")), members))
    if "default_option" in params:
        options = replace(options, default_option=index[params.pop("default_option")])
    if "quorum" in params:
        options = replace(options, quorum=Fraction(params.pop("quorum")))
    ratios = {k: params.pop(k) for k in list(params) if k.startswith("ratio-")}
    if ratios:
        parsed = {index[k.removeprefix("ratio-")]: Fraction(v) for k, v in ratios.items()}
        options = replace(options, ratios=parsed)
    if params:
        raise SealingError(f"contest {contest['id']}: unknown parameter {', '.join(params)}")
    return options


def count_contest(
    contest: dict[str, Any],
    choices: Sequence[Choices],
    seed: str | None = None,
    entitled: int | None = None,
) -> Report | None:
    """The report of one contest, `None` where no valid paper was cast in it."""
    ballots = ballots_of(contest, choices)
    if contest["rule"] != "motion" and not any(order for order in ballots.orders):
        return None
    return count(ballots, contest["rule"], options_of(contest, seed, entitled))


def build_report(
    definition: dict[str, Any],
    boxes: Mapping[str, Sequence[Choices]],
    *,
    seed: str | None = None,
    entitled: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The published report over all boxes; the same input gives the same document.

    `boxes` maps a class to its clear ballots, `entitled` to the number of its roll entries.
    A contest with `classes` passes only if it passes in each of them as well.
    """
    everyone = [paper for box in sorted(boxes) for paper in boxes[box]]
    entitled = entitled or {}
    total = sum(entitled.values()) or None
    contests = []
    for contest in definition["contests"]:
        report = count_contest(contest, everyone, seed, total)
        entry: dict[str, Any] = {
            "id": contest["id"],
            "title": contest["title"],
            "cast": len(everyone),
            "count": report.as_document() if report else None,
        }
        if contest.get("classes"):
            _add_classes(entry, contest, boxes, seed, entitled)
        contests.append(entry)
    document = {
        "format": REPORT,
        "election": document_id(definition),
        "contests": contests,
    }
    return document | ({"seed": seed} if seed else {})


def _add_classes(
    entry: dict[str, Any],
    contest: dict[str, Any],
    boxes: Mapping[str, Sequence[Choices]],
    seed: str | None,
    entitled: Mapping[str, int],
) -> None:
    entry["classes"] = {}
    verdicts = [bool(entry["count"] and entry["count"]["passed"])]
    for name in contest["classes"]:
        report = count_contest(contest, list(boxes.get(name, [])), seed, entitled.get(name))
        assert report is not None
        entry["classes"][name] = report.as_document()
        verdicts.append(bool(report.passed))
    entry["passed"] = all(verdicts)
