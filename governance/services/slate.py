"""The committee's side of a call: who is eligible, who stands on the ballot, the size of the slate."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.text import slugify

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from governance.enums import ElectionState, NominationOrigin, NominationState
from governance.models import Contest, Nomination, Option
from governance.services.bodies import eligibility
from governance.services.nominations import move

#: Source: Crossref by-laws as described on its governance pages: ten members support an
#: independent candidate.
SUPPORTERS_NEEDED = 10


def refuse_nomination(*, nomination: Nomination, reason: str, actor: Actor) -> Nomination:
    """The committee finds the candidate not eligible, with the reason."""
    return move(nomination, NominationState.REFUSED, "nomination_refused", actor, reason)


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
    _check_support(nomination)
    with transaction.atomic():
        move(nomination, NominationState.LISTED, "nomination_listed", actor)
        return Option.objects.create(
            contest=contest,
            position=contest.options.count() + 1,
            code=_code(contest, str(nomination)),
            name=str(nomination),
            statement=nomination.statement,
            photo=nomination.photo,
            contact=nomination.contact,
            organisation=nomination.organisation,
        )


def _check_support(nomination: Nomination) -> None:
    if nomination.origin != NominationOrigin.INDEPENDENT:
        return
    support = nomination.supporters.count()
    if support < SUPPORTERS_NEEDED:
        raise RuleBroken(
            f"An independent candidate needs {SUPPORTERS_NEEDED} supporting members; "
            f"there are {support}."
        )


def _code(contest: Contest, name: str) -> str:
    base = (slugify(name) or "candidate")[:34].strip("-")
    taken = set(contest.options.values_list("code", flat=True))
    code, number = base, 2
    while code in taken:
        code, number = f"{base}-{number}", number + 1
    return code


def short_slates(contests: list[Contest]) -> list[tuple[Contest, int]]:
    """Contests whose slate offers no choice, with the number of its candidates.

    The slate is everybody on the ballot who did not come by supporters of their own. Contests
    nobody was nominated for (motions, lists typed by hand) have no slate.
    """
    short = []
    for contest in contests:
        listed = contest.nominations.filter(state=NominationState.LISTED)
        slate = listed.exclude(origin=NominationOrigin.INDEPENDENT).count()
        if listed.exists() and slate <= contest.seats:
            short.append((contest, slate))
    return short
