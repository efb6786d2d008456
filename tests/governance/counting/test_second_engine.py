"""A second engine, pref_voting, counts the same papers: it has to elect the same people.

It draws lots from a generator of its own where ours looks for a seed, so papers that tie decide
nothing here: of two engines that differ, the test asks whether a tie explains it.
"""

from __future__ import annotations

import random
import warnings
from collections import Counter
from dataclasses import replace

import pytest

from governance.counting import Ballots, Options, Report, count
from tests.governance.counting import contests

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pref_voting.iterative_methods import instant_runoff
    from pref_voting.margin_based_methods import beat_path
    from pref_voting.profiles_with_ties import ProfileWithTies
    from pref_voting.proportional_methods import stv_scottish
    from pref_voting.scoring_methods import plurality

PROFILES = 120
WARDS = [row for row in contests.group("scotland2017") if row["ballots"]][::12]


def drawn(
    seed: int, candidates: int, papers: int, *, whole: bool = False
) -> Counter[tuple[int, ...]]:
    """Papers from two camps, some of them short, always the same for a seed."""
    rng = random.Random(seed)
    camps = [rng.sample(range(candidates), candidates) for _ in range(2)]
    found: Counter[tuple[int, ...]] = Counter()
    for _ in range(papers):
        base = camps[rng.random() < 0.45]
        order = sorted(range(candidates), key=lambda c: base.index(c) + rng.gauss(0, 1.6))
        found[tuple(order[: candidates if whole else rng.randint(1, candidates)])] += 1
    return found


def as_profile(orders: Counter[tuple[int, ...]], candidates: int) -> ProfileWithTies:
    rankings = [{c: place for place, c in enumerate(order, 1)} for order in orders]
    return ProfileWithTies(
        rankings, rcounts=list(orders.values()), candidates=list(range(candidates))
    )


def ours(orders: Counter[tuple[int, ...]], candidates: int, rule: str, options: Options) -> Report:
    names = tuple(f"c{n}" for n in range(candidates))
    return count(Ballots(names, orders=dict(orders)), rule, options)


def winners(report: Report) -> set[int]:
    return {int(name.removeprefix("c")) for name in report.as_contract()["winners"]}


@pytest.mark.parametrize("seats", [2, 3, 5])
def test_scottish_stv_elects_the_same(seats: int) -> None:
    compared = 0
    for seed in range(PROFILES):
        orders = drawn(seed, 8, 400)
        report = ours(orders, 8, "scottish-stv", Options(seats=seats, seed="5eed"))
        theirs = set(stv_scottish(as_profile(orders, 8), num_seats=seats))
        assert winners(report) == theirs or report.ties, seed
        compared += not report.ties
    assert compared > PROFILES * 0.8, "ties must stay the exception"


def test_a_wrong_count_would_be_seen() -> None:
    """The control: the quota's surplus kept back elects others in some of the same profiles."""
    differ = 0
    for seed in range(PROFILES):
        orders = drawn(seed, 8, 400)
        first_only = Counter({order[:1]: 0 for order in orders})
        for order, n in orders.items():
            first_only[order[:1]] += n
        report = ours(first_only, 8, "scottish-stv", Options(seats=3, seed="5eed"))
        differ += winners(report) != set(stv_scottish(as_profile(orders, 8), num_seats=3))
    assert differ > PROFILES / 10


@pytest.mark.parametrize(
    ("rule", "method"),
    [("irv", instant_runoff), ("schulze-blank-last", beat_path), ("plurality-at-large", plurality)],
)
def test_single_winners_are_the_same(rule: str, method) -> None:
    compared = 0
    # The other engine weighs pairs by margins, ours by winning votes: the same on whole papers.
    whole = rule.startswith("schulze")
    for seed in range(PROFILES):
        orders = drawn(1000 + seed, 6, 151, whole=whole)
        if rule == "plurality-at-large":
            orders = _first_marks(orders)
        options = Options(seed="5eed")
        options = options if rule == "irv" else replace(options, seats=1)
        report = ours(orders, 6, rule, options)
        theirs = set(method(as_profile(orders, 6)))
        if len(theirs) == 1 and not report.ties:
            assert winners(report) == theirs, seed
            compared += 1
        else:
            assert winners(report) <= theirs, seed
    assert compared > PROFILES * 0.8


def _first_marks(orders: Counter[tuple[int, ...]]) -> Counter[tuple[int, ...]]:
    marks: Counter[tuple[int, ...]] = Counter()
    for order, n in orders.items():
        marks[order[:1]] += n
    return marks


@pytest.mark.data
@pytest.mark.skipif(not WARDS, reason="ROLLCALL_DATA is not set: no contests run")
@pytest.mark.parametrize("row", WARDS, ids=lambda row: row["file"].rsplit("/", 1)[-1])
def test_official_wards_are_counted_alike(row: contests.Row) -> None:
    ballots = contests.ballots_of(row)
    report = count(ballots, "scottish-stv", Options(seats=ballots.seats, seed="5eed"))
    orders = Counter({order: n for order, n in ballots.orders.items() if order})
    profile = as_profile(orders, len(ballots.candidates))
    names = {ballots.candidates[c] for c in stv_scottish(profile, num_seats=ballots.seats)}
    assert set(report.as_contract()["winners"]) == names
