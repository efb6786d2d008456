"""Pairwise matrices: how many voters prefer one candidate to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .ballots import Grades

Matrix = list[list[int]]


def pairwise_matrix(papers: Mapping[Grades, int], size: int, *, blank_last: bool) -> Matrix:
    """`matrix[a][b]` is the weight of papers that put `a` before `b`.

    A candidate left open counts below every rank with `blank_last`; otherwise the paper says
    nothing on any pair with that candidate.
    """
    matrix = [[0] * size for _ in range(size)]
    for grades, weight in papers.items():
        last = max((g for g in grades if g is not None), default=0) + 1
        ranks = [last if g is None and blank_last else g for g in grades]
        for a, rank_a in enumerate(ranks):
            if rank_a is None:
                continue
            row = matrix[a]
            for b, rank_b in enumerate(ranks):
                if rank_b is not None and rank_a < rank_b:
                    row[b] += weight
    return matrix


def strongest_paths(matrix: Matrix, candidates: Sequence[int]) -> Matrix:
    """Schulze's strongest paths between `candidates`; the strength of a win is the winning votes.

    Source: M. Schulze, Social Choice and Welfare 36 (2011), section 2.3, winning votes.
    """
    size = len(matrix)
    paths = [[0] * size for _ in range(size)]
    for a in candidates:
        for b in candidates:
            if a != b and matrix[a][b] > matrix[b][a]:
                paths[a][b] = matrix[a][b]
    for via in candidates:
        for a in candidates:
            if a == via:
                continue
            reach = paths[a][via]
            for b in candidates:
                if b not in (a, via):
                    paths[a][b] = max(paths[a][b], min(reach, paths[via][b]))
    return paths
