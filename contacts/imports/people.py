"""Writes one contact of an import with its duties and suppressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput
from backoffice.core.texts import fold
from backoffice.delivery.services import address_hash, suppressed_scopes
from contacts.enums import ContactKind, DutyRuleKind
from contacts.imports.batch import Batch
from contacts.imports.duties import write_duties
from contacts.imports.organisations import find_organisation, prepare_organisations
from contacts.imports.values import looks_like_mailbox
from contacts.models import (
    Contact,
    ContactAddress,
    DutyRule,
    RoleAssignment,
    RoleType,
)
from contacts.registry import RowResult


@dataclass
class ContactRecord:
    """What a row says about a person and the duties held for one organisation."""

    email: str
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    uid: str = ""
    organisation_keys: list[tuple[str, str]] = field(default_factory=list)
    organisation_name: str = ""
    country: str = ""
    roles: list[tuple[str, int]] = field(default_factory=list)
    since: date | None = None
    deleted_on: date | None = None
    deleted: bool = False
    # (scope, reason) pairs for the suppression ledger.
    suppressions: list[tuple[str, str]] = field(default_factory=list)
    # Rows of a mailing list: known people only get their state, unknown ones no contact.
    list_only: bool = False


def address_or_none(email: str) -> str:
    try:
        return normalise_address(email)
    except BadInput:
        return ""


def prepare_people(records: list[ContactRecord], batch: Batch) -> None:
    """Loads addresses, organisations, duties and suppressions of a chunk in a handful of queries."""
    prepare_organisations(
        [key for record in records for key in record.organisation_keys],
        [record.organisation_name for record in records],
        batch,
    )
    addresses = {address_or_none(record.email) for record in records} - {""}
    fresh = addresses - batch.looked_up["address"]
    batch.looked_up["address"] |= fresh
    rows = ContactAddress.objects.filter(
        address__in=fresh, valid_until__isnull=True
    ).select_related("contact")
    contacts = []
    for row in rows:
        batch.known["address"][row.address] = row.contact
        contacts.append(row.contact_id)
    hashes = {address_hash(address): address for address in fresh}
    for digest, scope in suppressed_scopes(hashes):
        batch.known["suppressed"][(hashes[digest], scope)] = True
        if scope == "all":
            batch.known["removed"][hashes[digest]] = True
    organisations = {
        row.pk
        for record in records
        for key in record.organisation_keys
        if (row := batch.known["organisation"].get(key)) is not None and row.pk  # type: ignore[assignment]
    } | {
        row.pk
        for record in records
        for row in batch.known["name"].get(fold(record.organisation_name), [])
        if row.pk
    }
    organisations -= batch.looked_up["duties"]
    batch.looked_up["duties"] |= organisations
    open_duties = RoleAssignment.objects.not_ended().select_related("contact")
    for duty in open_duties.filter(organisation__in=organisations):
        batch.known["duty"][(duty.organisation_id, duty.role_type_id, duty.order)] = duty
    _prepare_rules(contacts, batch)


def _prepare_rules(contacts: list[int], batch: Batch) -> None:
    if not batch.known["role"]:
        batch.known["role"].update({row.code: row for row in RoleType.objects.all()})
        batch.known["exclusive"].update(
            dict.fromkeys(
                DutyRule.objects.filter(kind=DutyRuleKind.ONE_ORGANISATION).values_list(
                    "role_type_id", flat=True
                ),
                True,
            )
        )
    for contact_id, role_id, organisation_id in (
        RoleAssignment.objects.not_ended()
        .filter(contact__in=contacts, exclusive=True)
        .values_list("contact_id", "role_type_id", "organisation_id")
    ):
        batch.known["serves"][(contact_id, role_id)] = organisation_id


def write_contact(record: ContactRecord, batch: Batch) -> RowResult:
    """Creates or updates the contact, its duties and its suppressions.

    A known address with another name is a decision row, never an overwrite.

    Raises: BadInput for a row that cannot be used.
    """
    if not record.email:
        raise BadInput("The row has no e-mail address.", where="email")
    try:
        address = normalise_address(record.email)
    except BadInput as error:
        raise BadInput(error.message, where="email") from error
    if address in batch.known["removed"]:
        raise BadInput(
            "The person behind this address asked to be removed; nothing of the row is stored.",
            code="address_removed", where="email",
        )  # fmt: skip
    if len(record.given_name) > 200 or len(record.family_name) > 200:
        raise BadInput("The name is longer than 200 characters.", where="name")
    organisation = None
    if record.organisation_keys or record.organisation_name:
        organisation = find_organisation(
            batch, record.organisation_keys, record.organisation_name, record.country
        )
        if organisation is None:
            said = record.organisation_name or record.organisation_keys[0][1]
            raise BadInput(
                f"The organisation “{said[:80]}” is not known; import organisations first.",
                where="organisation",
            )
    contact = batch.known["address"].get(address)
    if contact is None and (record.list_only or record.deleted):
        _suppress_later(record, address, batch)
        return RowResult("updated" if record.suppressions else "unchanged")
    if contact is not None and contact.restricted_at is not None:
        raise BadInput(
            "The use of this person's data is restricted (Art. 18 GDPR); the row is not applied.",
            code="restricted", where="email",
        )  # fmt: skip
    created = contact is None
    if contact is None:
        contact = _new_contact(record, address, batch)
        changes = 1
    else:
        changes = _update_contact(contact, record, batch)
    if organisation is not None:
        changes += write_duties(contact, organisation, record, batch)
    changes += _suppress_later(record, address, batch)
    return RowResult("created" if created else "updated" if changes else "unchanged")


def _new_contact(record: ContactRecord, address: str, batch: Batch) -> Contact:
    mailbox = looks_like_mailbox(address, record.given_name, record.family_name)
    contact = batch.create(
        Contact(
            kind=ContactKind.MAILBOX if mailbox else ContactKind.PERSON,
            given_name=record.given_name,
            family_name=record.family_name,
            phone=record.phone[:60],
            external_uid=record.uid[:64],
            source=batch.options.get("source", ""),
        )
    )
    contact.derive()
    batch.create(
        ContactAddress(contact=contact, address=address, valid_from=record.since or batch.on)
    )
    batch.known["address"][address] = contact
    return contact


def _update_contact(contact: Contact, record: ContactRecord, batch: Batch) -> int:
    said, renamed = fold(f"{record.given_name} {record.family_name}"), False
    if said and contact.name_folded and said != contact.name_folded:
        renamed = batch.decisions.answer(
            "The address is known under another name; decide whether it is the same person.",
            question="name", where="name", known=contact,
        ) == "rename"  # fmt: skip
    values = {}  # type: ignore[var-annotated]
    if said and (renamed or not contact.name_folded):
        values |= {"given_name": record.given_name, "family_name": record.family_name}
    if record.phone and not contact.phone:
        values["phone"] = record.phone[:60]
    if record.uid and not contact.external_uid:
        values["external_uid"] = record.uid[:64]
    return len(batch.change(contact, values)) if values else 0


def _suppress_later(record: ContactRecord, address: str, batch: Batch) -> int:
    """Suppressions are written by the engine in the chunk's transaction, never lifted."""
    added = 0
    for scope, reason in record.suppressions:
        key = (address, scope)
        if key not in batch.known["suppressed"]:
            batch.known["suppressed"][key] = reason
            batch.known["new_suppressions"][key] = reason
            added += 1
    return added
