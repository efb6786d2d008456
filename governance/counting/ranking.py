"""Seats given along a ranking, with the guard that caps how many may share an employer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .ties import TieBreaker


@dataclass(frozen=True)
class Cap:
    """At most `limit` winners out of each group. Groups hold candidate indexes from 0."""

    limit: int
    groups: tuple[frozenset[int], ...]


def seat_in_order(
    ranking: Sequence[int],
    seats: int,
    names: Sequence[str],
    cap: Cap | None,
    ties: TieBreaker,
    score: Sequence[int] | None = None,
) -> tuple[list[int], tuple[str, ...]]:
    """The first `seats` of `ranking`, passing over whoever a cap shuts out, and what was passed.

    With `score` a tie across the last seat is noted as decided by lot.
    """
    seated: list[int] = []
    passed: list[str] = []
    used: Counter[int] = Counter()
    shut_out: set[int] = set()
    for candidate in ranking:
        if len(seated) == seats:
            break
        groups = [g for g, members in enumerate(cap.groups) if candidate in members] if cap else []
        if cap and any(used[g] >= cap.limit for g in groups):
            shut_out.add(candidate)
            passed.append(f"{names[candidate]} is passed over: the cap of {cap.limit} is reached.")
            continue
        used.update(groups)
        seated.append(candidate)
    if score is not None and seated:
        border = score[seated[-1]]
        level = [c for c in ranking if score[c] == border and c not in shut_out]
        if any(c not in seated for c in level):
            ties.note(1, "last seat", level, seated[-1])
    return seated, tuple(passed)
