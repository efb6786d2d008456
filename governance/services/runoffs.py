"""A run-off: a new definition on the same roll, linked to the election it follows."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit
from governance.enums import ElectionState
from governance.models import Election
from governance.services.copies import copy_contest, draft_after, free_slug


def runoffs_needed(election: Election) -> dict[str, list[str]]:
    """Contest id → names of the two who go on; empty when every seat is filled."""
    needed = {}
    for entry in (election.report or {}).get("contests", []):
        pair = ((entry["count"] or {}).get("working") or {}).get("runoff")
        if pair:
            needed[entry["id"]] = pair
    return needed


def create_runoff(
    *, election: Election, opens_at: datetime, closes_at: datetime, actor: Actor
) -> Election:
    """Drafts the run-off of every contest without a majority: two best, most votes win, then lot.

    Source: DataCite statutes of 26 April 2022, section 17.5.

    Raises: InvalidTransition before the count; RuleBroken when no run-off is needed.
    """
    if election.state not in (ElectionState.COUNTED, ElectionState.CERTIFIED):
        raise InvalidTransition("A run-off follows a counted election.")
    needed = runoffs_needed(election)
    if not needed:
        raise RuleBroken("Every seat is filled; no run-off is needed.")
    with transaction.atomic():
        runoff = draft_after(
            election,
            actor,
            slug=free_slug(election, "runoff"),
            title=f"{election.title} (run-off)",
            title_de=f"{election.title_de} (Stichwahl)" if election.title_de else "",
            previous=election,
            opens_at=opens_at,
            closes_at=closes_at,
        )
        for contest in election.contests.filter(code__in=needed).order_by("position"):
            copy_contest(runoff, contest, names=needed[contest.code], round="2")
        audit.record(
            election.stream,
            "runoff_drafted",
            actor=actor,
            subject=runoff,
            facts={"contests": len(needed)},
        )
    return runoff
