"""Single transferable vote by the weighted inclusive Gregory method, in scaled integers.

One engine for three written rules; what differs stands in `GregoryRule`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .ballots import Ballots, Order
from .errors import CountingError
from .report import Report, Stage, decimal_text
from .ties import TieBreaker

HOPEFUL, PENDING, ELECTED, EXCLUDED = range(4)


@dataclass(frozen=True)
class GregoryRule:
    """One written rule.

    `quota` and `new_value` work on integers multiplied by `10 ** decimals`. `zero_surplus` says
    that a candidate with exactly the quota still uses a stage; `look_back` that earlier stages
    break ties before a lot; `pending_receive` that a candidate over the quota goes on receiving
    papers until the own surplus is handed on.
    """

    rule_id: str
    decimals: int
    quota: Callable[[int, int, int], int]
    new_value: Callable[[int, int, int, int], int]
    zero_surplus: bool = False
    look_back: bool = False
    pending_receive: bool = False


def count_gregory(ballots: Ballots, rule: GregoryRule, seats: int, ties: TieBreaker) -> Report:
    """Count `ballots` for `seats` seats under `rule`."""
    return GregoryCount(ballots, rule, seats, ties).run()


class GregoryCount:
    """State of one count. Papers are kept by number; a pile maps a paper's value to its papers."""

    def __init__(self, ballots: Ballots, rule: GregoryRule, seats: int, ties: TieBreaker) -> None:
        self.rule, self.seats, self.ties = rule, seats, ties
        self.names = ballots.candidates
        self.scale = 10**rule.decimals
        size = len(self.names)
        orders = ballots.as_orders()
        self.blank = orders.pop((), 0)
        self.papers: list[Order] = list(orders)
        self.weights: list[int] = list(orders.values())
        self.position = [0] * len(self.papers)
        self.state = [EXCLUDED if c in ballots.withdrawn else HOPEFUL for c in range(size)]
        self.votes = [0] * size
        self.piles: list[dict[int, list[int]]] = [{} for _ in range(size)]
        self.lost_papers = 0
        self.stages: list[Stage] = []
        self.order_elected: list[int] = []
        self.void = ballots.void + ballots.inactive
        self._sort_first_preferences()
        self.valid = sum(self.votes) // self.scale
        if not self.valid:
            raise CountingError("there is no valid ballot to count")
        self.quota = rule.quota(self.valid, seats, self.scale)

    # -- moving papers -------------------------------------------------------------------------

    def _sort_first_preferences(self) -> None:
        hopeful = [state == HOPEFUL for state in self.state]
        buckets: list[list[int]] = [[] for _ in self.names]
        totals = [0] * len(self.names)
        weights, position = self.weights, self.position
        for paper, order in enumerate(self.papers):
            for place, candidate in enumerate(order):
                if hopeful[candidate]:
                    buckets[candidate].append(paper)
                    totals[candidate] += weights[paper]
                    if place:
                        position[paper] = place
                    break
            else:
                self.blank += weights[paper]
        for candidate, bucket in enumerate(buckets):
            self.votes[candidate] = totals[candidate] * self.scale
            if bucket:
                self.piles[candidate][self.scale] = bucket

    def _move_pile(self, candidate: int, new_value: Callable[[int], int]) -> None:
        """Hand each paper of `candidate` on to its next hopeful choice at its new value."""
        open_to = (HOPEFUL, PENDING) if self.rule.pending_receive else (HOPEFUL,)
        hopeful = [state in open_to for state in self.state]
        pile, self.piles[candidate] = self.piles[candidate], {}
        for old, papers in pile.items():
            value = new_value(old)
            if not value:
                continue
            buckets, totals, lost = self._sort_papers(papers, hopeful)
            self.lost_papers += lost * value
            for target, bucket in enumerate(buckets):
                if bucket:
                    self.votes[target] += totals[target] * value
                    held = self.piles[target].get(value)
                    if held is None:
                        self.piles[target][value] = bucket
                    else:
                        held.extend(bucket)

    def _sort_papers(
        self, numbers: list[int], hopeful: list[bool]
    ) -> tuple[list[list[int]], list[int], int]:
        buckets: list[list[int]] = [[] for _ in hopeful]
        totals = [0] * len(hopeful)
        lost = 0
        papers, weights, position = self.papers, self.weights, self.position
        for number in numbers:
            order = papers[number]
            place, length = position[number] + 1, len(order)
            while place < length and not hopeful[order[place]]:
                place += 1
            if place == length:
                lost += weights[number]
                continue
            position[number] = place
            target = order[place]
            buckets[target].append(number)
            totals[target] += weights[number]
        return buckets, totals, lost

    # -- the count -----------------------------------------------------------------------------

    def run(self) -> Report:
        self._record("first preferences", "begin")
        self._count_on()
        self._fill_last_seats()
        return Report(
            rule=self.rule.rule_id,
            candidates=self.names,
            winners=tuple(self.order_elected),
            seats=self.seats,
            quota=decimal_text(self.quota, self.scale),
            stages=tuple(self.stages),
            ties=tuple(self.ties.decided),
            papers={"valid": self.valid, "blank": self.blank, "void": self.void},
        )

    def _count_on(self) -> None:
        while not self._complete():
            if not self._transfer_surplus():
                self._exclude_lowest()

    def _of(self, *states: int) -> list[int]:
        return [c for c, state in enumerate(self.state) if state in states]

    def _vacancies(self) -> int:
        return self.seats - len(self.order_elected)

    def _complete(self) -> bool:
        return not self._vacancies() > 0 or len(self._of(HOPEFUL)) <= self._vacancies()

    def _transfer_surplus(self) -> bool:
        pending = self._of(PENDING)
        if not self.rule.zero_surplus:
            pending = [c for c in pending if self.votes[c] > self.quota]
        if not pending:
            return False
        top = max(self.votes[c] for c in pending)
        chosen = self.ties.choose(
            [c for c in pending if self.votes[c] == top],
            "surplus to transfer first",
            history=self._history(),
        )
        votes, surplus = self.votes[chosen], self.votes[chosen] - self.quota
        self.state[chosen] = ELECTED
        self._move_pile(
            chosen, lambda value: self.rule.new_value(value, surplus, votes, self.scale)
        )
        self.votes[chosen] = self.quota
        self._record(f"transfer surplus of {self.names[chosen]}", "transfer")
        return True

    def _exclude_lowest(self) -> None:
        chosen = self._lowest()
        self.state[chosen] = EXCLUDED
        self._move_pile(chosen, lambda value: value)
        self.votes[chosen] = 0
        self._record(f"exclude {self.names[chosen]}", "transfer", (chosen,))

    def _lowest(self) -> int:
        hopeful = self._of(HOPEFUL)
        low = min(self.votes[c] for c in hopeful)
        return self.ties.choose(
            [c for c in hopeful if self.votes[c] == low],
            "candidate to exclude",
            history=self._history(),
            highest=False,
        )

    def _history(self) -> list[tuple[int, ...]]:
        return [stage.totals for stage in self.stages] if self.rule.look_back else []

    # -- recording -----------------------------------------------------------------------------

    def _record(self, action: str, kind: str, excluded: tuple[int, ...] = ()) -> None:
        """Close a stage: declare those who have reached the quota and keep the totals."""
        reached = [c for c in self._of(HOPEFUL) if self.votes[c] >= self.quota]
        reached = self.ties.sort(reached, self.votes)
        for candidate in reached:
            self.state[candidate] = PENDING
        self.order_elected += reached
        loss = self.valid * self.scale - sum(self.votes) - self.lost_papers
        self.stages.append(
            Stage(
                totals=tuple(self.votes),
                action=action,
                non_transferable=self.lost_papers,
                rounding_loss=loss,
                scale=self.scale,
                elected=tuple(reached),
                excluded=excluded,
                kind=kind,
            )
        )

    def _fill_last_seats(self) -> None:
        """Elect the remaining hopefuls without a transfer where they are no more than the seats."""
        if self._vacancies() <= 0:
            return
        rest = self.ties.sort(self._of(HOPEFUL), self.votes)
        for candidate in rest:
            self.state[candidate] = ELECTED
        self.order_elected += rest
        last = self.stages[-1]
        self.stages[-1] = Stage(
            **{**last.__dict__, "elected": last.elected + tuple(rest)},
        )


def droop_quota(valid: int, seats: int, scale: int) -> int:
    return (valid // (seats + 1) + 1) * scale


def _prf_quota(valid: int, seats: int, scale: int) -> int:
    return valid * scale // (seats + 1) + 1


def _one_cut(value: int, surplus: int, votes: int, scale: int) -> int:
    return value * surplus // votes


def two_cuts(value: int, surplus: int, votes: int, scale: int) -> int:
    return value * surplus // scale * scale // votes


#: Source: Scottish Local Government Elections Order 2011 (SSI 2011/399), schedule 1, rules 45-52.
SCOTTISH = GregoryRule("scottish-stv", 5, droop_quota, _one_cut, look_back=True)
#: Source: Proportional Representation Foundation, Reference WIGM rule, steps A to D.
WIGM_PRF = GregoryRule("wigm-prf", 4, _prf_quota, two_cuts, zero_surplus=True)
