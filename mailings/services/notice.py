"""Proper notice: which voting members a governance mailing would not reach."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from contacts.models import Organisation, RoleAssignment
from mailings.models import Mailing
from mailings.services.audience import Candidate, candidates


def unreached_members(
    mailing: Mailing, *, on: date, people: Iterable[Candidate] | None = None
) -> QuerySet[Organisation]:
    """Organisations with a vote on the day none of whose voting contacts would get the mailing.

    The operator sees and acknowledges them before a governance mailing starts: the association must
    be able to show that it knew and asked the member for another contact.
    """
    reached = {
        person.contact_id
        for person in (candidates(mailing, on=on) if people is None else people)
        if not person.reason and person.contact_id is not None
    }
    served = [
        organisation_id
        for organisation_id, contact_id in RoleAssignment.objects.open(on=on)
        .filter(role_type__votes=True)
        .values_list("organisation_id", "contact_id")
        if contact_id in reached
    ]
    return Organisation.objects.voting(on=on).exclude(pk__in=served).order_by("name")
