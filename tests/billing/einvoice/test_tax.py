"""The VAT decision, case by case; it parks rather than guesses."""

from datetime import date
from decimal import Decimal

import pytest

from billing.einvoice.tax import (
    BuyerTax,
    Regime,
    SellerTax,
    TaxUndecided,
    decide_tax,
    split_by_tax,
)
from billing.einvoice.vat_id import Answer, check_vat_id

GERMANY = SellerTax(
    "DE",
    "DE136695976",
    (
        (date(2007, 1, 1), Decimal(19)),
        (date(2020, 7, 1), Decimal(16)),
        (date(2021, 1, 1), Decimal(19)),
    ),
)
USA = SellerTax("US", "", ())
DAY = date(2023, 1, 9)


@pytest.mark.parametrize(
    ("seller", "buyer", "treatment", "regime", "category", "rate"),
    [
        (GERMANY, BuyerTax("DE"), "service", Regime.DOMESTIC, "S", 19),
        (
            GERMANY,
            BuyerTax("IE", "IE6388047V", Answer.VALID),
            "service",
            Regime.REVERSE_CHARGE,
            "AE",
            0,
        ),
        (
            GERMANY,
            BuyerTax("IE", "IE1", Answer.UNKNOWN, override_reason="letter of the tax office"),
            "service",
            Regime.REVERSE_CHARGE,
            "AE",
            0,
        ),
        (GERMANY, BuyerTax("IE"), "service", Regime.DOMESTIC, "S", 19),
        (
            GERMANY,
            BuyerTax("US", is_business=True, evidence_on=DAY),
            "service",
            Regime.THIRD_COUNTRY,
            "O",
            0,
        ),
        (GERMANY, BuyerTax("US", is_business=False), "service", Regime.DOMESTIC, "S", 19),
        (GERMANY, BuyerTax("DE"), "genuine_dues", Regime.OUTSIDE_SCOPE, "O", 0),
        (USA, BuyerTax("DE"), "service", Regime.NO_VAT_SYSTEM, "O", 0),
    ],
)
def test_decisions(seller, buyer, treatment, regime, category, rate):
    decision = decide_tax(seller=seller, buyer=buyer, treatment=treatment, on=DAY)
    assert (decision.regime, decision.tax.category, decision.tax.rate) == (regime, category, rate)
    assert decision.legal_ground


@pytest.mark.parametrize(
    ("buyer", "words"),
    [
        (BuyerTax(""), "country is missing"),
        (BuyerTax("IE", "IE1", Answer.UNKNOWN), "not checked yet"),
        (BuyerTax("IE", "IE1", Answer.INVALID), "is not valid"),
        (BuyerTax("IE", is_business=True), "without a VAT id"),
        (BuyerTax("US"), "evidence"),
        (BuyerTax("US", is_business=True), "evidence"),
    ],
)
def test_missing_facts_park_the_member(buyer, words):
    with pytest.raises(TaxUndecided, match=words):
        decide_tax(seller=GERMANY, buyer=buyer, treatment="service", on=DAY)


def test_the_rate_is_that_of_the_day_of_supply():
    def rate(day):
        decision = decide_tax(seller=GERMANY, buyer=BuyerTax("DE"), treatment="service", on=day)
        return decision.tax.rate

    assert [rate(date(2020, 6, 30)), rate(date(2020, 7, 1)), rate(DAY)] == [19, 16, 19]
    with pytest.raises(TaxUndecided, match="no VAT rate"):
        rate(date(2006, 12, 31))


def test_items_outside_the_scope_get_their_own_invoice():
    items = [
        decide_tax(seller=GERMANY, buyer=BuyerTax("DE"), treatment=t, on=DAY)
        for t in ("service", "genuine_dues", "service")
    ]
    assert split_by_tax(items) == [[0, 2], [1]]


@pytest.mark.parametrize(
    ("value", "country", "answer", "compact"),
    [
        ("DE 136 695 976", "", Answer.VALID, "DE136695976"),
        ("136695976", "DE", Answer.VALID, "DE136695976"),
        ("DE136695977", "DE", Answer.INVALID, "DE136695977"),
        ("IE6388047V", "DE", Answer.INVALID, "IE6388047V"),
        ("GR094259216", "GR", Answer.VALID, "EL094259216"),
        ("GB980780684", "GB", Answer.VALID, "GB980780684"),
        ("XI980780684", "GB", Answer.VALID, "XI980780684"),
        ("CHE-107.787.577 IVA", "CH", Answer.VALID, "CHE107787577IVA"),
        ("AU51824753556", "AU", Answer.UNKNOWN, "AU51824753556"),
        ("", "DE", Answer.UNKNOWN, ""),
    ],
)
def test_vat_ids_get_one_of_three_answers(value, country, answer, compact):
    check = check_vat_id(value, country)
    assert (check.answer, check.compact) == (answer, compact)
