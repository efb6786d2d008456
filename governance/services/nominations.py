"""Nominations: accepted by the candidate, checked, put on the ballot; a slate exceeds the seats."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.text import slugify

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from contacts.models import Contact, Organisation
from governance.enums import (
    NOMINATION_TRANSITIONS,
    ElectionState,
    NominationOrigin,
    NominationState,
)
from governance.models import Contest, Nomination, Option
from governance.services.bodies import eligibility

#: Source: Crossref by-laws as described on its governance pages: ten members support an
#: independent candidate.
SUPPORTERS_NEEDED = 10
MOST_STATEMENT = 4000


def nominate(
    *,
    contest: Contest,
    organisation: Organisation,
    contact: Contact,
    statement: str,
    by_candidate: bool,
    on: date,
    actor: Actor,
) -> Nomination:
    """A nomination that comes in while the call is open; one's own is accepted with it.

    Raises: RuleBroken after the last day or without a call; BadInput for a second nomination of
        the same person or a statement above 4,000 characters.
    """
    election = contest.election
    last = election.nominations_until
    if election.state != ElectionState.DRAFT or last is None or on > last:
        raise RuleBroken("Nominations are closed.", code="nominations_closed")
    if len(statement) > MOST_STATEMENT:
        raise BadInput("A statement has at most 4,000 characters.", where="statement")
    if contest.nominations.filter(contact=contact).exists():
        raise BadInput("This person is nominated already.", code="nominated", where="contact")
    with transaction.atomic():
        nomination = Nomination.objects.create(
            contest=contest,
            contact=contact,
            organisation=organisation,
            origin=NominationOrigin.SELF if by_candidate else NominationOrigin.MEMBER,
            received_on=on,
            statement=statement.strip(),
        )
        audit.record(election.stream, "nominated", actor=actor, subject=nomination)
        if by_candidate:
            _move(nomination, NominationState.ACCEPTED, "nomination_accepted", actor)
    return nomination


def accept_nomination(*, nomination: Nomination, actor: Actor) -> Nomination:
    """The candidate says yes."""
    return _move(nomination, NominationState.ACCEPTED, "nomination_accepted", actor)


def decline_nomination(*, nomination: Nomination, actor: Actor) -> Nomination:
    """The candidate says no."""
    return _move(nomination, NominationState.DECLINED, "nomination_declined", actor)


def refuse_nomination(*, nomination: Nomination, reason: str, actor: Actor) -> Nomination:
    """The committee finds the candidate not eligible, with the reason."""
    return _move(nomination, NominationState.REFUSED, "nomination_refused", actor, reason)


def list_nomination(*, nomination: Nomination, on: date, actor: Actor) -> Option:
    """Puts an accepted candidate on the ballot as an option of the contest.

    Raises: RuleBroken when not eligible (every reason is named), when an independent lacks
        supporters, or once the definition is fixed.
    """
    contest = nomination.contest
    election = contest.election
    if election.state != ElectionState.DRAFT:
        raise RuleBroken("The definition is fixed; the ballot cannot change any more.")
    if election.body is not None:
        found = eligibility(
            body=election.body,
            organisation=nomination.organisation,
            contact=nomination.contact,
            on=on,
        )
        if not found.eligible:
            raise RuleBroken("Not eligible: " + ", ".join(found.reasons))
    if nomination.origin == NominationOrigin.INDEPENDENT:
        support = nomination.supporters.count()
        if support < SUPPORTERS_NEEDED:
            raise RuleBroken(
                f"An independent candidate needs {SUPPORTERS_NEEDED} supporting members; "
                f"there are {support}."
            )
    with transaction.atomic():
        _move(nomination, NominationState.LISTED, "nomination_listed", actor)
        return Option.objects.create(
            contest=contest,
            position=contest.options.count() + 1,
            code=_code(contest, str(nomination)),
            name=str(nomination),
            statement=nomination.statement,
            contact=nomination.contact,
            organisation=nomination.organisation,
        )


def _code(contest: Contest, name: str) -> str:
    base = (slugify(name) or "candidate")[:34].strip("-")
    taken = set(contest.options.values_list("code", flat=True))
    code, number = base, 2
    while code in taken:
        code, number = f"{base}-{number}", number + 1
    return code


def slate_exceeds_seats(contest: Contest) -> bool:
    """Whether the committee's slate offers a choice: more candidates than seats."""
    slate = contest.nominations.filter(
        origin=NominationOrigin.SLATE,
        state__in=[NominationState.ACCEPTED, NominationState.LISTED],
    )
    return slate.count() > contest.seats


def _move(
    nomination: Nomination, to: str, action: str, actor: Actor, reason: str = ""
) -> Nomination:
    with transaction.atomic():
        transition(
            nomination,
            to=to,
            table=NOMINATION_TRANSITIONS,
            actor=actor,
            also={"reason": reason} if reason else None,
            reason=reason,
        )
        audit.record(
            f"election:{nomination.contest.election_id}", action, actor=actor, subject=nomination
        )
    return nomination
