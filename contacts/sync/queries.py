"""Our records as they ought to be over there, on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from backoffice.delivery.services.suppression import hash_of_normal, suppressed_hashes
from contacts.enums import AddressKind, IdentifierKind
from contacts.models import (
    Contact,
    Identifier,
    Membership,
    MemberType,
    Organisation,
    OrganisationAddress,
    RoleAssignment,
)
from contacts.queries import leads_on, member_types_on
from contacts.sync.enums import SyncState, System
from contacts.sync.mapping import (
    Account,
    Person,
    Values,
    account_values,
    contact_key,
    contact_values,
)
from contacts.sync.models import SyncRecord, SyncRun

BATCH = 500


@dataclass(frozen=True)
class Wanted:
    """One record as it ought to be; ``own`` are the keys of our rows."""

    key: str
    values: Values
    organisation_id: int
    contact_id: int | None = None


def symbols() -> dict[int, str]:
    """Organisation → symbol at the registry; who has none is not known over there."""
    rows = Identifier.objects.filter(kind=IdentifierKind.SYMBOL, organisation__merged_into=None)
    return {org: value.upper() for org, value in rows.values_list("organisation_id", "value")}


def wanted_accounts(*, on: date) -> list[Wanted]:
    """Every organisation with a symbol, leads before their members."""
    known = symbols()
    types, labels = member_types_on(on), dict(MemberType.objects.values_list("code", "label"))
    leads, joined = leads_on(on), _joined(known)
    rors = dict(
        Identifier.objects.filter(kind=IdentifierKind.ROR, organisation__in=known).values_list(
            "organisation_id", "value"
        )
    )
    billing = {
        row.organisation_id: row
        for row in OrganisationAddress.objects.filter(
            kind=AddressKind.BILLING, organisation__in=known
        )
    }
    found = []
    for row in Organisation.objects.filter(pk__in=known).order_by("pk").iterator(BATCH):
        account = Account(
            symbol=known[row.pk],
            name=row.name,
            member_type=labels.get(types.get(row.pk, ""), ""),
            parent=known.get(leads.get(row.pk, 0), ""),
            region=row.region,
            country=row.country,
            ror=rors.get(row.pk, ""),
            kind=row.organisation_type,
            focus=row.focus_area,
            for_profit=row.for_profit,
            joined=joined.get(row.pk),
            active=row.pk in types and row.archived_on is None,
            website=row.website,
            doi_estimate=row.doi_estimate,
            billing=_address(billing.get(row.pk)),
        )
        found.append(Wanted(known[row.pk], account_values(account), row.pk))
    # A parent is named by its external id, so it has to be there first.
    return sorted(found, key=lambda item: bool(item.values["Parent"]))


def _joined(organisations: Iterable[int]) -> dict[int, date]:
    rows = Membership.objects.filter(organisation__in=list(organisations)).order_by("-valid_from")
    return dict(rows.values_list("organisation_id", "valid_from"))


def _address(row: OrganisationAddress | None) -> dict[str, str]:
    names = ("street", "city", "post_code", "state_code", "country")
    return {name: getattr(row, name) for name in names} if row else {}


def wanted_contacts(*, on: date) -> list[Wanted]:
    """Every living, unrestricted contact with an address and a duty today, once an organisation."""
    known = symbols()
    roles: dict[tuple[int, int], list[str]] = defaultdict(list)
    duties = RoleAssignment.objects.open(on=on).filter(organisation__in=known)
    for contact, org, code, order in duties.values_list(
        "contact_id", "organisation_id", "role_type__code", "order"
    ):
        roles[contact, org].append(code if order == 1 else f"secondary_{code}")
    people = mailable_people({contact for contact, _org in roles})
    stopped = opted_out({email for _given, _family, email in people.values()})
    found = []
    for (contact, org), codes in sorted(roles.items()):
        if contact not in people:
            continue
        given, family, email = people[contact]
        person = Person(
            contact_key(contact, org), known[org], given, family, email, tuple(codes),
            opted_out=email in stopped,
        )  # fmt: skip
        found.append(Wanted(person.uid, contact_values(person), org, contact))
    return found


def opted_out(addresses: Iterable[str]) -> set[str]:
    """Those whose owner has stopped all optional mail."""
    hashes = {hash_of_normal(address): address for address in addresses}
    return {hashes[one] for one in suppressed_hashes(hashes, scopes=("all", "optional"))}


def mailable_people(ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """Contact → given name, family name, current address; the removed and restricted are not in."""
    rows = Contact.objects.mailable().filter(
        pk__in=list(ids), addresses__valid_until=None, addresses__primary=True,
        addresses__address__isnull=False,
    )  # fmt: skip
    return {
        pk: (given, family, address)
        for pk, given, family, address in rows.values_list(
            "pk", "given_name", "family_name", "addresses__address"
        )
    }


def known_records(object_type: str) -> dict[str, SyncRecord]:
    """Key → what is known of it over there."""
    rows = SyncRecord.objects.filter(system=System.SALESFORCE, object_type=object_type)
    return {row.key: row for row in rows.select_related("contact")}


def attention() -> int:
    """Records that a person must look at: refused ones, and those changed over there."""
    return SyncRecord.objects.filter(state__in=[SyncState.REFUSED, SyncState.DRIFTED]).count()


def latest_runs() -> dict[str, SyncRun]:
    """System → its latest run."""
    latest = {system: SyncRun.objects.filter(system=system).first() for system in System.values}
    return {system: run for system, run in latest.items() if run is not None}
