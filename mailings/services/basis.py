"""On what a mailing to a person rests: a duty that receives this class, or a subscription.

Source: the agencies' public notices, which say what each contact is written to about; Art. 6 (1)
(a), (b), (f) GDPR.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from contacts.models import Membership, RoleAssignment, RoleType
from contacts.services.mail_events import receives
from mailings.enums import LegalBasis, SubscriptionState
from mailings.models import Mailing, Subscription
from mailings.segments.compiler import open_duties


def duties_with_basis(
    mail_class: str, *, on: date, contacts: Collection[int] | None = None
) -> QuerySet[RoleAssignment]:
    """Open duties that receive this class, at organisations that are active on the day: not
    archived, and members still if they ever were."""
    # A role type of which nobody has said what it receives is not limited.
    roles = [
        role.pk
        for role in RoleType.objects.all()
        if not role.receives or mail_class in receives(role)
    ]
    memberships = Membership.objects.filter(organisation=OuterRef("organisation"))
    duties = open_duties(on).filter(
        Exists(memberships.open(on=on)) | ~Exists(memberships),
        role_type__in=roles,
        organisation__archived_on__isnull=True,
    )
    return duties if contacts is None else duties.filter(contact__in=contacts)


def holders(mailing: Mailing, *, on: date, contacts: Collection[int] | None = None) -> set[int]:
    """Contacts whose duty allows this mailing; none for a topic that rests on consent."""
    if needs_subscription(mailing):
        return set()
    found = duties_with_basis(mailing.mail_class, on=on, contacts=contacts)
    return set(found.values_list("contact_id", flat=True))


def needs_subscription(mailing: Mailing) -> bool:
    """Whether only a subscription will do."""
    topic = mailing.topic
    return topic is not None and topic.legal_basis == LegalBasis.CONSENT


def subscribers(mailing: Mailing, addresses: Collection[str] | None = None) -> set[str]:
    """Addresses that are subscribed to the mailing's topic now."""
    if mailing.topic is None:
        return set()
    rows = Subscription.objects.filter(
        topic=mailing.topic, state=SubscriptionState.ACTIVE, address__isnull=False
    )
    if addresses is not None:
        rows = rows.filter(address__in=addresses)
    return {address or "" for address in rows.values_list("address", flat=True)}
