"""What may have changed between planning and hand-off: asked by the mail engine for claimed rows."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.core import dates
from backoffice.delivery.models import Delivery
from contacts.models import Contact, ContactAddress
from mailings.enums import FollowUp, MailingState
from mailings.models import Mailing
from mailings.segments.compiler import contacts_matching
from mailings.services.basis import holders, subscribers

CANCELLED = "cancelled"
REMOVED = "removed or restricted"
ADDRESS = "address has ended"
ENDED = "duty or subscription has ended"
OUTSIDE = "no longer in the segment"


def recheck(deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Delivery id → why it must not leave any more. Nobody is added, whatever has changed."""
    reasons: dict[int, str] = {}
    by_mailing: dict[int, list[Delivery]] = {}
    for row in deliveries:
        by_mailing.setdefault(row.mailing_ref or 0, []).append(row)
    mailings = Mailing.objects.select_related("topic", "segment").in_bulk(by_mailing)
    for number, rows in by_mailing.items():
        mailing = mailings.get(number)
        if mailing is None or mailing.state == MailingState.CANCELLED:
            reasons.update({row.pk: CANCELLED for row in rows})
        else:
            reasons.update(_of_mailing(mailing, rows))
    return reasons


def _of_mailing(mailing: Mailing, rows: list[Delivery]) -> dict[int, str]:
    today = dates.today()
    contacts = {row.contact_ref for row in rows if row.contact_ref}
    living = set(Contact.objects.mailable().filter(pk__in=contacts).values_list("pk", flat=True))
    current = set(
        ContactAddress.objects.filter(
            contact__in=contacts, valid_until__isnull=True, address__isnull=False
        ).values_list("contact_id", "address")
    )
    by_duty = holders(mailing, on=today, contacts=contacts)
    by_topic = subscribers(mailing, [row.address for row in rows])
    inside = _inside(mailing, contacts)
    reasons = {}
    for row in rows:
        contact = row.contact_ref
        if contact is not None and contact not in living:
            reasons[row.pk] = REMOVED
        elif contact is not None and mailing.segment and (contact, row.address) not in current:
            reasons[row.pk] = ADDRESS
        elif row.address not in by_topic and contact not in by_duty:
            reasons[row.pk] = ENDED
        elif inside is not None and contact not in inside:
            reasons[row.pk] = OUTSIDE
    return reasons


def _inside(mailing: Mailing, contacts: set[int]) -> set[int] | None:
    """Who of them the frozen rule still names today; None where no rule applies."""
    frozen = mailing.frozen.get("segment")
    if frozen is None or mailing.follow_kind == FollowUp.CORRECTION:
        return None
    people = contacts_matching(frozen["rule"], on=dates.today()).filter(pk__in=contacts)
    return set(people.values_list("pk", flat=True))
