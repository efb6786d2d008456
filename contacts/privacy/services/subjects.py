"""Who a case is about: ids, addresses, names and organisations, gathered in memory only."""

from __future__ import annotations

from backoffice.core.personal_data import Subject
from contacts.models import Contact, ContactAddress
from contacts.privacy.models import PrivacyCase


def subject_of_contact(
    contact: Contact, *, extra_addresses: frozenset[str] = frozenset()
) -> Subject:
    """Everything the roll knows of the person, history of names and addresses included."""
    addresses = set(extra_addresses)
    addresses |= {
        value
        for value in ContactAddress.objects.filter(contact=contact).values_list(
            "address", flat=True
        )
        if value
    }
    address_history = ContactAddress.history.filter(contact_id=contact.pk)
    addresses |= {value for value in address_history.values_list("address", flat=True) if value}
    names = {(contact.given_name, contact.family_name)}
    phones = {contact.phone}
    for given, family, phone in Contact.history.filter(id=contact.pk).values_list(
        "given_name", "family_name", "phone"
    ):
        names.add((given, family))
        phones.add(phone)
    user = contact.user
    if user is not None:
        addresses.add(user.email)
    return Subject(
        contact_id=contact.pk,
        user_id=user.pk if user else None,
        addresses=frozenset(address.lower() for address in addresses),
        names=frozenset(name for name in names if any(name)),
        phones=frozenset(phone for phone in phones if phone),
        organisation_ids=frozenset(contact.duties.values_list("organisation_id", flat=True)),
    )


def subject_of_case(case: PrivacyCase) -> Subject:
    """The person of the case; without a known contact, the bare address."""
    own = frozenset({case.address.lower()} if case.address else ())
    if case.contact is not None:
        return subject_of_contact(case.contact, extra_addresses=own)
    return Subject(addresses=own)
