"""The file kinds of the command contract: which column means what, and how a row becomes a record."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.core.errors import BadInput
from backoffice.core.texts import fold
from contacts.countries import code_of
from contacts.enums import FocusArea, NameKind, OrganisationType
from contacts.imports import values
from contacts.imports.batch import Batch
from contacts.imports.organisations import (
    OrganisationRecord,
    checked_identifiers,
    prepare_details,
    prepare_organisations,
    write_organisation,
)
from contacts.imports.people import ContactRecord, prepare_people, write_contact
from contacts.imports.standing import finish_links
from contacts.registry import ImportKind, RowResult

MEMBER_TYPES = {
    "directmember": "direct_member", "consortium": "consortium",
    "consortiumorganization": "consortium_organization",
    "consortiumorganisation": "consortium_organization", "memberonly": "member_only",
    "supportingmember": "member_only", "contractualmember": "contractual_member",
    "forprofitprovider": "direct_member", "developer": "developer", "member": "member",
    "sponsoredmember": "sponsored_member", "sponsor": "sponsor", "sponsoringorganization": "sponsor",
    "funder": "funder",
}  # fmt: skip


def member_type(text: str) -> str:
    """The code of a member type under any of its spellings. Raises: BadInput."""
    key = "".join(char for char in text.lower() if char.isalpha())
    if not key or key == "dataciteadmin":
        return ""
    if key not in MEMBER_TYPES:
        raise BadInput(f"Member type “{text[:40]}” is not known.", where="member type")
    return MEMBER_TYPES[key]


def country(text: str) -> str:
    """ISO code; empty for an empty cell. Raises: BadInput for an unknown country."""
    value = values.text(text)
    if not value:
        return ""
    code = code_of(value)
    if not code:
        raise BadInput(f"Country “{value[:40]}” is not known.", where="country")
    return code


def state_code(text: str) -> str:
    """``US-CA`` → ``CA``: the state code keeps only the part after the dash."""
    return values.text(text).rpartition("-")[2][:10]


def listed(value: str, enum) -> str:
    """The value if the enumeration knows it, else empty."""
    return value if value in enum.values else ""


def organisation_kind(
    name: str, title: str, columns: dict[str, str], required: set[str],
    record: Callable[..., OrganisationRecord],
) -> ImportKind:  # fmt: skip
    """A kind whose rows are organisations."""

    def prepare(rows, batch: Batch) -> None:
        drafts = []
        for row in rows:
            try:
                drafts.append(record(row))
            except BadInput:
                continue
        keys = [(kind, value) for draft in drafts for kind, value in draft.identifiers.items()]
        keys += [draft.lead for draft in drafts if draft.lead]
        keys += [draft.parent for draft in drafts if draft.parent]
        prepare_organisations(keys, [draft.name for draft in drafts], batch)
        known = [batch.known["organisation"].get(key) for key in keys]
        # Of this chunk only: going through all names again would cost the square of the file.
        groups = [batch.known["name"].get(fold(draft.name)[:820], []) for draft in drafts]
        named = [organisation for group in groups for organisation in group]
        prepare_details([org for org in [*known, *named] if org is not None], batch)

    def apply(row, batch: Batch) -> RowResult:
        return write_organisation(record(row), batch)

    return ImportKind(
        name, title, columns, frozenset(required), apply, prepare, finish_links,  # type: ignore[arg-type]
    )  # fmt: skip


def contact_kind(
    name: str, title: str, columns: dict[str, str], required: set[str],
    record: Callable[..., ContactRecord],
) -> ImportKind:  # fmt: skip
    """A kind whose rows are contacts."""

    def prepare(rows, batch: Batch) -> None:
        drafts = []
        for row in rows:
            try:
                drafts.append(record(row))
            except BadInput:
                continue
        prepare_people(drafts, batch)

    def apply(row, batch: Batch) -> RowResult:
        return write_contact(record(row), batch)

    return ImportKind(name, title, columns, frozenset(required), apply, prepare)


# --- organisations -----------------------------------------------------------------------------


def generic_organisation(row) -> OrganisationRecord:
    names = [(NameKind.ALIAS, values.text(part)) for part in row.get("other_names").split("|")]
    return OrganisationRecord(
        name=values.text(row.get("name")),
        fields={
            "display_name": values.text(row.get("display_name")),
            "country": country(row.get("country")),
            "website": row.get("website")[:500],
            "group_email": row.get("group_email")[:254],
            "organisation_type": listed(row.get("organisation_type"), OrganisationType),
            "focus_area": listed(row.get("focus_area"), FocusArea),
            "for_profit": values.yes(row.get("for_profit"), "for_profit")
            if row.get("for_profit") else None,
            "doi_estimate": values.whole(row.get("doi_estimate"), "doi_estimate"),
            "annual_revenue": values.whole(row.get("annual_revenue"), "annual_revenue"),
            "description": values.text(row.get("description")),
        },
        identifiers=checked_identifiers(
            {kind: row.get(kind) for kind in ("symbol", "ror", "vat", "salesforce", "crossref_member")}
        ),
        other_names=[item for item in names if item[1]],
        billing={
            "street": values.text(row.get("street")), "city": values.text(row.get("city")),
            "post_code": row.get("post_code")[:20], "country": country(row.get("country")),
        },
        member_type=member_type(row.get("member_type")),
        joined=values.day(row.get("joined"), "joined"),
        ended=values.day(row.get("ended"), "ended"),
        lead=("symbol", row.get("lead").upper()) if row.get("lead") else None,
    )  # fmt: skip


ORGANISATIONS = organisation_kind(
    "organisations", "Organisations",
    {"name": "name", "organisation": "name", "organization": "name", "legalname": "name",
     "displayname": "display_name", "country": "country", "countrycode": "country",
     "website": "website", "groupemail": "group_email", "organisationtype": "organisation_type",
     "organizationtype": "organisation_type", "focusarea": "focus_area", "forprofit": "for_profit",
     "doiestimate": "doi_estimate", "annualrevenue": "annual_revenue", "revenue": "annual_revenue",
     "description": "description", "symbol": "symbol", "ror": "ror", "rorid": "ror", "vat": "vat",
     "vatid": "vat", "salesforceid": "salesforce", "crossrefmemberid": "crossref_member",
     "memberid": "crossref_member", "othernames": "other_names", "aliases": "other_names",
     "street": "street", "city": "city", "postcode": "post_code", "zip": "post_code",
     "membertype": "member_type", "joined": "joined", "ended": "ended",
     "consortium": "lead", "lead": "lead", "sponsor": "lead"},
    {"name"}, generic_organisation,
)  # fmt: skip


def fabrica_organisation(row) -> OrganisationRecord:
    ended = values.day(row.get("ended"), "Fabrica Deletion Date")
    active = values.yes(row.get("active"), "Is Active") if row.get("active") else True
    kind = member_type(row.get("member_type"))
    return OrganisationRecord(
        name=values.text(row.get("name")),
        fields={
            "country": country(row.get("country")),
            "website": row.get("website")[:500],
            "group_email": row.get("group_email")[:254],
            "organisation_type": listed(row.get("sector"), OrganisationType),
            "focus_area": listed(row.get("focus_area"), FocusArea),
            "description": values.text(row.get("description")),
        },
        identifiers=checked_identifiers({"symbol": row.get("symbol"), "ror": row.get("ror")}),
        billing={
            "recipient": values.text(row.get("billing_organisation"))[:400],
            "department": values.text(row.get("department"))[:200],
            "street": values.text(row.get("street"))[:400], "city": values.text(row.get("city")),
            "post_code": row.get("post_code")[:20], "state_code": state_code(row.get("state")),
            "country": country(row.get("country")),
        },
        member_type=kind,
        joined=values.day(row.get("created"), "Fabrica Creation Date"),
        ended=ended,
        inactive=not active and ended is None,
        lead=("symbol", row.get("parent").upper()) if row.get("parent") else None,
    )  # fmt: skip


FABRICA_ORGANISATIONS = organisation_kind(
    "fabrica-organizations", "Fabrica: organisations",
    {"name": "name", "fabricaaccountid": "symbol", "parentorganization": "parent",
     "isactive": "active", "organizationdescription": "description", "website": "website",
     "focusarea": "focus_area", "sector": "sector", "membertype": "member_type",
     "groupemail": "group_email", "billingstreet": "street", "billingzippostalcode": "post_code",
     "billingcity": "city", "department": "department", "billingorganization": "billing_organisation",
     "billingstatecode": "state", "billingcountrycode": "country", "ror": "ror",
     "fabricacreationdate": "created", "fabricadeletiondate": "ended"},
    {"name", "symbol", "member_type"}, fabrica_organisation,
)  # fmt: skip


def membership_row(row) -> OrganisationRecord:
    """Memberships alone: the organisation must be known by an identifier or its name."""
    record = generic_organisation(row)
    if not record.member_type:
        raise BadInput("The row names no member type.", where="member_type")
    if not record.joined:
        raise BadInput("The row names no day of joining.", where="joined")
    return record


MEMBERSHIPS = organisation_kind(
    "memberships", "Memberships", ORGANISATIONS.columns, {"name", "member_type", "joined"},
    membership_row,
)  # fmt: skip
