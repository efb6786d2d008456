"""The call for nominations: who stands, with statement and picture, while the call is open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import IntegrityError, transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.services import audit
from backoffice.core.services.documents import store_new
from backoffice.core.transitions import guarded_update, transition
from contacts.models import Contact, Organisation
from governance.enums import (
    NOMINATION_TRANSITIONS,
    ElectionState,
    NominationOrigin,
    NominationState,
)
from governance.models import Contest, Nomination
from governance.photos import passport_photo

MOST_STATEMENT = 4000


def call_is_open(contest: Contest, on: date) -> bool:
    """Whether nominations come in on that day, the last day included."""
    last = contest.election.nominations_until
    return contest.election.state == ElectionState.DRAFT and last is not None and on <= last


def check_call(contest: Contest, on: date) -> None:
    """Raises: RuleBroken after the last day or without a call."""
    if not call_is_open(contest, on):
        raise RuleBroken("Nominations are closed.", code="nominations_closed")


def nominate(
    *,
    contest: Contest,
    organisation: Organisation,
    contact: Contact,
    statement: str,
    on: date,
    actor: Actor,
    independent: bool = False,
    photo: StoredDocument | None = None,
) -> Nomination:
    """Somebody stands for an office; the own nomination is accepted with it.

    An independent candidate bypasses the committee and needs supporting members instead.

    Raises: RuleBroken after the last day or without a call; BadInput for a second nomination of
        the same person or a statement above 4,000 characters.
    """
    check_call(contest, on)
    origin = NominationOrigin.INDEPENDENT if independent else NominationOrigin.SELF
    with transaction.atomic():
        nomination = create(contest, organisation, origin, on, contact=contact,
                             statement=checked(statement), photo=photo)  # fmt: skip
        audit.record(contest.election.stream, "nominated", actor=actor, subject=nomination)
        move(nomination, NominationState.ACCEPTED, "nomination_accepted", actor)
    return nomination


def create(
    contest: Contest, organisation: Organisation, origin: str, on: date, **fields
) -> Nomination:
    """The row of a nomination. Raises: BadInput when the person is nominated already."""
    contact = fields.get("contact")
    if contact is not None and contest.nominations.filter(contact=contact).exists():
        raise BadInput("This person is nominated already.", code="nominated", where="contact")
    try:
        with transaction.atomic():
            return Nomination.objects.create(
                contest=contest, organisation=organisation, origin=origin, received_on=on, **fields
            )
    except IntegrityError as error:
        raise BadInput(
            "This person is nominated already.", code="nominated", where="contact"
        ) from error


def checked(statement: str) -> str:
    """The statement without outer space. Raises: BadInput above 4,000 characters."""
    if len(statement) > MOST_STATEMENT:
        raise BadInput("A statement has at most 4,000 characters.", where="statement")
    return statement.strip()


def store_photo(content: bytes) -> StoredDocument:
    """The picture made uniform and stored, outside a transaction. Raises: BadInput."""
    return store_new(
        passport_photo(content),
        kind="governance.photo",
        subject="governance.nomination",
        file_name="candidate.jpg",
        media_type="image/jpeg",
    )


def withdraw_nomination(*, nomination: Nomination, reason: str, actor: Actor) -> Nomination:
    """The candidate steps back. A candidate on the ballot stays printed until it is fixed.

    Raises: RuleBroken once the definition is fixed.
    """
    if nomination.contest.election.state != ElectionState.DRAFT:
        raise RuleBroken("The definition is fixed; the ballot cannot change any more.")
    with transaction.atomic():
        nomination.contest.options.filter(contact=nomination.contact_id).exclude(
            contact=None
        ).delete()
        move(nomination, NominationState.WITHDRAWN, "nomination_withdrawn", actor, reason)
    return nomination


def change_candidature(
    *, nomination: Nomination, statement: str, photo: StoredDocument | None, on: date, actor: Actor
) -> Nomination:
    """The candidate rewrites statement and picture while the call is open.

    Raises: RuleBroken after the last day; InvalidTransition when meanwhile listed or refused.
    """
    check_call(nomination.contest, on)
    fields: dict[str, object] = {"statement": checked(statement)}
    if photo is not None:
        fields["photo"] = photo
    with transaction.atomic():
        guarded_update(
            nomination, expect={"state": NominationState.ACCEPTED}, set=fields, actor=actor
        )
        audit.record(
            nomination.contest.election.stream,
            "candidature_changed",
            actor=actor,
            subject=nomination,
        )
    return nomination


def move(
    nomination: Nomination,
    to: str,
    action: str,
    actor: Actor,
    reason: str = "",
    also: Mapping[str, object] | None = None,
) -> Nomination:
    """One step of a nomination, guarded, with history and an entry in the election's chain."""
    facts = dict(also or {}) | ({"reason": reason} if reason else {})
    with transaction.atomic():
        transition(
            nomination, to=to, table=NOMINATION_TRANSITIONS, actor=actor, also=facts, reason=reason
        )
        audit.record(
            f"election:{nomination.contest.election_id}", action, actor=actor, subject=nomination
        )
    return nomination
