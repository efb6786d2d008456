"""Proposing another person: asked by mail, a contact only after a yes, forgotten after a no."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.services import audit
from backoffice.core.tokens import derived_token
from backoffice.delivery.services import queue_message
from contacts.models import Contact, Organisation
from contacts.services.people import create_contact, find_contact
from governance.enums import NominationOrigin, NominationState
from governance.models import Contest, Nomination
from governance.services.nominations import check_call, checked, create, move

#: One person proposes at most so many for one contest: a call is no mailing list.
MOST_PROPOSALS = 10
#: A name and an address we hold only to ask.
NOBODY = {"given_name": "", "family_name": "", "address": ""}


def propose_candidate(
    *,
    contest: Contest,
    organisation: Organisation,
    given_name: str,
    family_name: str,
    address: str,
    proposer: Contact,
    on: date,
    actor: Actor,
) -> Nomination:
    """Somebody proposes another person, who is asked by mail and says yes or no by a link.

    Name and address of a person we do not know stay on the nomination until they accept.

    Raises: RuleBroken after the last day, or above ten proposals of one person in a contest;
        BadInput for an unusable address or a person who is nominated already.
    """
    check_call(contest, on)
    normal = normalise_address(address)
    if contest.nominations.filter(proposed_by=proposer).count() >= MOST_PROPOSALS:
        raise RuleBroken(f"At most {MOST_PROPOSALS} proposals a person.", code="too_many")
    known = find_contact(normal)
    stranger = {
        "given_name": given_name.strip(),
        "family_name": family_name.strip(),
        "address": normal,
    }
    with transaction.atomic():
        nomination = create(contest, organisation, NominationOrigin.MEMBER, on, contact=known,
                             proposed_by=proposer, **({} if known else stranger))  # fmt: skip
        audit.record(contest.election.stream, "nominated", actor=actor, subject=nomination)
        _queue_question(nomination)
    return nomination


def ask_candidate(*, nomination: Nomination, actor: Actor) -> Nomination:
    """Mails the candidate a link to say yes or no; a repeat on another day sends it again.

    Raises: RuleBroken when answered already or where no address is known.
    """
    if nomination.state != NominationState.PROPOSED:
        raise RuleBroken("The candidate has answered already.")
    with transaction.atomic():
        _queue_question(nomination)
        audit.record(
            nomination.contest.election.stream, "candidate_asked", actor=actor, subject=nomination
        )
    return nomination


def _queue_question(nomination: Nomination) -> None:
    contact = nomination.contact
    row = (
        contact.addresses.filter(valid_until__isnull=True, primary=True).first()
        if contact
        else None
    )
    address = (row.address if row else "") or nomination.address
    if not address:
        raise RuleBroken("No address of the candidate is known.", code="no_address")
    queue_message(
        kind="governance.candidate_asked",
        mail_class="governance",
        address=address,
        dedupe_key=f"governance.candidate_asked:{nomination.pk}",
        about=f"governance.nomination:{nomination.pk}",
        contact_id=contact.pk if contact else None,
        organisation_id=nomination.organisation_id,
        language=contact.language if contact else "en-gb",
    )


def answer_token(nomination: Nomination) -> str:
    """The secret of the candidate's link; it dies when the paper is fixed."""
    return derived_token("nomination", nomination.pk, nomination.received_on)


def accept_nomination(
    *,
    nomination: Nomination,
    on: date,
    actor: Actor,
    statement: str = "",
    photo: StoredDocument | None = None,
) -> Nomination:
    """The candidate says yes; a person who is no contact yet becomes one.

    Raises: InvalidTransition when answered already.
    """
    text = checked(statement)
    with transaction.atomic():
        also: dict[str, object] = {"statement": text} if text else {}
        if photo is not None:
            also["photo"] = photo
        if nomination.contact is None and nomination.address:
            also |= {"contact": _contact_of(nomination, on, actor), **NOBODY}
        move(nomination, NominationState.ACCEPTED, "nomination_accepted", actor, also=also)
    return nomination


def _contact_of(nomination: Nomination, on: date, actor: Actor) -> Contact:
    return find_contact(nomination.address) or create_contact(
        address=nomination.address,
        given_name=nomination.given_name,
        family_name=nomination.family_name,
        source="nomination",
        on=on,
        actor=actor,
    )


def decline_nomination(*, nomination: Nomination, actor: Actor) -> Nomination:
    """The candidate says no; a name and address we hold for the question only are dropped."""
    return move(nomination, NominationState.DECLINED, "nomination_declined", actor, also=NOBODY)
