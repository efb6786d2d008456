"""Members support independent candidates; who speaks for a member."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import NotAllowed, RuleBroken
from backoffice.core.services import audit
from contacts.models import Contact, Organisation
from governance.enums import NominationOrigin, NominationState
from governance.models import Nomination, Supporter
from governance.services.nominations import check_call

OPEN_STATES = (NominationState.PROPOSED, NominationState.ACCEPTED)


def support_nomination(
    *, nomination: Nomination, organisation: Organisation, contact: Contact, on: date, actor: Actor
) -> Supporter:
    """A member supports an independent candidate through its voting contact; a repeat is the same.

    Raises: RuleBroken after the last day or for a candidate of the committee; NotAllowed unless
        the contact votes for the member and the member has a vote.
    """
    check_call(nomination.contest, on)
    independent = nomination.origin == NominationOrigin.INDEPENDENT
    if not independent or nomination.state not in OPEN_STATES:
        raise RuleBroken(
            "Only an independent candidate gathers supporters.", code="not_independent"
        )
    if not votes_for(contact, organisation, on):
        raise NotAllowed("Only the voting contact speaks for a member.", code="no_vote")
    if organisation.pk == nomination.organisation_id:
        raise RuleBroken("Supporters are other members.", code="own_member")
    with transaction.atomic():
        supporter, created = Supporter.objects.get_or_create(
            nomination=nomination,
            organisation=organisation,
            defaults={"contact": contact, "supported_on": on},
        )
        if created:
            audit.record(
                nomination.contest.election.stream, "supported", actor=actor, subject=nomination,
                facts={"organisation": organisation.pk},
            )  # fmt: skip
    return supporter


def votes_for(contact: Contact, organisation: Organisation, on: date) -> bool:
    """Whether the contact holds a voting duty of a member that has a vote that day."""
    duty = contact.duties.open(on=on).filter(organisation=organisation, role_type__votes=True)
    voting = Organisation.objects.voting(on=on).filter(pk=organisation.pk)
    return duty.exists() and voting.exists()
