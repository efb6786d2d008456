"""The result of a count: every stage, every tie, and the two JSON shapes it is published in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .ties import Tie


def decimal_text(value: int, scale: int) -> str:
    """A scaled integer as a plain decimal, last zeros cut: `(22060602, 100000)` is `220.60602`.

    `scale` is a power of ten.
    """
    if scale == 1:
        return str(value)
    sign, digits = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(digits, scale)
    fraction = str(rest).zfill(len(str(scale)) - 1).rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


@dataclass(frozen=True)
class Stage:
    """Totals at the end of one stage, as integers multiplied by `scale`."""

    totals: tuple[int, ...]
    action: str
    non_transferable: int = 0
    rounding_loss: int = 0
    scale: int = 1
    elected: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    quota: int | None = None
    kind: str = ""

    def totals_by_name(self, candidates: Sequence[str]) -> dict[str, str]:
        return {
            name: decimal_text(total, self.scale)
            for name, total in zip(candidates, self.totals, strict=True)
        }


@dataclass(frozen=True)
class Report:
    """What a count found. Candidates are indexes from 0 in `candidates`."""

    rule: str
    candidates: tuple[str, ...]
    winners: tuple[int, ...]
    seats: int | None = None
    quota: str | None = None
    stages: tuple[Stage, ...] = ()
    pairwise: tuple[tuple[int, ...], ...] | None = None
    ranking: tuple[int, ...] | None = None
    passed: bool | None = None
    ties: tuple[Tie, ...] = ()
    papers: dict[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    working: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def names(self, indexes: Sequence[int]) -> list[str]:
        return [self.candidates[i] for i in indexes]

    def as_contract(self) -> dict[str, Any]:
        """The JSON of the `count_ballots` command; keys that do not apply are left out."""
        document: dict[str, Any] = {
            "rule": self.rule,
            "seats": self.seats,
            "quota": self.quota,
            "winners": self.names(self.winners),
            "stages": [
                {
                    "totals": stage.totals_by_name(self.candidates),
                    "action": stage.action,
                    "non_transferable": decimal_text(stage.non_transferable, stage.scale),
                }
                for stage in self.stages
            ]
            or None,
            "pairwise": [list(row) for row in self.pairwise] if self.pairwise else None,
            "ranking": self.names(self.ranking) if self.ranking is not None else None,
            "passed": self.passed,
            "ties": [
                {
                    "stage": tie.stage,
                    "purpose": tie.purpose,
                    "candidates": list(tie.candidates),
                    "chosen": tie.chosen,
                    "method": tie.method,
                }
                for tie in self.ties
            ],
            "seconds": round(self.seconds, 6),
        }
        return {key: value for key, value in document.items() if value is not None}

    def as_document(self) -> dict[str, Any]:
        """The published form: the contract without the time taken, plus what a reader checks.

        Two counts of the same ballots give the same document byte for byte.
        """
        document = self.as_contract()
        del document["seconds"]
        document["candidates"] = list(self.candidates)
        document["papers"] = dict(self.papers)
        document["remarks"] = list(self.remarks)
        if self.working:
            document["working"] = self.working
        for entry, stage in zip(document.get("stages", []), self.stages, strict=True):
            entry["elected"] = self.names(stage.elected)
            entry["excluded"] = self.names(stage.excluded)
            entry["rounding_loss"] = decimal_text(stage.rounding_loss, stage.scale)
            if stage.quota is not None:
                entry["quota"] = decimal_text(stage.quota, stage.scale)
        return document
