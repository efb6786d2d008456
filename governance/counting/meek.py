"""Single transferable vote by Meek's method, in scaled integers, as two written rules.

Papers with the same beginning share the work: a tree of choices holds each beginning once with the
weight of the papers that pass through it, which gives the same sums as going paper by paper.
"""

from __future__ import annotations

from collections.abc import Callable

from .ballots import Ballots, Order
from .errors import CountingError
from .report import Report, Stage, decimal_text
from .ties import TieBreaker

PRF_SCALE, PRF_OMEGA = 10**9, 10**3
HILL_SCALE, HILL_EPSILON = 10**10, 10**4

#: Keep-value of a node: (weight that arrives, keep factor) -> part kept, both scaled.
Keep = Callable[[int, int], int]


class ChoiceTree:
    """All papers as a tree in preorder: candidate, depth and weight of the papers through it."""

    def __init__(self, orders: dict[Order, int], open_candidates: frozenset[int]) -> None:
        root: dict[int, list] = {}
        self.papers = self.blank = 0
        for order, weight in orders.items():
            kept = [c for c in order if c in open_candidates]
            if not kept:
                self.blank += weight
                continue
            self.papers += weight
            level = root
            for candidate in kept:
                node = level.setdefault(candidate, [0, {}])
                node[0] += weight
                level = node[1]
        self.nodes: list[tuple[int, int, int]] = []
        self._flatten(root)

    def _flatten(self, root: dict[int, list]) -> None:
        stack = [(candidate, 1, node) for candidate, node in reversed(root.items())]
        while stack:
            candidate, depth, (weight, below) = stack.pop()
            self.nodes.append((candidate, depth, weight))
            stack += [(c, depth + 1, node) for c, node in reversed(below.items())]

    def distribute(self, factors: list[int], scale: int, keep: Keep) -> list[int]:
        """Scaled votes of each candidate with these keep factors."""
        votes = [0] * len(factors)
        weights = [scale] * (max((depth for _, depth, _ in self.nodes), default=0) + 2)
        for candidate, depth, through in self.nodes:
            weight = weights[depth]
            factor = factors[candidate]
            if weight and factor:
                kept = keep(weight, factor)
                votes[candidate] += kept * through
                weight -= kept
            weights[depth + 1] = weight
        return votes


class _Meek:
    """What both rules share: states, stages and the report."""

    rule_id = ""
    scale = 1

    def __init__(self, ballots: Ballots, seats: int, ties: TieBreaker) -> None:
        self.names, self.seats, self.ties = ballots.candidates, seats, ties
        self.hopeful = [c for c in range(len(self.names)) if c not in ballots.withdrawn]
        self.tree = ChoiceTree(ballots.as_orders(), frozenset(self.hopeful))
        if not self.tree.papers:
            raise CountingError("there is no valid ballot to count")
        self.void = ballots.void + ballots.inactive
        self.total = self.tree.papers * self.scale
        self.factors = [self.scale if c in self.hopeful else 0 for c in range(len(self.names))]
        self.votes = [0] * len(self.names)
        self.elected: list[int] = []
        self.excluded: list[int] = []
        self.stages: list[Stage] = []
        self.quota = 0

    def _record(
        self, action: str, kind: str, elected: tuple[int, ...] = (), excluded: tuple[int, ...] = ()
    ) -> None:
        self.stages.append(
            Stage(
                totals=tuple(self.votes),
                action=action,
                non_transferable=self.total - sum(self.votes),
                scale=self.scale,
                elected=elected,
                excluded=excluded,
                quota=self.quota,
                kind=kind,
            )
        )

    def _report(self, remarks: tuple[str, ...] = ()) -> Report:
        return Report(
            rule=self.rule_id,
            candidates=self.names,
            winners=tuple(self.elected),
            seats=self.seats,
            quota=decimal_text(self.quota, self.scale),
            stages=tuple(self.stages),
            ties=tuple(self.ties.decided),
            papers={"valid": self.tree.papers, "blank": self.tree.blank, "void": self.void},
            remarks=remarks,
        )


class _MeekPrf(_Meek):
    rule_id = "meek-prf"
    scale = PRF_SCALE

    def run(self) -> Report:
        self.votes = self.tree.distribute(self.factors, self.scale, _keep_up)
        self.quota = self.total // (self.seats + 1) + 1
        self._record("first preferences", "begin")
        while len(self.hopeful) > self.seats - len(self.elected) > 0:
            surplus = self._iterate()
            if surplus is not None:
                self._exclude(surplus)
        self._finish()
        return self._report()

    def _iterate(self) -> int | None:
        """Step B.2. The total surplus once it has settled, `None` when a candidate was elected."""
        last = self.total
        while True:
            self.votes = self.tree.distribute(self.factors, self.scale, _keep_up)
            self.quota = sum(self.votes) // (self.seats + 1) + 1
            reached = [c for c in self.hopeful if self.votes[c] >= self.quota]
            if reached:
                self._elect(reached)
                return None
            surplus = max(0, sum(self.votes[c] - self.quota for c in self.elected))
            if surplus < PRF_OMEGA or surplus >= last:
                return surplus
            last = surplus
            for c in self.elected:
                product = -(-self.factors[c] * self.quota // self.scale)
                self.factors[c] = -(-product * self.scale // self.votes[c])

    def _elect(self, reached: list[int]) -> None:
        for candidate in self.ties.sort(reached, self.votes):
            self.hopeful.remove(candidate)
            self.elected.append(candidate)
            self._record(f"elect {self.names[candidate]}", "elect", elected=(candidate,))

    def _exclude(self, surplus: int) -> None:
        """Step B.3: whoever is within the surplus of the lowest counts as tied with the lowest."""
        low = min(self.votes[c] for c in self.hopeful)
        tied = [c for c in self.hopeful if self.votes[c] <= low + surplus]
        chosen = self.ties.choose(tied, "candidate to exclude")
        self._record(f"exclude {self.names[chosen]}", "defeat", excluded=(chosen,))
        self.hopeful.remove(chosen)
        self.excluded.append(chosen)
        self.factors[chosen] = 0
        self.votes[chosen] = 0

    def _finish(self) -> None:
        if len(self.elected) >= self.seats:
            return
        for candidate in self.ties.sort(self.hopeful, self.votes):
            self.elected.append(candidate)
            self._record(f"elect {self.names[candidate]}", "elect", elected=(candidate,))


def _keep_up(weight: int, factor: int) -> int:
    return -(-weight * factor // PRF_SCALE)


def count_meek_prf(ballots: Ballots, seats: int, ties: TieBreaker) -> Report:
    """Count `ballots` by the reference Meek rule with nine decimals.

    Source: Proportional Representation Foundation, Reference Meek rule, steps A to C and T.
    """
    return _MeekPrf(ballots, seats, ties).run()


class _MeekSecurePoll(_Meek):
    rule_id = "meek-securepoll"
    scale = HILL_SCALE

    def run(self) -> Report:
        last_surplus = 0
        kept = list(self.factors)
        while len(self.elected) < self.seats and (self.hopeful or not self.stages):
            first = not self.stages
            self.factors = kept if first else self._factors(kept)
            kept = list(self.factors)
            self.votes = self.tree.distribute(self.factors, self.scale, _keep_down)
            quota = sum(self.votes) // (self.seats + 1) + HILL_EPSILON
            self.quota = quota
            if first:
                self._record("first preferences", "begin")
            else:
                last_surplus = self._round(quota, last_surplus)
        remarks: tuple[str, ...] = ()
        if len(self.elected) < self.seats:
            empty = self.seats - len(self.elected)
            remarks = (f"{empty} of {self.seats} seats stay empty: a tie drops all tied.",)  # type: ignore[assignment]
        return self._report(remarks)

    def _factors(self, before: list[int]) -> list[int]:
        factors = [self.scale if c not in self.excluded else 0 for c in range(len(self.names))]
        for c in range(len(self.names)):
            if before[c] == 0:
                factors[c] = 0
        for c in self.elected:
            product = before[c] * self.quota // self.scale
            factors[c] = product * self.scale // self.votes[c] if self.votes[c] else 0
        return factors

    def _round(self, quota: int, last_surplus: int) -> int:
        over = [c for c in range(len(self.names)) if self.votes[c] >= quota]
        fresh = [c for c in over if c not in self.elected]
        surplus = sum(self.votes[c] - quota for c in over)
        gone = () if fresh else self._lowest(surplus, last_surplus)
        self.elected += fresh
        self.excluded += gone
        self.hopeful = [c for c in self.hopeful if c not in self.elected and c not in gone]
        words = "elect" if fresh else "exclude" if gone else "iterate"
        names = ", ".join(self.names[c] for c in (*fresh, *gone))
        self._record(f"{words} {names}".strip(), words, tuple(fresh), tuple(gone))
        return surplus

    def _lowest(self, surplus: int, last_surplus: int) -> tuple[int, ...]:
        """All candidates in the last place, once no transfer of the surplus can save them."""
        left = [c for c in range(len(self.names)) if c in self.hopeful or c in self.elected]
        totals = sorted({self.votes[c] for c in left})
        if len(totals) == 1:
            return tuple(c for c in left if c not in self.excluded)
        lowest, above = totals[:2]
        last = [c for c in left if self.votes[c] == lowest]
        whole = self.scale
        ahead = (lowest * len(last) // whole * whole + surplus) // whole
        safe = ahead < above // whole
        if safe or surplus == last_surplus:
            return tuple(c for c in last if c not in self.excluded)
        return ()


def _keep_down(weight: int, factor: int) -> int:
    return weight * factor // HILL_SCALE


def count_meek_securepoll(ballots: Ballots, seats: int, ties: TieBreaker) -> Report:
    """Count `ballots` as MediaWiki SecurePoll does: ten decimals cut, ties drop all tied.

    The rule may leave seats empty where candidates tie; the report then says so. A paper that
    names a candidate twice keeps both mentions.
    Source: wikimedia/mediawiki-extensions-SecurePoll, STVTallier; Hill, Wichmann and Woodall 1987.
    """
    return _MeekSecurePoll(ballots, seats, ties).run()
