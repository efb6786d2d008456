"""Who a case is about: ids, addresses, names and organisations, gathered in memory only."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from backoffice.core.models import User
from backoffice.core.personal_data import Subject
from contacts.models import Contact, ContactAddress
from contacts.privacy.models import PrivacyCase


def subject_of_contact(
    contact: Contact, *, extra_addresses: frozenset[str] = frozenset()
) -> Subject:
    """Everything the roll knows of the person, history of names and addresses included, and what
    the login knows."""
    addresses = {*extra_addresses, *_all_addresses(contact.pk)}
    names = {(contact.given_name, contact.family_name)}
    phones, ids = {contact.phone}, {contact.external_uid}
    merged = Contact.objects.filter(merged_into=contact.pk).values_list("pk", flat=True)
    for given, family, phone, uid in Contact.history.filter(
        id__in=[contact.pk, *merged]
    ).values_list("given_name", "family_name", "phone", "external_uid"):
        names.add((given, family))
        phones.add(phone)
        ids.add(uid)
    user = contact.user
    if user is not None:
        addresses |= _login_addresses(user)
        names.add(_parted(user.name))
        ids |= set(SocialAccount.objects.filter(user=user).values_list("uid", flat=True))
    return Subject(
        contact_id=contact.pk,
        user_id=user.pk if user else None,
        addresses=frozenset(address.lower() for address in addresses if address),
        names=frozenset(name for name in names if any(name)),
        phones=frozenset(phone for phone in phones if phone),
        ids=frozenset(uid for uid in ids if uid),
        organisation_ids=frozenset(contact.duties.values_list("organisation_id", flat=True)),
    )


def _all_addresses(contact_id: int) -> set[str]:
    """Addresses of the contact today, before, and in earlier versions."""
    rows = ContactAddress.objects.filter(contact_id=contact_id)
    past = ContactAddress.history.filter(contact_id=contact_id)
    return {
        value
        for found in (rows, past)
        for value in found.values_list("address", flat=True)
        if value
    }


def _login_addresses(user: User) -> set[str]:
    more = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {user.email, *more}


def _parted(name: str) -> tuple[str, str]:
    """The last word as the family name: a login keeps the name in one field."""
    given, _space, family = name.strip().rpartition(" ")
    return given, family


def subject_of_case(case: PrivacyCase) -> Subject:
    """The person of the case; without a known contact, the bare address."""
    own = frozenset({case.address.lower()} if case.address else ())
    if case.contact is not None:
        return subject_of_contact(case.contact, extra_addresses=own)
    return Subject(addresses=own)
