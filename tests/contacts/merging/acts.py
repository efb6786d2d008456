"""Merging in tests: looks at the plan and decides by it."""

from __future__ import annotations

from contacts.services.merging import MergePlan, merge_records, plan_merge
from tests.factories import roll


def plan(winner, loser, kind: str = "organisation") -> MergePlan:
    return plan_merge(
        kind=kind, winner_id=winner.pk, loser_id=loser.pk, on=roll.DAY, actor=roll.STAFF
    )


def merge(winner, loser, kind: str = "organisation", **choices: str) -> dict[str, int]:
    moved = merge_records(
        kind=kind, winner_id=winner.pk, loser_id=loser.pk, choices=choices,
        digest=plan(winner, loser, kind).digest, on=roll.DAY, actor=roll.STAFF,
    )  # fmt: skip
    winner.refresh_from_db()
    loser.refresh_from_db()
    return moved
