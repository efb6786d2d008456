"""Small counts worked out on paper, one or more a rule."""

from __future__ import annotations

from fractions import Fraction

import pytest

from governance.counting import (
    Ballots,
    Cap,
    CountingError,
    MotionRule,
    Options,
    Report,
    count,
    lot_order,
    read_blt,
    read_csv,
)

ABC = ("Ash", "Birch", "Cedar")


def papers(candidates: tuple[str, ...], **orders: int) -> Ballots:
    """`papers(ABC, AB=3)` is three papers that put Ash first and Birch second."""
    letters = {name[0]: place for place, name in enumerate(candidates)}
    return Ballots(
        candidates,
        orders={
            tuple(letters[x] for x in order if x != "_"): weight for order, weight in orders.items()
        },
    )


def totals(report: Report) -> list[list[str]]:
    return [list(s.totals_by_name(report.candidates).values()) for s in report.stages]


def test_scottish_stv_hands_on_a_surplus_cut_to_five_decimals() -> None:
    # 9 valid, 2 seats: quota 9 // 3 + 1 = 4. Ash has 5, surplus 1: each of the five papers is
    # worth 1/5 = 0.2, so Birch 2 + 3 x 0.2 = 2.6 and Cedar 2 + 2 x 0.2 = 2.4. Cedar leaves with
    # two papers for Birch at 1 and two at 0.2 without a next choice.
    report = count(papers(ABC, AB=3, AC=2, B=2, CB=2), "scottish-stv", Options(seats=2))
    assert report.quota == "4"
    assert totals(report) == [["5", "2", "2"], ["4", "2.6", "2.4"], ["4", "4.6", "0"]]
    assert [s.action for s in report.stages] == [
        "first preferences",
        "transfer surplus of Ash",
        "exclude Cedar",
    ]
    assert report.as_contract()["stages"][2]["non_transferable"] == "0.4"
    assert report.names(report.winners) == ["Ash", "Birch"]


def test_scottish_stv_gives_no_stage_to_exactly_the_quota() -> None:
    report = count(papers(ABC, A=4, BC=3, CB=2), "scottish-stv", Options(seats=2))
    assert totals(report) == [["4", "3", "2"], ["4", "5", "0"]]
    assert report.names(report.winners) == ["Ash", "Birch"]


def test_wigm_prf_hands_on_an_empty_surplus_too() -> None:
    # quota 9 / 3 + 0.0001; Ash has 5, surplus 1.9999, a paper is worth 1.9999 / 5 = 0.3999
    report = count(papers(ABC, AB=3, AC=2, B=2, CB=2), "wigm-prf", Options(seats=2))
    assert report.quota == "3.0001"
    assert totals(report)[1] == ["3.0001", "3.1997", "2.7998"]
    assert report.names(report.winners) == ["Ash", "Birch"]


def test_meek_prf_lowers_the_quota_as_papers_run_out() -> None:
    report = count(papers(ABC, A=6, B=3, CB=1), "meek-prf", Options(seats=2))
    assert report.names(report.winners) == ["Ash", "Birch"]
    quotas = [stage.quota for stage in report.stages]
    assert quotas[0] == 3333333334
    assert quotas[-1] is not None
    assert quotas[-1] < 3333333334


def test_minneapolis_drops_certain_losers_together() -> None:
    five = ("Ash", "Birch", "Cedar", "Dogwood", "Elm")
    report = count(papers(five, A=20, B=15, C=4, D=2, E=1), "minneapolis-stv", Options(seats=1))
    assert report.stages[1].action == "exclude certain losers: Cedar, Dogwood, Elm"


def test_irv_elects_who_passes_half_of_what_continues() -> None:
    report = count(papers(ABC, A=4, BA=3, C=2), "irv")
    assert totals(report) == [["4", "3", "2"], ["4", "3", "0"]]
    assert report.names(report.winners) == ["Ash"]
    assert report.stages[1].non_transferable == 2


def test_plurality_at_large_voids_too_many_crosses_and_counts_blanks_apart() -> None:
    ballots = papers(ABC, AB=3, BC=2, ABC=4, _=5)
    report = count(ballots, "plurality-at-large", Options(seats=2))
    assert totals(report) == [["3", "5", "2"]]
    assert report.papers == {"valid": 5, "blank": 5, "void": 4}
    assert report.names(report.winners) == ["Birch", "Ash"]


def test_approval_takes_any_number_of_crosses() -> None:
    report = count(papers(ABC, AB=3, BC=2, ABC=4), "approval", Options(seats=1))
    assert totals(report) == [["7", "9", "6"]]
    assert report.names(report.winners) == ["Birch"]


def test_majority_runoff_names_the_two_who_go_on() -> None:
    report = count(papers(ABC, A=5, B=4, C=3), "majority-runoff")
    assert report.winners == ()
    assert report.working == {"runoff": ["Ash", "Birch"]}
    assert report.stages[0].action == "first round; run-off needed: Ash and Birch"
    second = count(papers(("Ash", "Birch"), A=5, B=6), "majority-runoff", Options(round_number=2))
    assert second.names(second.winners) == ["Birch"]


def test_majority_runoff_needs_more_than_half_of_the_valid_votes() -> None:
    assert count(papers(ABC, A=6, B=4, C=2), "majority-runoff").winners == ()
    assert count(papers(ABC, A=7, B=4, C=2), "majority-runoff").winners == (0,)


def test_majority_runoff_uses_further_preferences_where_papers_have_them() -> None:
    report = count(papers(ABC, A=5, B=4, CB=3), "majority-runoff")
    assert totals(report) == [["5", "4", "3"], ["5", "7", "0"]]
    assert report.names(report.winners) == ["Birch"]


YES_NO = ("Yes", "No", "Abstain")


@pytest.mark.parametrize(
    "votes, rule, passed",
    [
        ({"Y": 6, "N": 5, "A": 20}, MotionRule(), True),
        ({"Y": 5, "N": 5}, MotionRule(), False),
        ({"Y": 3, "N": 1}, MotionRule(fraction=Fraction(3, 4), strict=False), True),
        ({"Y": 3, "N": 1}, MotionRule(fraction=Fraction(3, 4)), False),
        ({"Y": 6, "N": 3, "A": 4}, MotionRule(base="cast"), False),
        ({"Y": 6, "N": 3, "A": 2, "_": 2}, MotionRule(base="all"), False),
        ({"Y": 9, "N": 0}, MotionRule(base="entitled", entitled=20), False),
        ({"Y": 9, "N": 1}, MotionRule(quorum=11), False),
        ({"Y": 9, "N": 1, "_": 1}, MotionRule(quorum=11), True),
    ],
)
def test_motions(votes: dict[str, int], rule: MotionRule, passed: bool) -> None:
    report = count(papers(YES_NO, **votes), "motion", Options(motion=rule))
    assert report.passed is passed
    assert report.names(report.winners) == (["Yes"] if passed else [])


def test_a_ratio_for_a_motion_may_be_a_share_or_for_against() -> None:
    ballots = papers(YES_NO, Y=3, N=1)
    for ratio in (Fraction(3, 4), Fraction(3)):
        assert count(ballots, "motion", Options(ratios={0: ratio})).passed is False
    assert count(papers(YES_NO, Y=4, N=1), "motion", Options(ratios={0: Fraction(3)})).passed


def test_schulze_finds_the_winner_of_the_published_example() -> None:
    # Schulze 2011, example 1: 45 voters, five alternatives, ranking E A C B D
    letters = ("Ada", "Ben", "Cy", "Dot", "Eve")
    ballots = papers(
        letters, ACBED=5, ADECB=5, BEDAC=8, CABED=3, CAEBD=7, CBADE=2, DCEBA=7, EBADC=8
    )
    report = count(ballots, "schulze", Options(seats=1))
    assert [name[0] for name in report.names(report.ranking or ())] == list("EACBD")
    assert report.pairwise is not None
    assert report.pairwise[0] == (0, 20, 26, 30, 22)


def test_blanks_say_nothing_or_stand_last() -> None:
    ballots = read_csv("count,Ash,Birch\n2,1,2\n3,,1\n")
    assert count(ballots, "schulze").names(count(ballots, "schulze").winners) == ["Ash"]
    last = count(ballots, "schulze-blank-last")
    assert last.names(last.winners) == ["Birch"]


def test_condorcet_irv_prefers_who_beats_all() -> None:
    # Birch beats both others but has the fewest first places
    report = count(papers(ABC, ABC=4, CBA=4, BAC=3), "condorcet-irv")
    assert report.names(report.winners) == ["Birch"]
    cycle = count(papers(ABC, ABC=4, BCA=3, CAB=2), "condorcet-irv")
    assert cycle.names(cycle.winners) == ["Ash"]


def test_debian_drops_what_fails_quorum_or_majority() -> None:
    options = ("Keep", "Change", "Further")
    ballots = papers(options, CKF=6, KFC=4, FKC=1)
    plain = count(ballots, "debian", Options(default_option=2))
    assert plain.names(plain.winners) == ["Change"]
    needs = Options(default_option=2, ratios={1: Fraction(3)})
    report = count(ballots, "debian", needs)
    assert report.names(report.winners) == ["Keep"]
    quorum = Options(default_option=2, ratios={1: Fraction(3)}, quorum=Fraction(11))
    assert count(ballots, "debian", quorum).passed is False


def test_a_cap_passes_over_the_second_of_one_employer_and_says_so() -> None:
    cap = Cap(1, (frozenset({0, 1}),))
    report = count(papers(ABC, A=5, B=4, C=3), "plurality-at-large", Options(seats=2, cap=cap))
    assert report.names(report.winners) == ["Ash", "Cedar"]
    assert report.remarks == ("Birch is passed over: the cap of 1 is reached.",)


def test_look_back_comes_before_the_lot() -> None:
    # stage 1: A 1, B 2, C 3; after Ash leaves for Birch both have 3: Birch had fewer before
    ballots = read_blt(
        '5 2\n1 1 2 0\n2 2 0\n3 3 0\n4 4 0\n5 5 0\n0\n"A"\n"B"\n"C"\n"D"\n"E"\n"t"\n'
    )
    report = count(ballots, "scottish-stv")
    assert [(t.chosen, t.method) for t in report.ties] == [("B", "look-back")]


def test_a_lot_comes_from_the_seed_and_can_be_drawn_again() -> None:
    ballots = papers(ABC, A=2, B=2, C=2)
    chosen = set()
    for seed in ("00", "01", "02", "03", "04", "05"):
        report = count(ballots, "plurality-at-large", Options(seats=1, seed=seed))
        assert report.winners == (lot_order(seed, ABC)[0],)
        assert [tie.method for tie in report.ties] == ["lot"]
        chosen.add(report.winners)
    assert len(chosen) > 1
    unseeded = count(ballots, "plurality-at-large", Options(seats=1))
    assert [tie.method for tie in unseeded.ties] == ["listed order"]


@pytest.mark.parametrize("seed", ["", "4", "xyz0", "0x41"])
def test_a_bad_seed_is_refused(seed: str) -> None:
    with pytest.raises(CountingError, match="hexadecimal"):
        count(papers(ABC, A=1), "approval", Options(seed=seed))


def test_fewer_candidates_than_seats_are_all_elected() -> None:
    report = count(papers(("Ash", "Birch"), A=3, B=1), "scottish-stv", Options(seats=3))
    assert report.names(report.winners) == ["Ash", "Birch"]


def test_a_candidate_without_votes_can_still_fill_a_seat() -> None:
    report = count(papers(ABC, A=3, B=3), "scottish-stv", Options(seats=3))
    assert sorted(report.names(report.winners)) == sorted(ABC)


@pytest.mark.parametrize(
    "rule, options, message",
    [
        ("stv", Options(), "known rules"),
        ("debian", Options(), "default option"),
        ("irv", Options(seats=2), "one seat"),
        ("scottish-stv", Options(cap=Cap(1, ())), "no cap"),
        ("irv", Options(quorum=Fraction(1)), "no quorum"),
        ("motion", Options(motion=MotionRule(base="entitled")), "base of a motion"),
    ],
)
def test_what_a_rule_does_not_know_is_refused(rule: str, options: Options, message: str) -> None:
    with pytest.raises(CountingError, match=message):
        count(papers(ABC, A=1), rule, options)


@pytest.mark.parametrize("rule", ["scottish-stv", "meek-prf", "irv", "schulze", "approval"])
def test_no_valid_ballot_is_refused(rule: str) -> None:
    with pytest.raises(CountingError, match="no valid ballot"):
        count(papers(ABC, _=4), rule)


def test_equal_ranks_are_refused_where_an_order_is_needed() -> None:
    with pytest.raises(CountingError, match="same rank"):
        count(read_csv("count,Ash,Birch,Cedar\n1,1,1,2\n"), "scottish-stv")
