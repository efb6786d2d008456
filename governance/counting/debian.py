"""Debian's rule: quorum and majority against a default option, then Schwartz sequential dropping.

Source: Debian constitution, section A.5 (A.6 before 2022), and 4.2 for the quorum.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from .ballots import Ballots
from .errors import CountingError
from .pairwise import Matrix, pairwise_matrix
from .report import Report
from .ties import TieBreaker


def count_debian(
    ballots: Ballots,
    ties: TieBreaker,
    *,
    default: int,
    quorum: Fraction,
    ratios: Mapping[int, Fraction],
) -> Report:
    """Count with option index `default` as the default option.

    An option needs at least `quorum` papers that put it before the default, and more than its
    ratio (1 where none is given) times as many as put the default before it. A blank is last.
    """
    size = len(ballots.candidates)
    if not 0 <= default < size:
        raise CountingError("the number of the default option is not on the ballot")
    matrix = pairwise_matrix(ballots.as_grades(), size, blank_last=True)
    kept: list[int] = []
    checks = []
    for option in range(size):
        if option in ballots.withdrawn:
            continue
        if option == default:
            kept.append(option)
            continue
        ratio = ratios.get(option, Fraction(1))
        votes, against = matrix[option][default], matrix[default][option]
        quorate = Fraction(votes) >= quorum
        majority = votes * ratio.denominator > against * ratio.numerator
        checks.append(
            {
                "option": ballots.candidates[option],
                "for": votes,
                "against": against,
                "ratio": str(ratio),
                "quorate": quorate,
                "majority": majority,
            }
        )
        if quorate and majority:
            kept.append(option)
    schwartz = _drop_defeats(matrix, kept)
    winner = min(schwartz, key=ties.place.__getitem__)
    if len(schwartz) > 1:
        ties.note(1, "option to win", schwartz, winner)
    return Report(
        rule="debian",
        candidates=ballots.candidates,
        winners=(winner,),
        seats=1,
        pairwise=tuple(tuple(row) for row in matrix),
        passed=winner != default,
        ties=tuple(ties.decided),
        papers={
            "valid": ballots.cast - ballots.void - ballots.inactive,
            "blank": 0,
            "void": ballots.void + ballots.inactive,
        },
        working={"quorum": str(quorum), "options": checks},
    )


def _drop_defeats(matrix: Matrix, options: list[int]) -> list[int]:
    """The Schwartz set once no defeat is left inside it, weakest defeats dropped step by step."""
    defeats = {(a, b) for a in options for b in options if matrix[a][b] > matrix[b][a]}
    while True:
        options = _schwartz(defeats, options)
        inside = [(a, b) for a, b in defeats if a in options and b in options]
        if not inside:
            return options
        weakest = min((matrix[a][b], -matrix[b][a]) for a, b in inside)
        defeats = {(a, b) for a, b in inside if (matrix[a][b], -matrix[b][a]) != weakest}


def _schwartz(defeats: set[tuple[int, int]], options: list[int]) -> list[int]:
    """Options that, step by step, beat everyone who beats them step by step."""
    reach = {a: {b for x, b in defeats if x == a and b in options} for a in options}
    for via in options:
        for a in options:
            if via in reach[a]:
                reach[a] |= reach[via]
    return [a for a in options if all(b in reach[a] for b in options if a in reach[b])]
