"""Rules that count crosses: plurality at large, approval, majority with run-off, motions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .ballots import Ballots
from .errors import CountingError
from .ranking import Cap, seat_in_order
from .report import Report, Stage
from .ties import TieBreaker


def count_most_marks(
    ballots: Ballots, rule_id: str, seats: int, ties: TieBreaker, cap: Cap | None
) -> Report:
    """`plurality-at-large` (at most `seats` crosses a paper) or `approval` (any number).

    A paper with too many crosses is void. Those with the most crosses are elected, ties for the
    last seat by lot.
    """
    size = len(ballots.candidates)
    limit = seats if rule_id == "plurality-at-large" else size
    totals = [0] * size
    valid = blank = over = 0
    for chosen, weight in ballots.as_marks().items():
        live = chosen - ballots.withdrawn
        if not live:
            blank += weight
        elif len(live) > limit:
            over += weight
        else:
            valid += weight
            for candidate in live:
                totals[candidate] += weight
    if not valid:
        raise CountingError("there is no valid ballot to count")
    live_candidates = [c for c in range(size) if c not in ballots.withdrawn]
    ranking = ties.sort(live_candidates, totals)
    seated, remarks = seat_in_order(ranking, seats, ballots.candidates, cap, ties, totals)
    stage = Stage(tuple(totals), "count of crosses", elected=tuple(seated))
    return Report(
        rule=rule_id,
        candidates=ballots.candidates,
        winners=tuple(seated),
        seats=seats,
        stages=(stage,),
        ranking=tuple(ranking),
        ties=tuple(ties.decided),
        papers={"valid": valid, "blank": blank, "void": ballots.void + ballots.inactive + over},
        remarks=remarks,
    )


def count_majority_runoff(ballots: Ballots, ties: TieBreaker, round_number: int) -> Report:
    """One seat: more than half of the valid votes, else a run-off of the two best.

    Papers with further preferences settle the run-off at once. Where no paper has any, the first
    round elects nobody and the report names the two who go on; the run-off is then counted with
    `round_number` 2, in which the most votes win and a tie is settled by lot. Ties for a place in
    the run-off are settled by lot.

    Source: DataCite statutes of 26 April 2022, sections 17.5 and 12.1.
    """
    orders = ballots.as_orders()
    live = [c for c in range(len(ballots.candidates)) if c not in ballots.withdrawn]
    totals, blank = _first_choices(orders, set(live), len(ballots.candidates))
    valid = sum(totals)
    if not valid:
        raise CountingError("there is no valid ballot to count")
    stages = [Stage(tuple(totals), "first round" if round_number == 1 else "run-off")]
    best = ties.sort(live, totals)
    winners: tuple[int, ...] = ()
    pair: list[int] = []
    if totals[best[0]] * 2 > valid or len(live) == 1:
        winners = (best[0],)
    elif round_number == 2:
        winners = (_most(best, totals, ties, 1),)
    else:
        pair = _best_two(best, totals, ties)
        if any(len(order) > 1 for order in orders):
            second, lost = _first_choices(orders, set(pair), len(ballots.candidates))
            stages.append(Stage(tuple(second), "run-off", non_transferable=lost - blank))
            winners = (_most(ties.sort(pair, second), second, ties, 2),)
        else:
            names = " and ".join(ballots.candidates[c] for c in pair)
            stages[0] = Stage(tuple(totals), f"first round; run-off needed: {names}")
    last = stages[-1]
    stages[-1] = Stage(**{**last.__dict__, "elected": winners})
    return Report(
        rule="majority-runoff",
        candidates=ballots.candidates,
        winners=winners,
        seats=1,
        quota=str(valid // 2 + 1),
        stages=tuple(stages),
        ties=tuple(ties.decided),
        papers={"valid": valid, "blank": blank, "void": ballots.void + ballots.inactive},
        working={"runoff": [ballots.candidates[c] for c in pair]} if pair else {},
    )


def _first_choices(
    orders: dict[tuple[int, ...], int], live: set[int], size: int
) -> tuple[list[int], int]:
    totals, lost = [0] * size, 0
    for order, weight in orders.items():
        first = next((c for c in order if c in live), None)
        if first is None:
            lost += weight
        else:
            totals[first] += weight
    return totals, lost


def _most(best: list[int], totals: list[int], ties: TieBreaker, stage: int) -> int:
    level = [c for c in best if totals[c] == totals[best[0]]]
    if len(level) > 1:
        ties.note(stage, "candidate to elect", level, best[0])
    return best[0]


def _best_two(best: list[int], totals: list[int], ties: TieBreaker) -> list[int]:
    border = totals[best[1]]
    level = [c for c in best if totals[c] == border]
    inside = [c for c in best[:2] if totals[c] == border]
    if len(level) > len(inside):
        ties.note(1, "place in the run-off", level, inside[0])
    return best[:2]


@dataclass(frozen=True)
class MotionRule:
    """What a motion needs.

    `base`: `valid` counts votes for and against, `cast` abstentions too, `all` blank and void
    papers too, `entitled` everyone who may vote (`entitled` then holds that number). The votes for
    must be more than `fraction` of the base, or at least that where `strict` is false. `quorum` is
    the least number of papers handed in, blank and void ones included.
    """

    base: str = "valid"
    fraction: Fraction = Fraction(1, 2)
    strict: bool = True
    quorum: int = 0
    entitled: int | None = None


def count_motion(ballots: Ballots, rule: MotionRule) -> Report:
    """A motion: option 1 is yes, option 2 no, option 3 (if there is one) abstention.

    A paper with more than one cross is void. A tie fails.
    """
    size = len(ballots.candidates)
    if size not in (2, 3):
        raise CountingError("a motion has the options yes, no and at most one more for abstention")
    totals = [0] * size
    blank = over = 0
    for chosen, weight in ballots.as_marks().items():
        if not chosen:
            blank += weight
        elif len(chosen) > 1:
            over += weight
        else:
            totals[next(iter(chosen))] += weight
    void = ballots.void + ballots.inactive + over
    base = _base(rule, totals, blank + void)
    handed_in = sum(totals) + blank + void
    needed, parts = totals[0] * rule.fraction.denominator, base * rule.fraction.numerator
    enough = needed > parts if rule.strict else needed >= parts
    quorate = handed_in >= rule.quorum
    passed = enough and quorate and totals[0] > 0
    return Report(
        rule="motion",
        candidates=ballots.candidates,
        winners=(0,) if passed else (),
        stages=(Stage(tuple(totals), "count of votes"),),
        passed=passed,
        papers={"valid": totals[0] + totals[1], "blank": blank, "void": void},
        working={
            "base": rule.base,
            "base_votes": base,
            "fraction": str(rule.fraction),
            "strict": rule.strict,
            "quorum": rule.quorum,
            "handed_in": handed_in,
            "quorate": quorate,
        },
    )


def _base(rule: MotionRule, totals: list[int], others: int) -> int:
    if rule.base == "valid":
        return totals[0] + totals[1]
    if rule.base == "cast":
        return sum(totals)
    if rule.base == "all":
        return sum(totals) + others
    if rule.base == "entitled" and rule.entitled is not None:
        return rule.entitled
    raise CountingError("the base of a motion is valid, cast, all or entitled (with the number)")
