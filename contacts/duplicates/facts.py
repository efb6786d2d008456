"""Reads what is compared of organisations and contacts, in a handful of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from backoffice.core.texts import fold
from contacts.duplicates.scoring import ContactFacts, OrganisationFacts
from contacts.duplicates.words import host_of, initials_of, tokens_of
from contacts.enums import ContactKind, IdentifierKind, NameKind
from contacts.models import (
    Contact,
    ContactAddress,
    Identifier,
    Organisation,
    OrganisationAddress,
    OtherName,
    RoleAssignment,
)

MOST_NAMES = 12


def organisation_facts(*, on: date) -> list[OrganisationFacts]:
    """Every organisation that is neither archived nor merged."""
    others: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for pk, kind, name in OtherName.objects.values_list("organisation", "kind", "name").iterator():
        others[pk].append((kind, name))
    rors = dict(
        Identifier.objects.filter(kind=IdentifierKind.ROR).values_list("organisation", "value")
    )
    places: dict[int, tuple[str, str]] = {}
    for pk, street, code, city in (
        OrganisationAddress.objects.order_by("-kind")
        .values_list("organisation", "street", "post_code", "city").iterator()
    ):  # fmt: skip
        places[pk] = (fold(city), fold(f"{street} {code}") if street and code else "")
    people: dict[int, set[int]] = defaultdict(set)
    duties = RoleAssignment.objects.open(on=on).values_list("organisation", "contact")
    for pk, contact in duties.iterator():
        people[pk].add(contact)
    rows = Organisation.objects.current().filter(merged_into__isnull=True)
    rows = list(rows.values_list("pk", "name", "display_name", "country", "website", "group_email",
                                 "parent").iterator())  # fmt: skip
    hosts = Counter(host_of(row[4]) for row in rows)
    return [_organisation(row, others.get(row[0], []), rors.get(row[0], ""),
                          places.get(row[0], ("", "")), people.get(row[0], set()), hosts)
            for row in rows]  # fmt: skip


def _organisation(row, others, ror, place, people, hosts) -> OrganisationFacts:
    pk, name, shown, country, website, group_email, parent = row
    long = [name, shown, *(text for kind, text in others if kind != NameKind.ACRONYM)]
    names = dict.fromkeys(tokens for text in long if text and (tokens := tokens_of(text)))
    shorts = {fold(text) for kind, text in others if kind == NameKind.ACRONYM}
    shorts |= {initials_of(text) for text in (name, shown)}
    host = host_of(website)
    return OrganisationFacts(
        pk=pk, names=tuple(names)[:MOST_NAMES], shorts=frozenset(shorts - {""}), country=country,
        city=place[0], host=host, host_shared=hosts[host], group_email=group_email.lower(),
        place=place[1], ror=ror, parent=parent, people=frozenset(people),
    )  # fmt: skip


def contact_facts(*, on: date) -> list[ContactFacts]:
    """Every contact that is not removed, merged or restricted (Art. 18: not matched)."""
    addresses: dict[int, set[str]] = defaultdict(set)
    known = ContactAddress.objects.filter(address__isnull=False)
    for pk, address in known.values_list("contact", "address").iterator():
        addresses[pk].add(address or "")
    organisations: dict[int, set[int]] = defaultdict(set)
    for pk, organisation in (
        RoleAssignment.objects.open(on=on).values_list("contact", "organisation").iterator()
    ):
        organisations[pk].add(organisation)
    rows = Contact.objects.mailable().filter(merged_into__isnull=True)
    return [
        ContactFacts(
            pk=pk, given=fold(given), family=fold(family), mailbox=kind == ContactKind.MAILBOX,
            addresses=frozenset(addresses.get(pk, ())), phone=_digits(phone), uid=uid,
            organisations=frozenset(organisations.get(pk, ())),
        )
        for pk, kind, given, family, phone, uid in rows.values_list(
            "pk", "kind", "given_name", "family_name", "phone", "external_uid"
        ).iterator()
    ]  # fmt: skip


def _digits(phone: str) -> str:
    digits = "".join(char for char in phone if char.isdigit())
    return digits if len(digits) > 6 else ""
