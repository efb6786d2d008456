"""Kinds of other systems' organisation files: Salesforce, SugarCRM, ROR, Crossref, DataCite."""

from __future__ import annotations

from contacts.countries import is_country
from contacts.enums import FocusArea, NameKind, OrganisationType
from contacts.imports import values
from contacts.imports.kinds import country, listed, member_type, organisation_kind, state_code
from contacts.imports.organisations import OrganisationRecord, checked_identifiers


def salesforce_account(row) -> OrganisationRecord:
    deleted = values.yes(row.get("deleted"), "IS_DELETED__C") if row.get("deleted") else False
    active = values.yes(row.get("active"), "IS_ACTIVE__C") if row.get("active") else True
    return OrganisationRecord(
        name=values.text(row.get("name")),
        fields={
            "country": country(row.get("country_code") or row.get("country")),
            "website": row.get("website")[:500],
            "group_email": row.get("group_email")[:254],
            "organisation_type": listed(row.get("sector"), OrganisationType),
            "focus_area": listed(row.get("focus_area"), FocusArea),
            "for_profit": row.get("tax_status") == "for-profit" if row.get("tax_status") else None,
            "doi_estimate": values.whole(row.get("estimate"), "DOI_ESTIMATE_YEAR_1__C"),
            "description": values.text(row.get("description")),
        },
        identifiers=checked_identifiers(
            {"salesforce": row.get("id"), "symbol": row.get("symbol"), "ror": row.get("ror")}
        ),
        billing={
            "street": values.text(row.get("street"))[:400], "city": values.text(row.get("city")),
            "post_code": row.get("post_code")[:20], "state_code": state_code(row.get("state")),
            "country": country(row.get("country_code") or row.get("country")),
        },
        member_type=member_type(row.get("member_type")),
        joined=values.day(row.get("joined"), "DATE_JOINED__C"),
        ended=values.day(row.get("modified"), "LASTMODIFIEDDATE") if deleted else None,
        inactive=not active and not deleted,
        lead=("salesforce", row.get("parent")) if row.get("parent") else None,
    )  # fmt: skip


SALESFORCE_ACCOUNTS = organisation_kind(
    "salesforce-account", "Salesforce: accounts",
    {"id": "id", "name": "name", "parentid": "parent", "billingstreet": "street",
     "billingcity": "city", "billingstate": "state", "billingpostalcode": "post_code",
     "billingcountry": "country", "countrycodec": "country_code", "website": "website",
     "description": "description", "lastmodifieddate": "modified", "fabricac": "symbol",
     "membertypec": "member_type", "rorc": "ror", "sectorc": "sector", "focusareac": "focus_area",
     "taxstatusc": "tax_status", "datejoinedc": "joined", "groupemailc": "group_email",
     "isactivec": "active", "isdeletedc": "deleted", "doiestimateyear1c": "estimate"},
    {"id", "name"}, salesforce_account,
)  # fmt: skip


def sugar_account(row) -> OrganisationRecord:
    return OrganisationRecord(
        name=values.text(row.get("name")),
        fields={
            "country": country(row.get("country")),
            "website": row.get("website")[:500],
            "description": values.text(row.get("description")),
        },
        identifiers=checked_identifiers({"sugarcrm": row.get("id")}),
        billing={
            "street": values.text(row.get("street"))[:400], "city": values.text(row.get("city")),
            "post_code": row.get("post_code")[:20], "state_code": state_code(row.get("state")),
            "country": country(row.get("country")),
        },
    )  # fmt: skip


SUGAR_ACCOUNTS = organisation_kind(
    "sugarcrm-account", "SugarCRM: accounts",
    {"id": "id", "name": "name", "description": "description", "billingaddressstreet": "street",
     "billingaddresscity": "city", "billingaddressstate": "state",
     "billingaddresspostalcode": "post_code", "billingaddresscountry": "country",
     "website": "website"},
    {"id", "name"}, sugar_account,
)  # fmt: skip


def ror_record(row) -> OrganisationRecord:
    names = [(NameKind.ACRONYM, part) for part in row.get("acronyms").split("|")]
    names += [(NameKind.ALIAS, part) for part in row.get("aliases").split("|")]
    names += [
        (NameKind.LABEL, part.partition(":")[2] or part) for part in row.get("labels").split("|")
    ]
    parents = [part for part in row.get("parent").split("|") if part]
    identifiers = {"ror": row.get("ror"), "grid": row.get("grid"), "isni": row.get("isni"),
                   "wikidata": row.get("wikidata"), "fundref": row.get("fundref")}  # fmt: skip
    return OrganisationRecord(
        name=values.text(row.get("name")),
        fields={
            "country": row.get("country") if is_country(row.get("country")) else "",
            "website": row.get("website")[:500],
        },
        identifiers=checked_identifiers(
            {kind: value.split("|")[0].strip() for kind, value in identifiers.items()}
        ),
        other_names=[(kind, values.text(name)) for kind, name in names if name.strip()],
        parent=("ror", f"https://ror.org/{parents[0][-9:]}") if parents else None,
    )


ROR = organisation_kind(
    "ror", "ROR data",
    {"rorid": "ror", "id": "ror", "name": "name", "acronyms": "acronyms", "aliases": "aliases",
     "labels": "labels", "countrycode": "country", "website": "website", "grid": "grid",
     "isni": "isni", "wikidata": "wikidata", "fundref": "fundref", "parentrorid": "parent"},
    {"ror", "name"}, ror_record,
)  # fmt: skip


def crossref_member(row) -> OrganisationRecord:
    former = values.text(row.get("former")) if row.get("renamed") in ("1", "true") else ""
    return OrganisationRecord(
        name=values.text(row.get("name")),
        fields={"country": row.get("country") if is_country(row.get("country")) else ""},
        identifiers=checked_identifiers({"crossref_member": row.get("id")}),
        other_names=[(NameKind.FORMER, former)] if former else [],
        member_type="member",
    )


CROSSREF_MEMBERS = organisation_kind(
    "crossref-members", "Crossref members",
    {"memberid": "id", "id": "id", "name": "name", "primaryname": "name",
     "countrycode": "country", "name2019": "former", "renamedsince2019": "renamed"},
    {"id", "name"}, crossref_member,
)  # fmt: skip


def datacite_provider(row) -> OrganisationRecord:
    active = values.yes(row.get("active"), "is_active") if row.get("active") else True
    return OrganisationRecord(
        name=values.text(row.get("name")),
        fields={
            "display_name": values.text(row.get("display_name")),
            "country": country(row.get("country")),
            "website": row.get("website")[:500],
            "organisation_type": listed(row.get("organisation_type"), OrganisationType),
            "focus_area": listed(row.get("focus_area"), FocusArea),
            "for_profit": row.get("status") == "for-profit" if row.get("status") else None,
        },
        identifiers=checked_identifiers({"symbol": row.get("symbol"), "ror": row.get("ror")}),
        member_type=member_type(row.get("member_type")),
        joined=values.day(row.get("joined") or row.get("created"), "joined"),
        inactive=not active,
        lead=("symbol", row.get("consortium").upper()) if row.get("consortium") else None,
    )


DATACITE_PROVIDERS = organisation_kind(
    "datacite-providers", "DataCite providers",
    {"symbol": "symbol", "name": "name", "displayname": "display_name", "membertype": "member_type",
     "consortiumsymbol": "consortium", "countrycode": "country", "country": "country",
     "organizationtype": "organisation_type", "focusarea": "focus_area",
     "nonprofitstatus": "status", "isactive": "active", "joined": "joined", "website": "website",
     "roridapi": "ror", "rorid": "ror", "created": "created"},
    {"symbol", "name"}, datacite_provider,
)  # fmt: skip
