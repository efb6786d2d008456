"""DATEV, CSV, beancount and the shares of a consortium: sums, form, repeatability."""

import csv
import io
from datetime import date, timedelta
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
from billing.models import LedgerExport
from billing.services.corrections import correct_invoice
from billing.services.issue import issue_items
from billing.services.ledger import export_documents, not_exported, shares_file
from tests.billing.staff import staff_client
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


@pytest.fixture
def mixed_year():
    """One domestic, two reverse-charge invoices to one buyer's id, one of them credited in part."""
    make_agency()
    home = make_member("Home")
    irish = make_member("=Irish Library", country="IE", vat_id="IE6433435F")
    run = issuing_run(sealed_usage({home: 1000, irish: 1000}))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    correct_invoice(invoice=run.invoices.get(payer=irish), parts={1: Decimal("300.60")},
                    reason="agreed", on=date(2023, 1, 20), actor=PREPARER, at=NOW)  # fmt: skip
    return run


@pytest.mark.django_db
@pytest.mark.database
def test_the_recapitulative_statement_takes_credits_off(mixed_year):
    content = export_documents(form="recap", start=START, end=END, actor=PREPARER)
    assert content.decode().splitlines() == [
        "country,vat_id,buyer,net,whole_euros,kind,documents",
        "IE,IE6433435F,'=Irish Library,2999.40,2999,S,2",
    ]


@pytest.mark.django_db
@pytest.mark.database
def test_what_has_left_is_known_and_what_came_after_too(mixed_year):
    assert not_exported(form="csv", start=START, end=END) == 3
    export_documents(form="csv", start=START, end=date(2023, 1, 10), actor=PREPARER, at=NOW)
    assert not_exported(form="csv", start=START, end=END) == 1
    assert not_exported(form="datev", start=START, end=END) == 3
    record = LedgerExport.objects.get()
    assert (record.documents, record.made_by) == (2, str(PREPARER))
    before = NOW - timedelta(hours=1)
    LedgerExport.objects.update(made_at=before)
    assert not_exported(form="csv", start=START, end=END) == 3


@pytest.mark.django_db
@pytest.mark.database
def test_tax_keys_and_numbers_of_the_adviser_come_from_the_settings(mixed_year, settings):
    settings.ROLLCALL_DATEV_ADVISER, settings.ROLLCALL_DATEV_TAX_KEYS = 4711, "S19=3, AE0=94"
    rows = export_documents(form="datev", start=START, end=END, actor=PREPARER).decode("cp1252")
    assert ";4711;1;20230101;" in rows
    assert ';"94";' in rows
    settings.ROLLCALL_DATEV_TAX_KEYS = "S19"
    with pytest.raises(BadInput, match="ROLLCALL_DATEV_TAX_KEYS: S19 is not"):
        export_documents(form="datev", start=START, end=END, actor=PREPARER)


@pytest.mark.django_db
@pytest.mark.database
def test_the_page_shows_totals_and_exports_with_their_permission(mixed_year, client, settings):
    page = reverse("admin:billing_reports")
    span = {"start": "2023-01-01", "end": "2023-12-31"}
    viewer = staff_client(client, settings, "billing.view_invoice")
    content = viewer.get(page, span).content.decode()
    for words in ("reverse charge", "2,999.40", "627.00", "IE6433435F"):
        assert words in content
    assert viewer.post(page, {**span, "form": "csv"}).status_code == 403
    clerk = staff_client(client, settings, "billing.view_invoice", "billing.export_invoice")
    first = clerk.post(page, {**span, "form": "csv"})
    assert first.content == clerk.post(page, {**span, "form": "csv"}).content
    assert LedgerExport.objects.count() == 2
    assert "nothing new" in clerk.get(page, span).content.decode()
    wrong = clerk.post(
        page, {"start": "2022-12-01", "end": "2023-12-31", "form": "datev"}, follow=True
    )
    assert "one fiscal year" in wrong.content.decode()
    backwards = clerk.get(page, {"start": "2023-12-31", "end": "2023-01-01"}).content.decode()
    assert "before the first" in backwards
