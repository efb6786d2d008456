"""What must hold for any ballots under every rule."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.counting import RULES, Ballots, Options, Report, count, read_blt

NAMES = ("Ash", "Birch", "Cedar", "Dogwood", "Elm")
ORDERS = st.lists(st.permutations(range(5)).flatmap(
    lambda order: st.integers(1, 5).map(lambda length: tuple(order[:length]))
), min_size=1, max_size=25)  # fmt: skip
STV = ["scottish-stv", "wigm-prf", "minneapolis-stv", "meek-prf"]


def options(rule: str, seats: int) -> Options:
    base = Options(seed="5eed", default_option=4 if rule == "debian" else None)
    return base if RULES[rule].only_seats else replace(base, seats=seats)


def ballots_of(orders: list[tuple[int, ...]], rule: str) -> Ballots:
    names = NAMES[:3] if rule == "motion" else NAMES
    if rule == "motion":
        orders = [(order[0] % 3,) for order in orders]
    grouped: dict[tuple[int, ...], int] = {}
    for order in orders:
        grouped[order] = grouped.get(order, 0) + 1
    return Ballots(names, orders=grouped)


def outcome(report: Report) -> dict:
    return report.as_document()


@pytest.mark.parametrize("rule", list(RULES))
@settings(max_examples=40, deadline=None)
@given(orders=ORDERS, seats=st.integers(1, 4), order=st.randoms())
def test_the_order_of_papers_changes_nothing(rule: str, orders, seats: int, order) -> None:
    if rule == "plurality-at-large":
        orders = [paper[:seats] for paper in orders]
    first = count(ballots_of(orders, rule), rule, options(rule, seats))
    order.shuffle(orders)
    assert outcome(count(ballots_of(orders, rule), rule, options(rule, seats))) == outcome(first)


@settings(max_examples=60, deadline=None)
@given(orders=ORDERS)
def test_splitting_a_weighted_line_changes_nothing(orders) -> None:
    names = "".join(f'"{name}"\n' for name in NAMES) + '"T"\n'
    body = [" ".join(str(c + 1) for c in order) for order in orders]
    split = "5 2\n" + "".join(f"1 {line} 0\n1 {line} 0\n" for line in body) + "0\n" + names
    joined = "5 2\n" + "".join(f"2 {line} 0\n" for line in body) + "0\n" + names
    for rule in STV:
        documents = [outcome(count(read_blt(text), rule)) for text in (split, joined)]
        assert documents[0] == documents[1]


@pytest.mark.parametrize("rule", STV)
@settings(max_examples=80, deadline=None)
@given(orders=ORDERS, seats=st.integers(1, 4))
def test_votes_are_never_made_or_lost(rule: str, orders, seats: int) -> None:
    report = count(ballots_of(orders, rule), rule, options(rule, seats))
    valid = report.papers["valid"]
    before = Fraction(0)
    for stage in report.stages:
        assert sum(stage.totals) + stage.non_transferable + stage.rounding_loss == (
            valid * stage.scale
        )
        assert min(stage.totals) >= 0
        assert stage.rounding_loss >= 0
        if rule != "meek-prf":
            lost = Fraction(stage.non_transferable + stage.rounding_loss, stage.scale)
            assert lost >= before
            before = lost


@pytest.mark.parametrize("rule", [*STV, "plurality-at-large", "approval", "schulze"])
@settings(max_examples=60, deadline=None)
@given(orders=ORDERS, seats=st.integers(1, 4))
def test_seats_are_filled_and_no_excluded_candidate_is_elected(rule, orders, seats: int) -> None:
    if rule == "plurality-at-large":
        orders = [paper[:seats] for paper in orders]
    report = count(ballots_of(orders, rule), rule, options(rule, seats))
    assert len(report.winners) == len(set(report.winners)) == seats
    excluded = {c for stage in report.stages for c in stage.excluded}
    assert not excluded & set(report.winners)
    elected = [c for stage in report.stages for c in stage.elected]
    if report.stages:
        assert elected == list(report.winners)


@settings(max_examples=60, deadline=None)
@given(orders=ORDERS)
def test_a_candidate_who_beats_all_others_wins_the_condorcet_rules(orders) -> None:
    ballots = ballots_of(orders, "schulze")
    for rule in ("schulze-blank-last", "debian"):
        report = count(ballots, rule, options(rule, 1))
        matrix = report.pairwise or ()
        for c in range(5):
            if all(matrix[c][d] > matrix[d][c] for d in range(5) if d != c):
                assert report.winners == (c,)
