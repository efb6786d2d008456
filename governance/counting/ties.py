"""Breaking ties: the count's own history first where the rule says so, then a lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .ballots import Ballots
from .lots import lot_order


@dataclass(frozen=True)
class Tie:
    """One tie as it was decided. `method` is `look-back`, `lot`, `tie order` or `listed order`."""

    stage: int
    purpose: str
    candidates: tuple[str, ...]
    chosen: str
    method: str


class TieBreaker:
    """Decides ties and remembers each decision for the report.

    Without a seed the order stated in the file, else the order of the candidates, decides; the
    report then names that method, so that nobody takes it for a lot.
    """

    def __init__(self, ballots: Ballots, seed: str | None) -> None:
        self._names = ballots.candidates
        if seed is not None:
            order, self._method = lot_order(seed, ballots.candidates), "lot"
        elif ballots.tie_order is not None:
            order, self._method = list(ballots.tie_order), "tie order"
        else:
            order, self._method = list(range(len(self._names))), "listed order"
        self.place = {candidate: place for place, candidate in enumerate(order)}
        self.decided: list[Tie] = []

    def choose(
        self,
        tied: Sequence[int],
        purpose: str,
        *,
        history: Sequence[Sequence[int]] = (),
        highest: bool = True,
    ) -> int:
        """The candidate taken by the step `purpose`.

        `history` holds the totals of earlier stages, oldest first; it is read from the latest
        back, and at each stage those that are not highest (or lowest) drop out of the tie.
        """
        left = list(tied)
        if len(left) == 1:
            return left[0]
        for totals in reversed(history):
            best = (max if highest else min)(totals[c] for c in left)
            narrowed = [c for c in left if totals[c] == best]
            if len(narrowed) < len(left):
                left = narrowed
            if len(left) == 1:
                return self._note(len(history) + 1, purpose, tied, left[0], "look-back")
        chosen = min(left, key=self.place.__getitem__)
        return self._note(len(history) + 1, purpose, tied, chosen, self._method)

    def sort(self, candidates: Sequence[int], score: Sequence[int]) -> list[int]:
        """Candidates from the highest score down, equal scores in the order of lots."""
        return sorted(candidates, key=lambda c: (-score[c], self.place[c]))

    def note(self, stage: int, purpose: str, tied: Sequence[int], chosen: int) -> None:
        """Record a tie that `sort` decided and that mattered for the outcome."""
        self._note(stage, purpose, tied, chosen, self._method)

    def _note(self, stage: int, purpose: str, tied: Sequence[int], chosen: int, method: str) -> int:
        names = tuple(self._names[c] for c in sorted(tied))
        self.decided.append(Tie(stage, purpose, names, self._names[chosen], method))
        return chosen
