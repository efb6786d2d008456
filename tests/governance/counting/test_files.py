"""BLT and CSV in and out: what is read, what is refused and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.counting import (
    CountingError,
    MalformedBallots,
    Reading,
    read_blt,
    read_csv,
    write_blt,
    write_csv,
)
from governance.counting.cli import load_ballots

GOOD = '3 2\n4 1 2 0\n2 3 0\n0\n"Ash"\n"Birch"\n"Cedar"\n"Board"\n'


def test_blt_is_read() -> None:
    ballots = read_blt(GOOD)
    assert ballots.candidates == ("Ash", "Birch", "Cedar")
    assert ballots.orders == {(0, 1): 4, (2,): 2}
    assert (ballots.seats, ballots.title, ballots.cast) == (2, "Board", 6)


def test_blt_directives_withdrawals_comments_and_text_after_the_title() -> None:
    text = (
        "\ufeff# a comment\n3 1\n[tie 3 1 2]\n[nick a b c]\n[droop precision=5]\n-2\n"
        '1 a b 0 # one\n1 3 0\n0\n"A"\n"B"\n"C"\n"T"\nFirst prefs 1 1\n'
    )
    ballots = read_blt(text)
    assert ballots.withdrawn == {1}
    assert ballots.tie_order == (2, 0, 1)
    assert ballots.orders == {(0, 1): 1, (2,): 1}


def test_blt_equal_ranks_become_ranks() -> None:
    ballots = read_blt('3 1\n2 1 2=3 0\n1 2 0\n0\n"A"\n"B"\n"C"\n"T"\n')
    assert ballots.grades == {(1, 2, 2): 2, (None, 1, None): 1}


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("", 1, "candidates and seats"),
        ("3\n", 1, "two whole numbers"),
        ("3 0\n", 1, "at least 1"),
        ("-3 2\n", 1, "two whole numbers"),
        ('2 1\n1 1 0\n"A"\n"B"\n', 3, "not a number of ballots"),
        ("2 1\n1 1 0\n1 2 0\n", 3, "line 0 that ends"),
        ('2 1\n1 1 2\n0\n"A"\n"B"\n', 2, "end with 0"),
        ('2 1\n1 3 0\n0\n"A"\n"B"\n', 2, "no candidate '3'"),
        ('2 1\n1 x 0\n0\n"A"\n"B"\n', 2, "no candidate 'x'"),
        ('2 1\n1.5 1 0\n0\n"A"\n"B"\n', 2, "not a number of ballots"),
        ('2 1\n1 1 0\n-1 1 0\n0\n"A"\n"B"\n', 3, "not a number of ballots"),
        ('2 1\n1 1 0\n0\n"A"\n', 4, "name of candidate 2"),
        ('2 1\n1 1 0\n0\nA\n"B"\n', 4, "double quotes"),
        ('2 1\n1 1 0\n0\n"A"\n"A"\n', 5, "same name"),
        ('2 1\n[tie 1 1]\n1 1 0\n0\n"A"\n"B"\n', 2, "every candidate once"),
        ('2 1\n[nick a]\n1 1 0\n0\n"A"\n"B"\n', 2, "2 different short names"),
    ],
)
def test_malformed_blt_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(MalformedBallots, match=words) as refusal:
        read_blt(text)
    assert refusal.value.line == line


def test_repeats_follow_the_stated_rule() -> None:
    text = '2 1\n3 1 1 2 0\n0\n"A"\n"B"\n"T"\n'
    assert read_blt(text).orders == {(0, 1): 3}
    assert read_blt(text, repeats="keep").orders == {(0, 0, 1): 3}
    assert read_blt(text, repeats="void").void == 3
    with pytest.raises(MalformedBallots, match="twice"):
        read_blt(text, repeats="refuse")


def test_csv_with_names_in_order() -> None:
    ballots = read_csv("count,rank1,rank2,rank3\n2,Ash,,Birch\n1,undervote,undervote,\n")
    assert ballots.candidates == ("Ash", "Birch")
    assert ballots.orders == {(0, 1): 2, (): 1}


def test_skipped_ranks_and_overvotes_follow_the_stated_rule() -> None:
    text = "count,rank1,rank2,rank3\n2,Ash,,Birch\n1,,,Birch\n4,overvote,Birch,\n"
    assert read_csv(text, Reading(max_skips=0)).orders == {(0,): 2}
    one = read_csv(text, Reading(max_skips=1))
    assert one.orders == {(0, 1): 2}
    assert one.inactive == 1 + 4
    assert read_csv(text, Reading(overvote="skip")).orders == {(0, 1): 2, (1,): 5}
    assert read_csv(text, Reading(overvote="void")).void == 4


def test_csv_with_a_rank_a_column() -> None:
    ballots = read_csv('count,"Ash, Ltd",Birch\n2,1,\n3,2,2\n')
    assert ballots.candidates == ("Ash, Ltd", "Birch")
    assert ballots.grades == {(1, None): 2, (2, 2): 3}


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("", 1, "heading"),
        ("name,rank1\n1,A\n", 1, "heading"),
        ("count,rank1\nx,A\n", 2, "not a number of ballots"),
        ("count,rank1\n1,A,B\n", 2, "3 cells"),
        ("count,A,B\n1,1\n", 2, "2 cells"),
        ("count,A,B\n1,1,first\n", 2, "not a rank"),
        ("count,A,A\n1,1,2\n", 1, "heading of its own"),
        ('count,A,B\n1,"1,2\n', 2, "not readable as CSV"),
        ("count,rank1\n1,\n", None, "names a candidate"),
    ],
)
def test_malformed_csv_is_refused_with_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(MalformedBallots, match=words) as refusal:
        read_csv(text)
    assert refusal.value.line == line


def test_what_is_written_reads_back_the_same() -> None:
    ballots = read_blt(GOOD.replace('"Ash"', '"Ash \\"the\\" tree"'))
    again = read_blt(write_blt(ballots))
    assert (again.candidates, again.orders) == (ballots.candidates, ballots.orders)
    assert write_blt(again) == write_blt(ballots)
    in_csv = read_csv(write_csv(ballots))
    assert in_csv.orders == ballots.orders
    ranked = read_csv("count,A,B\n2,1,\n3,2,2\n")
    assert read_csv(write_csv(ranked)).grades == ranked.grades
    assert read_blt(write_blt(ranked)).grades == {(1, None): 2, (1, 1): 3}


def test_files_are_told_apart_and_odd_ones_refused(tmp_path: Path) -> None:
    named = tmp_path / "votes.txt"
    named.write_bytes("count,rank1\n2,Bär\n".encode("latin-1"))
    assert load_ballots(named).candidates == ("Bär",)
    (tmp_path / "x.blt").write_bytes(b"\0\1")
    with pytest.raises(CountingError, match="not text"):
        load_ballots(tmp_path / "x.blt")
    with pytest.raises(CountingError, match="cannot read"):
        load_ballots(tmp_path / "absent.blt")
