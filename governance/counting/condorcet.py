"""Rankings from pairwise comparisons: Schulze, and Condorcet with instant run-off."""

from __future__ import annotations

from math import lcm

from .ballots import Ballots, Grades
from .errors import CountingError
from .pairwise import Matrix, pairwise_matrix, strongest_paths
from .ranking import Cap, seat_in_order
from .report import Report
from .ties import TieBreaker


def count_schulze(
    ballots: Ballots, rule_id: str, seats: int, ties: TieBreaker, cap: Cap | None
) -> Report:
    """`schulze` (a blank says nothing) or `schulze-blank-last` (a blank is below every rank).

    Candidates are ranked by how many they beat in strongest paths, which is the order of the
    beat relation; those it leaves equal stand in the order of lots.
    """
    papers = _papers(ballots)
    size = len(ballots.candidates)
    matrix = pairwise_matrix(papers, size, blank_last=rule_id == "schulze-blank-last")
    live = [c for c in range(size) if c not in ballots.withdrawn]
    paths = strongest_paths(matrix, live)
    ranking: list[int] = []
    left = list(live)
    while left:
        top = [a for a in left if all(paths[a][b] >= paths[b][a] for b in left)]
        chosen = min(top, key=ties.place.__getitem__)
        if len(top) > 1 and len(ranking) < seats <= len(ranking) + len(top) - 1:
            ties.note(1, "place in the ranking", top, chosen)
        ranking.append(chosen)
        left.remove(chosen)
    return _report(ballots, rule_id, seats, matrix, ranking, ties, cap)


def count_condorcet_irv(ballots: Ballots, seats: int, ties: TieBreaker, cap: Cap | None) -> Report:
    """Each place goes to the one who beats all others left, else to the instant run-off winner.

    A blank says nothing. In the run-off a paper with several candidates in its best place gives
    each an equal part; the lowest leaves, ties by lot.
    """
    papers = _papers(ballots)
    size = len(ballots.candidates)
    matrix = pairwise_matrix(papers, size, blank_last=False)
    left = [c for c in range(size) if c not in ballots.withdrawn]
    ranking: list[int] = []
    while left:
        chosen = _beats_all(matrix, left)
        if chosen is None:
            chosen = _runoff(papers, matrix, left, ties)
        ranking.append(chosen)
        left.remove(chosen)
    return _report(ballots, "condorcet-irv", seats, matrix, ranking, ties, cap)


def _papers(ballots: Ballots) -> dict[Grades, int]:
    papers = ballots.as_grades()
    if not any(weight and any(g is not None for g in row) for row, weight in papers.items()):
        raise CountingError("there is no valid ballot to count")
    return papers


def _beats_all(matrix: Matrix, left: list[int]) -> int | None:
    for a in left:
        if all(matrix[a][b] > matrix[b][a] for b in left if b != a):
            return a
    return None


def _runoff(papers: dict[Grades, int], matrix: Matrix, left: list[int], ties: TieBreaker) -> int:
    left = list(left)
    share = lcm(*range(1, len(left) + 1))
    while len(left) > 1:
        votes = dict.fromkeys(left, 0)
        for grades, weight in papers.items():
            marked = [(g, c) for c in left if (g := grades[c]) is not None]
            best = min(marked, default=(0, 0))[0]
            top = [c for g, c in marked if g == best]
            for candidate in top:
                votes[candidate] += weight * share // len(top)
        low = min(votes.values())
        left.remove(ties.choose([c for c in left if votes[c] == low], "candidate to exclude"))
        winner = _beats_all(matrix, left)
        if winner is not None:
            return winner
    return left[0]


def _report(
    ballots: Ballots,
    rule_id: str,
    seats: int,
    matrix: Matrix,
    ranking: list[int],
    ties: TieBreaker,
    cap: Cap | None,
) -> Report:
    seated, remarks = seat_in_order(ranking, seats, ballots.candidates, cap, ties)
    empty = sum(w for row, w in ballots.as_grades().items() if all(g is None for g in row))
    return Report(
        rule=rule_id,
        candidates=ballots.candidates,
        winners=tuple(seated),
        seats=seats,
        pairwise=tuple(tuple(row) for row in matrix),
        ranking=tuple(ranking),
        ties=tuple(ties.decided),
        papers={
            "valid": ballots.cast - ballots.void - ballots.inactive - empty,
            "blank": empty,
            "void": ballots.void + ballots.inactive,
        },
        remarks=remarks,
    )
