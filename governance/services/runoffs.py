"""A run-off: a new definition on the same roll, linked to the election it follows."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user
from governance.enums import ElectionState
from governance.models import Contest, Election, Option, Teller


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
        runoff = Election.objects.create(
            slug=_slug(election),
            title=f"{election.title} (run-off)",
            title_de=f"{election.title_de} (Stichwahl)" if election.title_de else "",
            kind=election.kind,
            body=election.body,
            meeting=election.meeting,
            previous=election,
            opens_at=opens_at,
            closes_at=closes_at,
            record_date=election.record_date,
            class_rule=election.class_rule,
            codes=election.codes,
            publication=election.publication,
            threshold=election.threshold,
            shares=election.shares,
            objection_days=election.objection_days,
            created_by=actor_user(actor),
        )
        for contest in election.contests.filter(code__in=needed).order_by("position"):
            _copy_contest(runoff, contest, needed[contest.code])
        for teller in election.tellers.all():
            Teller.objects.create(election=runoff, user=teller.user, observer=teller.observer)
        audit.record(
            election.stream,
            "runoff_drafted",
            actor=actor,
            subject=runoff,
            facts={"contests": len(needed)},
        )
    return runoff


def _slug(election: Election) -> str:
    number, slug = 2, f"{election.slug[:50]}-runoff"
    while Election.objects.filter(slug=slug).exists():
        slug, number = f"{election.slug[:48]}-runoff-{number}", number + 1
    return slug


def _copy_contest(runoff: Election, contest: Contest, pair: list[str]) -> None:
    copy = Contest.objects.create(
        election=runoff,
        position=contest.position,
        code=contest.code,
        title=contest.title,
        title_de=contest.title_de,
        text=contest.text,
        text_de=contest.text_de,
        rule=contest.rule,
        seats=contest.seats,
        params={**contest.params, "round": "2"},
        classes=contest.classes,
        option_order=contest.option_order,
        seat_class=contest.seat_class,
    )
    for option in contest.options.filter(name__in=pair).order_by("position"):
        Option.objects.create(
            contest=copy,
            position=option.position,
            code=option.code,
            name=option.name,
            name_de=option.name_de,
            statement=option.statement,
            contact=option.contact,
            organisation=option.organisation,
        )
