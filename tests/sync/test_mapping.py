"""Our records as Salesforce objects: what is sent, what does not fit, what differs."""

from __future__ import annotations

from datetime import date

import pytest

from contacts.sync.mapping import (
    Account,
    Limit,
    Person,
    account_values,
    contact_key,
    contact_values,
    differs,
    faults,
    fingerprint,
)


def test_an_account() -> None:
    values = account_values(
        Account(
            "QRSLIB", "Quarry Library", member_type="Consortium Organization", parent="NORDCO",
            country="IE", joined=date(2024, 3, 1), billing={"street": "Lane 4", "city": "Dublin"},
        )
    )  # fmt: skip
    assert values["Parent"] == {"Fabrica__c": "NORDCO"}
    assert (values["Tax_Status__c"], values["Date_Joined__c"]) == ("non-profit", "2024-03-01")
    assert (values["BillingStreet"], values["BillingPostalCode"], values["ROR__c"]) == (
        "Lane 4", None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "family", "last"),
    [("Amara", "Okoro", "Okoro"), ("Amara", "", "Amara"), ("", "", "team@example.org")],
)
def test_a_contact_always_has_a_last_name(given: str, family: str, last: str) -> None:
    person = Person("u", "EXU", given, family, "team@example.org", ("voting", "billing"))
    values = contact_values(person)
    assert (values["LastName"], values["Type__c"]) == (last, "billing;voting")


def test_what_does_not_fit_is_named() -> None:
    limits = {"Name": Limit(5), "Type__c": Limit(0, frozenset({"voting"})), "Free": Limit()}
    values = {"Name": "Longer", "Type__c": "voting;billing", "Free": "x" * 999, "Other": "y"}
    assert faults(values, limits) == ["Name", "Type__c"]
    assert faults({"Name": "Five5", "Type__c": "voting", "Is": True}, limits) == []


def test_what_differs_over_there() -> None:
    wanted = {"Name": "A", "Street": "One\nTwo", "N": 4, "Empty": None, "Parent": {"x": "y"}}
    same = {"Name": "A ", "Street": "One\r\nTwo", "N": 4.0, "Empty": ""}
    assert differs(wanted, same) == []
    assert differs(wanted, {**same, "Name": "B", "N": 5}) == ["Name", "N"]


def test_keys_and_fingerprints_are_stable_and_say_nothing() -> None:
    assert contact_key(1, 2) == contact_key(1, 2) != contact_key(2, 1)
    values = {"b": 1, "a": "ada@example.org"}
    digest = fingerprint(values, "secret")
    assert digest == fingerprint({"a": "ada@example.org", "b": 1}, "secret")
    assert digest != fingerprint(values, "other secret")
    assert "ada" not in digest
