"""File kinds whose rows are people, mailing-list members or suppressions."""

from __future__ import annotations

from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput
from backoffice.delivery.enums import SuppressionReason
from contacts.imports import values
from contacts.imports.batch import Batch
from contacts.imports.kinds import contact_kind, country
from contacts.imports.people import ContactRecord, prepare_people
from contacts.registry import ImportKind, RowResult

OPTIONAL = "optional"


def organisation_keys(row) -> list[tuple[str, str]]:
    keys = []
    if row.get("symbol"):
        keys.append(("symbol", row.get("symbol").upper()))
    if row.get("ror"):
        keys.append(("ror", row.get("ror")))
    if row.get("salesforce"):
        keys.append(("salesforce", row.get("salesforce")))
    return keys


def generic_contact(row) -> ContactRecord:
    given, family = values.text(row.get("given_name")), values.text(row.get("family_name"))
    if not given and not family and row.get("full_name"):
        given, family = values.split_name(row.get("full_name"))
    opted_out = values.yes(row.get("opted_out"), "opted_out") if row.get("opted_out") else False
    return ContactRecord(
        email=row.get("email"),
        given_name=given,
        family_name=family,
        phone=values.text(row.get("phone")),
        uid=row.get("uid"),
        organisation_keys=organisation_keys(row),
        organisation_name=values.text(row.get("organisation")),
        country=country(row.get("country")),
        roles=values.roles(row.get("roles")),
        since=values.day(row.get("since"), "since"),
        suppressions=[(OPTIONAL, SuppressionReason.IMPORTED)] if opted_out else [],
    )


CONTACTS = contact_kind(
    "contacts", "Contacts",
    {"email": "email", "emailaddress": "email", "mail": "email", "givenname": "given_name",
     "firstname": "given_name", "familyname": "family_name", "lastname": "family_name",
     "name": "full_name", "fullname": "full_name", "phone": "phone", "uid": "uid",
     "organisation": "organisation", "organization": "organisation", "accountname": "organisation",
     "company": "organisation", "symbol": "symbol", "rorid": "ror", "ror": "ror",
     "salesforceid": "salesforce", "country": "country", "roles": "roles", "role": "roles",
     "contacttype": "roles", "type": "roles", "since": "since", "optedout": "opted_out",
     "emailoptout": "opted_out"},
    {"email"}, generic_contact,
)  # fmt: skip


def fabrica_contact(row) -> ContactRecord:
    family = values.text(row.get("family_name"))
    # Fabrica repeats the address where the family name is empty.
    if family.lower() == row.get("email").strip().lower():
        family = ""
    deleted = values.day(row.get("deleted"), "deletedAt")
    return ContactRecord(
        email=row.get("email"),
        given_name=values.text(row.get("given_name")),
        family_name=family,
        uid=row.get("uid"),
        organisation_keys=organisation_keys(row),
        roles=values.roles(row.get("roles"), "type"),
        since=values.day(row.get("created"), "createdAt"),
        deleted_on=deleted,
        deleted=deleted is not None,
    )


FABRICA_CONTACTS = contact_kind(
    "fabrica-contacts", "Fabrica: contacts",
    {"uid": "uid", "fabricaaccountid": "symbol", "email": "email", "firstname": "given_name",
     "lastname": "family_name", "type": "roles", "createdat": "created", "deletedat": "deleted"},
    {"email", "symbol"}, fabrica_contact,
)  # fmt: skip


def salesforce_contact(row) -> ContactRecord:
    suppressions = []
    if row.get("opted_out") and values.yes(row.get("opted_out"), "HASOPTEDOUTOFEMAIL"):
        suppressions.append((OPTIONAL, SuppressionReason.IMPORTED))
    if row.get("bounced"):
        suppressions.append(("hold", SuppressionReason.HARD_BOUNCE))
    deleted = bool(row.get("deleted")) and values.yes(row.get("deleted"), "ISDELETED")
    active = values.yes(row.get("active"), "ACTIVE__C") if row.get("active") else True
    return ContactRecord(
        email=row.get("email"),
        given_name=values.text(row.get("given_name")),
        family_name=values.text(row.get("family_name")),
        phone=values.text(row.get("phone")),
        uid=row.get("uid"),
        organisation_keys=[("salesforce", row.get("account"))] if row.get("account") else [],
        roles=values.roles(row.get("roles"), "TYPE__C"),
        since=values.day(row.get("created"), "CREATEDDATE"),
        deleted=deleted or not active,
        deleted_on=values.day(row.get("modified"), "LASTMODIFIEDDATE"),
        suppressions=suppressions,  # type: ignore[arg-type]
    )


SALESFORCE_CONTACTS = contact_kind(
    "salesforce-contact", "Salesforce: contacts",
    {"id": "id", "accountid": "account", "lastname": "family_name", "firstname": "given_name",
     "phone": "phone", "email": "email", "hasoptedoutofemail": "opted_out",
     "emailbouncedreason": "bounced", "uidc": "uid", "typec": "roles", "activec": "active",
     "isdeleted": "deleted", "createddate": "created", "lastmodifieddate": "modified",
     "accountname": "organisation", "contacttype": "roles", "emailoptout": "opted_out"},
    {"email"}, lambda row: (
        generic_contact(row) if row.get("organisation") and not row.get("account")
        else salesforce_contact(row)
    ),
)  # fmt: skip


def sugar_contact(row) -> ContactRecord:
    return ContactRecord(
        email=row.get("email"),
        given_name=values.text(row.get("given_name")),
        family_name=values.text(row.get("family_name")),
        phone=values.text(row.get("phone")),
        organisation_name=values.text(row.get("organisation")),
        # The description column of these exports carries the roles, where it carries anything.
        roles=values.roles(row.get("description")) if _only_roles(row.get("description")) else [],
        since=values.day(row.get("created"), "date_entered", us=True),
        deleted=row.get("deleted") == "1",
    )


def _only_roles(text: str) -> bool:
    try:
        return bool(values.roles(text))
    except BadInput:
        return False


SUGAR_CONTACTS = contact_kind(
    "sugarcrm-contact", "SugarCRM: contacts",
    {"dateentered": "created", "description": "description", "deleted": "deleted",
     "firstname": "given_name", "lastname": "family_name", "phonework": "phone",
     "emailaddress": "email", "accountname": "organisation"},
    {"email", "organisation"}, sugar_contact,
)  # fmt: skip


def list_member(row, state: str) -> ContactRecord:
    """A row of a mailing list: known people get its state, unknown ones no contact."""
    word = state.strip().lower()
    suppressions: list[tuple[str, str]] = []
    if word in ("unsubscribed", "deleted", "opt-out", "optout"):
        suppressions = [(OPTIONAL, SuppressionReason.UNSUBSCRIBE)]
    elif word in ("cleaned", "bounced", "bouncing"):
        suppressions = [("hold", SuppressionReason.HARD_BOUNCE)]
    elif word in ("complained", "spam"):
        suppressions = [(OPTIONAL, SuppressionReason.COMPLAINT)]
    return ContactRecord(email=row.get("email"), suppressions=suppressions, list_only=True)


def mailchimp_row(row) -> ContactRecord:
    state = "subscribed"
    if row.get("unsub_time"):
        state = "unsubscribed"
    if row.get("clean_time"):
        state = "cleaned"
    return list_member(row, state)


MAILCHIMP = contact_kind(
    "mailchimp", "Mailchimp audience export",
    {"emailaddress": "email", "firstname": "given_name", "lastname": "family_name",
     "unsubtime": "unsub_time", "cleantime": "clean_time", "confirmtime": "confirm_time"},
    {"email"}, mailchimp_row,
)  # fmt: skip

CAMPAIGN_MONITOR = contact_kind(
    "campaign-monitor", "Campaign Monitor subscribers",
    {"emailaddress": "email", "name": "full_name", "state": "state", "type": "roles",
     "datejoined": "since"},
    {"email", "state"}, lambda row: list_member(row, row.get("state")),
)  # fmt: skip

GOOGLE_GROUPS = contact_kind(
    "google-groups", "Google Groups members",
    {"emailaddress": "email", "nickname": "full_name", "groupstatus": "group_status",
     "emailstatus": "status", "emailpreference": "preference"},
    {"email"},
    lambda row: list_member(
        row, "unsubscribed" if row.get("preference").lower() == "no email" else row.get("status")
    ),
)  # fmt: skip

ZENDESK_USERS = contact_kind(
    "zendesk-users", "Zendesk users",
    {"name": "full_name", "email": "email", "externalid": "external", "role": "role",
     "organization": "organisation", "tags": "tags"},
    {"email"}, lambda row: list_member(row, ""),
)  # fmt: skip


def act_on_row(row) -> ContactRecord:
    """Act-On exports: an opt-out list has a date and a source, a contact list has names."""
    return list_member(row, "unsubscribed" if row.get("date") or row.get("source") else "")


ACT_ON = contact_kind(
    "act-on", "Act-On lists",
    {"emailaddress": "email", "firstname": "given_name", "lastname": "family_name",
     "company": "organisation", "jobtitle": "title", "date": "date", "message": "message",
     "source": "source"},
    {"email"}, act_on_row,
)  # fmt: skip


SCOPES = {"all", "optional", "hold"}
REASONS = {word.value: word for word in SuppressionReason}


def suppression_record(row) -> ContactRecord:
    scope = (row.get("scope") or OPTIONAL).lower()
    if scope not in SCOPES and not scope.startswith(("class:", "topic:")):
        raise BadInput(f"Scope “{scope[:40]}” is not known.", where="scope")
    reason = REASONS.get(row.get("reason").lower(), SuppressionReason.IMPORTED)
    return ContactRecord(email=row.get("email"), suppressions=[(scope, reason)], list_only=True)


def apply_suppression(row, batch: Batch) -> RowResult:
    record = suppression_record(row)
    address = _address(record.email)
    key = (address, record.suppressions[0][0])
    if key in batch.known["suppressed"]:
        return RowResult("unchanged")
    batch.known["suppressed"][key] = True
    batch.known["new_suppressions"][key] = record.suppressions[0][1]
    return RowResult("created")


def _address(email: str) -> str:
    if not email:
        raise BadInput("The row has no e-mail address.", where="email")
    try:
        return normalise_address(email)
    except BadInput as error:
        raise BadInput(error.message, where="email") from error


def prepare_suppressions(rows, batch: Batch) -> None:
    prepare_people([ContactRecord(email=row.get("email"), list_only=True) for row in rows], batch)


SUPPRESSIONS = ImportKind(
    "suppressions", "Addresses that must not be written to",
    {"email": "email", "emailaddress": "email", "address": "email", "mail": "email",
     "scope": "scope", "reason": "reason", "date": "date", "source": "source"},
    frozenset({"email"}), apply_suppression, prepare_suppressions,
)  # fmt: skip
