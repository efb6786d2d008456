"""Minneapolis single transferable vote: Gregory transfers with certain losers leaving together.

Source: Minneapolis Code of Ordinances, title 8.5, chapter 167, sections 20 and 70 (2009-10-02).
Three points the ordinance leaves open are read as follows. "Impossible to be elected" is a strict
comparison: who could still draw level stays. The test of clause f is made before the lowest
candidate leaves and again once that candidate is named, so that no seat stays empty. A candidate
at the threshold goes on receiving papers until clause d declares the election.
"""

from __future__ import annotations

from dataclasses import replace

from .ballots import Ballots
from .gregory import (
    EXCLUDED,
    HOPEFUL,
    PENDING,
    GregoryCount,
    GregoryRule,
    count_gregory,
    droop_quota,
    two_cuts,
)
from .report import Report
from .ties import TieBreaker

MINNEAPOLIS = GregoryRule(
    "minneapolis-stv", 4, droop_quota, two_cuts, zero_surplus=True, pending_receive=True
)


def count_minneapolis(
    ballots: Ballots, seats: int, ties: TieBreaker, *, surplus_first: bool = False
) -> Report:
    """Count `ballots` for `seats` seats under section 167.70.

    `surplus_first` counts as the city's tabulation software does: whoever reaches the threshold is
    elected at once and receives nothing more, surpluses go before exclusions, one leaves a stage.
    """
    if surplus_first:
        return count_gregory(ballots, replace(MINNEAPOLIS, pending_receive=False), seats, ties)
    return _MinneapolisCount(ballots, MINNEAPOLIS, seats, ties).run()


class _MinneapolisCount(GregoryCount):
    def _count_on(self) -> None:
        while self._vacancies() > 0:
            if self._defeat_sure_losers() or self._transfer_surplus():
                continue
            if self._complete():
                return
            chosen = self._lowest()
            self.state[chosen] = EXCLUDED
            if self._complete():
                self._note_exclusion(chosen)
                return
            self._move_pile(chosen, lambda value: value)
            self.votes[chosen] = 0
            self._record(f"exclude {self.names[chosen]}", "transfer", (chosen,))

    def _note_exclusion(self, chosen: int) -> None:
        """The last exclusion, whose papers no longer move."""
        self._record(f"exclude {self.names[chosen]}, no transfer", "end", (chosen,))

    def _defeat_sure_losers(self) -> bool:
        losers = self._sure_losers()
        for candidate in losers:
            self.state[candidate] = EXCLUDED
        for candidate in losers:
            self._move_pile(candidate, lambda value: value)
            self.votes[candidate] = 0
        if losers:
            names = ", ".join(self.names[c] for c in losers)
            self._record(f"exclude certain losers: {names}", "transfer", tuple(losers))
        return bool(losers)

    def _sure_losers(self) -> list[int]:
        """Hopefuls that stay below the next one up even with all lower votes and all surpluses."""
        surplus = sum(self.votes[c] - self.quota for c in self._of(PENDING))
        hopeful = sorted(self._of(HOPEFUL), key=lambda c: (self.votes[c], c))
        limit = len(hopeful) - self._vacancies()
        losers: list[int] = []
        below = 0
        for place, candidate in enumerate(hopeful[:-1], 1):
            if place > limit:
                break
            below += self.votes[candidate]
            if below + surplus < self.votes[hopeful[place]]:
                losers = hopeful[:place]
        return sorted(losers)
