"""The rules by id and the one function that counts.

Ids carry their version: a rule whose text changes gets a new id (`scottish-stv-2`), and the old
one stays, so that an old result can be recounted for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from time import perf_counter

from .ballots import Ballots
from .condorcet import count_condorcet_irv, count_schulze
from .debian import count_debian
from .errors import CountingError
from .gregory import SCOTTISH, WIGM_PRF, count_gregory
from .irv import count_irv
from .marks import MotionRule, count_majority_runoff, count_most_marks, count_motion
from .meek import count_meek_prf, count_meek_securepoll
from .minneapolis import count_minneapolis
from .ranking import Cap
from .report import Report
from .ties import TieBreaker


@dataclass(frozen=True)
class Options:
    """Everything besides ballots and rule. Option and candidate numbers count from 0 here."""

    seats: int | None = None
    seed: str | None = None
    default_option: int | None = None
    quorum: Fraction = Fraction(0)
    ratios: dict[int, Fraction] = field(default_factory=dict)
    cap: Cap | None = None
    motion: MotionRule = field(default_factory=MotionRule)
    round_number: int = 1
    batch: bool = False
    first_out: int | None = None
    surplus_first: bool = False


Counter = Callable[[Ballots, int, TieBreaker, Options], Report]


@dataclass(frozen=True)
class Rule:
    """A rule: how it counts, how many seats it can fill (`None`: any), and what it understands."""

    count: Counter
    only_seats: int | None = None
    takes: frozenset[str] = frozenset()
    repeats: str = "drop"


def _debian(ballots: Ballots, seats: int, ties: TieBreaker, options: Options) -> Report:
    if options.default_option is None:
        raise CountingError("this rule needs a default option: give its number")
    return count_debian(
        ballots,
        ties,
        default=options.default_option,
        quorum=options.quorum,
        ratios=options.ratios,
    )


def _motion(ballots: Ballots, seats: int, ties: TieBreaker, options: Options) -> Report:
    rule = options.motion
    if options.quorum:
        rule = replace(rule, quorum=-(-options.quorum.numerator // options.quorum.denominator))
    if options.ratios:
        if set(options.ratios) != {0}:
            raise CountingError("a motion takes one ratio, that of option 1 (yes)")
        ratio = options.ratios[0]
        rule = replace(rule, fraction=ratio if ratio < 1 else ratio / (ratio + 1))
    return count_motion(ballots, rule)


_CAP = frozenset({"cap"})
RULES: dict[str, Rule] = {
    "plurality-at-large": Rule(
        lambda b, s, t, o: count_most_marks(b, "plurality-at-large", s, t, o.cap), takes=_CAP
    ),
    "approval": Rule(lambda b, s, t, o: count_most_marks(b, "approval", s, t, o.cap), takes=_CAP),
    "motion": Rule(_motion, 1, frozenset({"quorum", "ratios", "motion"})),
    "majority-runoff": Rule(
        lambda b, s, t, o: count_majority_runoff(b, t, o.round_number),
        1,
        frozenset({"round_number"}),
    ),
    "scottish-stv": Rule(lambda b, s, t, o: count_gregory(b, SCOTTISH, s, t)),
    "wigm-prf": Rule(lambda b, s, t, o: count_gregory(b, WIGM_PRF, s, t)),
    "meek-prf": Rule(lambda b, s, t, o: count_meek_prf(b, s, t)),
    "meek-securepoll": Rule(lambda b, s, t, o: count_meek_securepoll(b, s, t), repeats="keep"),
    "irv": Rule(
        lambda b, s, t, o: count_irv(b, t, batch=o.batch, first_out=o.first_out),
        1,
        frozenset({"batch", "first_out"}),
    ),
    "schulze": Rule(lambda b, s, t, o: count_schulze(b, "schulze", s, t, o.cap), takes=_CAP),
    "schulze-blank-last": Rule(
        lambda b, s, t, o: count_schulze(b, "schulze-blank-last", s, t, o.cap), takes=_CAP
    ),
    "condorcet-irv": Rule(lambda b, s, t, o: count_condorcet_irv(b, s, t, o.cap), takes=_CAP),
    "minneapolis-stv": Rule(
        lambda b, s, t, o: count_minneapolis(b, s, t, surplus_first=o.surplus_first),
        takes=frozenset({"surplus_first"}),
    ),
    "debian": Rule(_debian, 1, frozenset({"default_option", "quorum", "ratios"})),
}

_NEUTRAL = Options()
_SPECIAL = (
    "cap",
    "motion",
    "quorum",
    "ratios",
    "default_option",
    "round_number",
    "batch",
    "first_out",
    "surplus_first",
)


def rule_named(rule_id: str) -> Rule:
    """The rule with this id.

    Raises:
        CountingError: there is none; the message lists all.
    """
    try:
        return RULES[rule_id]
    except KeyError:
        known = ", ".join(RULES)
        raise CountingError(f"there is no rule {rule_id!r}; known rules: {known}") from None


def count(ballots: Ballots, rule_id: str, options: Options | None = None) -> Report:
    """Count `ballots` under a rule and report every stage.

    Seats: those of `options`, else those of the ballots, else 1. A tie that the rule's own
    history does not settle goes by lot from `options.seed`; without a seed the order stated in the
    ballots, else their listed order, decides and the report says so.

    Raises:
        CountingError: an option the rule does not know, more seats than the rule can fill, no
            valid ballot, or ballots of the wrong shape for the rule.
    """
    options = options or _NEUTRAL
    rule = rule_named(rule_id)
    for name in _SPECIAL:
        if name not in rule.takes and getattr(options, name) != getattr(_NEUTRAL, name):
            raise CountingError(f"the rule {rule_id} has no {name.replace('_', ' ')}")
    seats = options.seats or ballots.seats or 1
    if rule.only_seats is not None:
        if options.seats not in (None, rule.only_seats):
            raise CountingError(f"the rule {rule_id} fills one seat, not {options.seats}")
        seats = rule.only_seats
    started = perf_counter()
    report = rule.count(ballots, seats, TieBreaker(ballots, options.seed), options)
    return replace(report, seconds=perf_counter() - started)
