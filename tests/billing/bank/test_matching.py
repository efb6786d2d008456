"""Certain matches are applied, everything else is a suggestion."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.bank.matching import Book, OpenItem, is_reference, match_entry
from billing.bank.statement import Entry
from billing.documents.epc import NoPaymentCode, payment_code, payment_code_svg
from billing.documents.snapshot import payment_reference

IBAN = "DE89370400440532013000"


def item(n, amount="100.00", payer=1, currency="EUR"):
    number = f"2023-{n:06d}"
    return OpenItem(f"k{n}", number, payment_reference(number), payer, Decimal(amount), currency)


def paid(amount="100.00", text="", reference="", iban="", charges="0.00"):
    return Entry(
        amount=Decimal(amount),
        currency="EUR",
        booked_on=date(2023, 2, 1),
        value_on=None,
        text=text,
        reference=reference,
        counterparty_iban=iban,
        charges=Decimal(charges),
    )


def book():
    items = [
        item(1),
        item(2, "250.00"),
        item(3, "100.00", payer=2),
        item(4, "9.00", currency="USD"),
    ]
    return Book.of(items, {IBAN: frozenset({1})})


@pytest.mark.parametrize(
    ("entry", "rule", "parts"),
    [
        (paid(reference=item(1).reference), "reference", [("k1", "100.00")]),
        (paid(text=f"Rechnung {item(1).reference} Danke"), "reference", [("k1", "100.00")]),
        (paid(text="RF95 2023 0000 01"), "reference", [("k1", "100.00")]),
        (paid(text="Invoice 2023-000002", amount="250.00"), "number", [("k2", "250.00")]),
        (paid(text="inv. no 2023 0000\n02 thanks", amount="250.00"), "number", [("k2", "250.00")]),
        (paid(text="2023-000002", amount="60.00"), "number", [("k2", "60.00")]),
        (paid(text="2023-000001", amount="130.00"), "number", [("k1", "100.00")]),
        (paid(text="2023-000001 + 2023-000002", amount="350.00"), "numbers",
         [("k1", "100.00"), ("k2", "250.00")]),
        (paid(text="2023-000001", amount="95.00", charges="5.00"), "number", [("k1", "100.00")]),
        (paid(iban=IBAN), "account", [("k1", "100.00")]),
    ],
)  # fmt: skip
def test_certain_matches(entry, rule, parts):
    match = match_entry(entry, book())
    assert (match.rule, match.certain) == (rule, True)
    assert [(key, str(amount)) for key, amount in match.parts] == parts


@pytest.mark.parametrize(
    ("entry", "suggestions"),
    [
        (paid(), {"k1", "k3"}),
        (paid(text="2023-000001 2023-000002", amount="300.00"), {"k1", "k2"}),
        (paid(text="2023-000004", amount="9.00"), {"k4"}),
        (paid(iban=IBAN, amount="77.00"), {"k1", "k2"}),
        (paid(text="RF00 2023 0000 01", amount="1.23"), set()),
        (paid(text="tel. 12023-0000019", amount="1.23"), set()),
        (paid(amount="-100.00", text="2023-000001"), set()),
    ],
)
def test_what_is_not_certain_is_only_suggested(entry, suggestions):
    match = match_entry(entry, book())
    assert not match.certain
    assert match.parts == ()
    assert set(match.suggestions) == suggestions


def test_two_fitting_invoices_of_one_account_are_not_guessed():
    shelf = Book.of([item(1), item(5)], {IBAN: frozenset({1})})
    match = match_entry(paid(iban=IBAN), shelf)
    assert (match.certain, match.reason) == (False, "two invoices fit")


def test_a_second_payment_of_the_same_invoice_is_not_applied():
    shelf = book()
    entry = paid(text="2023-000001")
    shelf.settle(match_entry(entry, shelf))
    assert not match_entry(entry, shelf).certain


@given(st.integers(1, 999_999), st.integers(2000, 2099))
def test_every_payment_reference_has_right_check_digits(n, year):
    assert is_reference(payment_reference(f"{year}-{n:06d}"))


def test_the_payment_code_checks_the_iban_first():
    arguments = {
        "holder": "Agency", "bic": "", "amount": Decimal("12.30"), "reference": "RF952023000001",
    }  # fmt: skip
    assert payment_code(iban="DE02120300000000202051", **arguments).error == "M"
    with pytest.raises(NoPaymentCode, match="not valid"):
        payment_code(iban="DE02120300000000202052", **arguments)
    with pytest.raises(NoPaymentCode, match="amount"):
        payment_code(iban="DE02120300000000202051", **(arguments | {"amount": Decimal(0)}))
    assert payment_code_svg(iban="", currency="EUR", **arguments) == ""
    assert payment_code_svg(iban="DE02120300000000202051", currency="USD", **arguments) == ""
    svg = payment_code_svg(iban="DE02120300000000202051", currency="EUR", **arguments)
    assert svg.startswith("<svg")
