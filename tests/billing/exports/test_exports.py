"""DATEV, CSV, beancount and the shares of a consortium: sums, form, repeatability."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.errors import BadInput
from billing.exports.datev import COLUMNS, DatevSettings, field_text, write_datev
from billing.exports.plain import write_beancount, write_csv
from billing.exports.rows import ExportDocument, ExportFee, ExportLine, ExportPayment
from billing.exports.shares import shares_of, spread
from billing.messages import download_token
from billing.services.issue import issue_items
from billing.services.ledger import export_documents, shares_file
from tests.billing.world import (
    NOW,
    PREPARER,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

START, END = date(2023, 1, 1), date(2023, 12, 31)


def document(**changes):
    values = {
        "number": "2023-000001", "kind": "invoice", "issue_date": date(2023, 1, 9),
        "due_date": date(2023, 2, 8), "payer_key": 17, "payer": 'Bücherei "Süd" – 京都; GmbH',
        "currency": "EUR", "tax_category": "S", "tax_rate": Decimal("19.00"),
        "net": Decimal("3300.05"), "tax": Decimal("627.01"), "gross": Decimal("3927.06"),
        "corrects": "",
        "lines": (
            ExportLine(1, "=cmd()", "Membership fee", "4100", Decimal("2000.00")),
            ExportLine(2, "B", "DOI fee", "4120", Decimal("800.05")),
            ExportLine(3, "B", "Organisation fee", "4110", Decimal("500.00")),
        ),
    }  # fmt: skip
    return ExportDocument(**(values | changes))


def test_datev_is_gross_signed_and_in_its_own_dialect():
    credit = document(
        number="C2023-000001", kind="correction", net=Decimal("-100.00"), tax=Decimal("-19.00"),
        gross=Decimal("-119.00"),
        lines=(ExportLine(1, "B", "DOI fee", "4120", Decimal("-100.00")),),
    )  # fmt: skip
    content = write_datev([document(), credit], start=START, end=END, settings=DatevSettings())
    rows = content.decode("cp1252").split("\r\n")
    assert rows[0].startswith('"EXTF";700;21;"Buchungsstapel";13;20231231000000000;')
    assert rows[0].count(";") == 30
    assert len(COLUMNS) == 125
    assert rows[1].split(";")[0] == "Umsatz (ohne Soll/Haben-Kz)"
    table = list(csv.DictReader(rows[1:-1], delimiter=";"))
    amounts = [row["Umsatz (ohne Soll/Haben-Kz)"] for row in table]
    assert amounts == ["2380,00", "595,00", "952,06", "119,00"]
    assert [row["Soll/Haben-Kennzeichen"] for row in table] == ["S", "S", "S", "H"]
    assert table[0]["Konto"] == "1000017"
    assert table[0]["Gegenkonto (ohne BU-Schlüssel)"] == "410000"
    assert table[0]["Belegdatum"] == "0901"
    assert table[0]["Belegfeld 1"] == "2023-000001"
    assert table[0]["Buchungstext"].startswith('Bücherei "Süd')
    assert all(len(row["Buchungstext"]) <= 60 for row in table)
    again = write_datev([document(), credit], start=START, end=END, settings=DatevSettings())
    assert content == again


def test_datev_refuses_what_it_cannot_carry():
    with pytest.raises(ValueError, match="only euro"):
        write_datev([document(currency="USD")], start=START, end=END, settings=DatevSettings())
    with pytest.raises(ValueError, match="one fiscal year"):
        write_datev([], start=START, end=date(2024, 1, 1), settings=DatevSettings())
    assert field_text("Re. 2023_1ä") == "RE20231"


def test_csv_adds_up_and_holds_no_formula():
    rows = list(csv.DictReader(io.StringIO(write_csv([document()]).decode())))
    assert sum(Decimal(row["net"]) for row in rows) == Decimal("3300.05")
    assert rows[0]["organisation"] == "'=cmd()"


def test_every_beancount_transaction_balances():
    payment = ExportPayment(
        5, date(2023, 2, 1), 17, "P", Decimal("3920.00"), Decimal("7.06"), "EUR", ""
    )
    text = write_beancount([document()], [payment]).decode()
    blocks = [block for block in text.split("\n\n") if " * " in block]
    assert len(blocks) == 2
    for block in blocks:
        amounts = [Decimal(row.split()[1]) for row in block.splitlines() if row.startswith("  ")]
        assert sum(amounts) == 0
    assert "1970-01-01 open Assets:Receivable:P17 EUR" in text
    assert '\\"Süd\\"' in text


def test_beancount_books_fees_and_money_in_another_currency():
    abroad = ExportPayment(
        6, date(2023, 2, 1), 17, "P", Decimal("2975.00"), Decimal(0), "EUR", "",
        (Decimal("3200.00"), "USD"),
    )  # fmt: skip
    fee = ExportFee(9, date(2023, 2, 3), "fee", Decimal("-4.90"), "EUR")
    text = write_beancount([], [abroad], [fee]).decode()
    assert (
        "  Assets:Bank  3200.00 USD @@ 2975.00 EUR\n  Assets:Receivable:P17  -2975.00 EUR" in text
    )
    assert "  Assets:Bank  -4.90 EUR\n  Expenses:BankCharges  4.90 EUR" in text
    assert text.count("open Assets:Bank") == 1
    assert "open Assets:Bank EUR,USD" in text


@given(
    st.decimals(-100000, 100000, places=2),
    st.lists(st.decimals(0, 5000, places=2), min_size=1, max_size=40),
)
def test_spreading_loses_no_cent(amount, weights):
    parts = spread(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        exact = amount * weight / total if total else amount / len(weights)
        assert abs(part - exact) < Decimal("0.02")


@pytest.mark.django_db
@pytest.mark.database
def test_shares_of_a_capped_consortium_add_up_to_the_invoice(client):
    make_agency()
    lead = make_member("Lead", "consortium")
    organisations = [
        make_member(f"Org {n}", "consortium_organization", lead=lead) for n in range(7)
    ]
    run = issuing_run(sealed_usage({o: 1900 + n for n, o in enumerate(organisations)}))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    invoice = run.invoices.get()
    shares = shares_of(invoice.snapshot)
    assert len(shares) == 8
    assert sum(s.net for s in shares) == invoice.net_amount == Decimal("9000.00")
    assert sum(s.tax for s in shares) == invoice.tax_amount
    assert shares[0].reduction == 0
    rows = shares_file(invoice).decode("utf-8-sig").splitlines()
    link = reverse("billing:shares", args=[invoice.pk, download_token(invoice)])
    assert client.get(link).content == shares_file(invoice)
    assert client.get(reverse("billing:shares", args=[invoice.pk, "ä"])).status_code == 404
    assert len(rows) == 9
    content = export_documents(form="datev", start=START, end=END, actor=PREPARER)
    assert content == export_documents(form="datev", start=START, end=END, actor=PREPARER)
    with pytest.raises(BadInput):
        export_documents(form="datev", start=END, end=START, actor=PREPARER)
