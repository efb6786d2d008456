"""A new draft from an election: a fixed definition never changes, a new one takes over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user
from governance.models import Contest, Election, Option, Teller


def copy_election(
    *, election: Election, opens_at: datetime, closes_at: datetime, actor: Actor
) -> Election:
    """A draft with the same contests, options, tellers and rules; roll, keys and votes are not taken.

    The record date stays where it was until somebody changes it in the draft.
    """
    with transaction.atomic():
        draft = draft_after(
            election,
            actor,
            slug=free_slug(election, "copy"),
            title=election.title,
            title_de=election.title_de,
            previous=election.previous,
            nominations_until=None,
            proxy=election.proxy,
            opens_at=opens_at,
            closes_at=closes_at,
        )
        for contest in election.contests.order_by("position"):
            copy_contest(draft, contest)
        audit.record(election.stream, "copied", actor=actor, subject=draft)
    return draft


def draft_after(election: Election, actor: Actor, **fields: Any) -> Election:
    """A draft with the standing settings and the tellers of another election."""
    draft = Election.objects.create(
        kind=election.kind,
        body=election.body,
        meeting=election.meeting,
        record_date=election.record_date,
        class_rule=election.class_rule,
        codes=election.codes,
        publication=election.publication,
        threshold=election.threshold,
        shares=election.shares,
        objection_days=election.objection_days,
        created_by=actor_user(actor),
        **fields,
    )
    for teller in election.tellers.all():
        Teller.objects.create(election=draft, user=teller.user, observer=teller.observer)
    return draft


def free_slug(election: Election, suffix: str) -> str:
    """An address on the web nobody has yet."""
    number, slug = 2, f"{election.slug[:50]}-{suffix}"
    while Election.objects.filter(slug=slug).exists():
        slug, number = f"{election.slug[:48]}-{suffix}-{number}", number + 1
    return slug


def copy_contest(
    target: Election, contest: Contest, *, names: list[str] | None = None, **params: str
) -> Contest:
    """The contest with its options (those of ``names``, or all), further parameters on top."""
    copy = Contest.objects.create(
        election=target,
        position=contest.position,
        code=contest.code,
        title=contest.title,
        title_de=contest.title_de,
        text=contest.text,
        text_de=contest.text_de,
        rule=contest.rule,
        seats=contest.seats,
        params={**contest.params, **params},
        classes=contest.classes,
        option_order=contest.option_order,
        seat_class=contest.seat_class,
    )
    options = contest.options.order_by("position")
    for option in options if names is None else options.filter(name__in=names):
        Option.objects.create(
            contest=copy,
            position=option.position,
            code=option.code,
            name=option.name,
            name_de=option.name_de,
            statement=option.statement,
            photo=option.photo,
            contact=option.contact,
            organisation=option.organisation,
        )
    return copy
