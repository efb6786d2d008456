"""Our records as Salesforce objects. Pure: no database, no clock.

Source: field names of DataCite's Salesforce objects as their published export code sends them; lengths
and pick lists are read from the other side at each run (``describe``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

ACCOUNT, CONTACT = "Account", "Contact"
EXTERNAL_ID = {ACCOUNT: "Fabrica__c", CONTACT: "Uid__c"}
NAMESPACE = uuid.UUID("3a6f3c1e-4f0e-5d55-9c64-1f9f3d0f7a11")
Values = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """An organisation with a symbol, on the day of the run."""

    symbol: str
    name: str
    member_type: str = ""
    parent: str = ""
    region: str = ""
    country: str = ""
    ror: str = ""
    kind: str = ""
    focus: str = ""
    for_profit: bool = False
    joined: date | None = None
    active: bool = True
    website: str = ""
    doi_estimate: int | None = None
    billing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """A contact at one organisation: who serves three of them stands over there three times."""

    uid: str
    symbol: str
    given_name: str
    family_name: str
    email: str
    roles: tuple[str, ...]
    opted_out: bool = False


@dataclass(frozen=True)
class Limit:
    """``length`` in characters, 0 for no limit; ``choices`` empty for free text."""

    length: int = 0
    choices: frozenset[str] = frozenset()


def contact_key(contact_id: int, organisation_id: int) -> str:
    """Stable external id of a contact at an organisation; says nothing about either."""
    return str(uuid.uuid5(NAMESPACE, f"{contact_id}:{organisation_id}"))


def account_values(account: Account) -> Values:
    """Every field that this side owns. An empty text is sent as null, which empties the field."""
    return _nulls({
        "Name": account.name,
        "Member_Type__c": account.member_type,
        "Region__c": account.region,
        "Country_Code__c": account.country,
        "ROR__c": account.ror,
        "Sector__c": account.kind,
        "Focus_Area__c": account.focus,
        "Tax_Status__c": "for-profit" if account.for_profit else "non-profit",
        "Date_Joined__c": account.joined.isoformat() if account.joined else None,
        "Is_Active__c": account.active,
        "Website": account.website,
        "DOI_Estimate_Year_1__c": account.doi_estimate,
        "BillingStreet": account.billing.get("street", ""),
        "BillingCity": account.billing.get("city", ""),
        "BillingPostalCode": account.billing.get("post_code", ""),
        "BillingStateCode": account.billing.get("state_code", ""),
        "BillingCountryCode": account.billing.get("country", ""),
        "Parent": {EXTERNAL_ID[ACCOUNT]: account.parent} if account.parent else None,
    })  # fmt: skip


def contact_values(person: Person) -> Values:
    """A contact without a family name carries its address there, because the field is required."""
    return _nulls({
        "FirstName": person.given_name,
        "LastName": person.family_name or person.given_name or person.email,
        "Email": person.email,
        "Type__c": ";".join(sorted(person.roles)),
        "Active__c": True,
        "HasOptedOutOfEmail": person.opted_out,
        "Account": {EXTERNAL_ID[ACCOUNT]: person.symbol},
    })  # fmt: skip


ENDED: dict[str, Values] = {
    ACCOUNT: {"Is_Active__c": False, "Is_Deleted__c": True},
    CONTACT: {"Active__c": False, "Type__c": None},
}


def _nulls(values: Values) -> Values:
    return {name: None if value == "" else value for name, value in values.items()}


def faults(values: Values, limits: Mapping[str, Limit]) -> list[str]:
    """Names of the fields whose value the other side cannot hold."""
    found = []
    for name, value in values.items():
        limit = limits.get(name)
        if limit is None or not isinstance(value, str):
            continue
        if (
            limit.length
            and len(value) > limit.length
            or limit.choices
            and set(value.split(";")) - limit.choices
        ):
            found.append(name)
    return found


def fingerprint(values: Values, secret: str) -> str:
    """Keyed hash of what is sent: tells whether anything changed, and nothing else."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def differs(wanted: Values, found: Mapping[str, Any]) -> list[str]:
    """Names of the fields that hold something else over there; related records are left out, and
    so is a field that the answer does not have."""
    return [
        name
        for name, value in wanted.items()
        if not isinstance(value, dict) and name in found and _plain(found[name]) != _plain(value)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return "\n".join(value.replace("\r\n", "\n").strip().splitlines()) or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
