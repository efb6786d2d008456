"""Instant run-off: one seat, the lowest leaves until someone has more than half of the rest."""

from __future__ import annotations

from .ballots import Ballots, Order
from .errors import CountingError
from .report import Report, Stage
from .ties import TieBreaker


def count_irv(
    ballots: Ballots, ties: TieBreaker, *, batch: bool = False, first_out: int | None = None
) -> Report:
    """Count `ballots` for one seat.

    `batch` excludes in one stage all who stay below the next one up even with all lower votes.
    `first_out` is a candidate (undeclared write-ins) that leaves alone before any other.
    Ties for the last place: earlier stages from the latest back, then the lot.
    """
    return _Irv(ballots, ties, batch, first_out).run()


class _Irv:
    def __init__(
        self, ballots: Ballots, ties: TieBreaker, batch: bool, first_out: int | None
    ) -> None:
        self.names, self.ties = ballots.candidates, ties
        self.batch, self.first_out = batch, first_out
        self.left = [c for c in range(len(self.names)) if c not in ballots.withdrawn]
        self.orders = ballots.as_orders()
        self.blank = self.orders.pop((), 0)
        self.inactive, self.void = ballots.inactive, ballots.void
        self.stages: list[Stage] = []

    def run(self) -> Report:
        totals, exhausted = self._tally()
        self._record("first preferences", totals, exhausted, ())
        while (winner := self._winner(totals)) is None:
            out = self._who_leaves(totals)
            self.left = [c for c in self.left if c not in out]
            totals, exhausted = self._tally()
            names = ", ".join(self.names[c] for c in out)
            self._record(f"exclude {names}", totals, exhausted, tuple(out))
        last = self.stages[-1]
        self.stages[-1] = Stage(**{**last.__dict__, "elected": (winner,)})
        return Report(
            rule="irv",
            candidates=self.names,
            winners=(winner,),
            seats=1,
            quota=str(sum(totals) // 2 + 1),
            stages=tuple(self.stages),
            ties=tuple(self.ties.decided),
            papers={"valid": sum(self.orders.values()), "blank": self.blank, "void": self.void},
        )

    def _tally(self) -> tuple[list[int], int]:
        """Votes of those left and weight of the papers that name none of them.

        Papers are cut to the candidates still in the count, so that equal remainders merge.
        """
        left = set(self.left)
        totals = [0] * len(self.names)
        exhausted = self.inactive
        merged: dict[Order, int] = {}
        for order, weight in self.orders.items():
            kept = tuple([c for c in order if c in left])
            merged[kept] = merged.get(kept, 0) + weight
        self.orders = merged
        for order, weight in merged.items():
            if order:
                totals[order[0]] += weight
            else:
                exhausted += weight
        if not self.stages and not any(totals):
            raise CountingError("there is no valid ballot to count")
        return totals, exhausted

    def _winner(self, totals: list[int]) -> int | None:
        top = max(self.left, key=lambda c: totals[c])
        if totals[top] * 2 > sum(totals) or len(self.left) == 1:
            return top
        return None

    def _who_leaves(self, totals: list[int]) -> list[int]:
        if self.first_out is not None and self.first_out in self.left:
            out, self.first_out = self.first_out, None
            return [out]
        if self.batch and (losers := self._sure_losers(totals)):
            return losers
        low = min(totals[c] for c in self.left)
        tied = [c for c in self.left if totals[c] == low]
        history = [stage.totals for stage in self.stages]
        return [self.ties.choose(tied, "candidate to exclude", history=history, highest=False)]

    def _sure_losers(self, totals: list[int]) -> list[int]:
        rising = sorted(self.left, key=lambda c: (totals[c], c))
        losers: list[int] = []
        below = 0
        for place, candidate in enumerate(rising[:-1], 1):
            below += totals[candidate]
            if below < totals[rising[place]]:
                losers = rising[:place]
        return sorted(losers)

    def _record(
        self, action: str, totals: list[int], exhausted: int, excluded: tuple[int, ...]
    ) -> None:
        self.stages.append(
            Stage(tuple(totals), action, non_transferable=exhausted, excluded=excluded)
        )
