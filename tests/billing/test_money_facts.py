"""VAT in euro beside a foreign currency; what American dues invoices say about lobbying."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.core.errors import BadInput, Unreadable
from backoffice.core.models import BankAccount, Issuer
from billing.documents.page import page_context
from billing.models import ExchangeRate, FeeSchedule, NonDeductibleShare
from billing.services.corrections import correct_invoice
from billing.services.issue import issue_items
from billing.services.proposals import propose_schedule, publish_schedule
from billing.services.rates import load_rates, rate_on
from tests.billing.staff import staff_client
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    computed_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
CSV = b"Date,USD,JPY,\n2023-01-06,1.0500,140,\n2023-01-05,N/A,141,\n"
XML = (
    b'<?xml version="1.0"?><e:Envelope xmlns:e="http://www.gesmes.org/xml/2002-08-01" '
    b'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube><Cube time="2023-01-09">'
    b'<Cube currency="USD" rate="1.0696"/></Cube></Cube></e:Envelope>'
)


def load(content, name="rates.csv"):
    return load_rates(content=content, file_name=name, actor=PREPARER)


def test_rates_of_both_files_are_read_once():
    assert load(CSV) == 1
    assert load(CSV) == 0
    assert load(XML) == 1
    assert rate_on("USD", date(2023, 1, 8)).rate == Decimal("1.05")
    assert rate_on("USD", DAY).rate == Decimal("1.0696")
    assert rate_on("USD", date(2023, 1, 20)) is None


@pytest.mark.data
def test_the_published_history_is_read(data_folder):
    content = (data_folder / "reference/ecb_eurofxref_2023_2025.csv").read_bytes()
    assert load(content) > 10_000
    assert rate_on("USD", date(2023, 12, 31)).day == date(2023, 12, 29)
    daily = (data_folder / "reference/ecb_eurofxref_daily_sample.xml").read_bytes()
    assert load(daily, "daily.xml") == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n", "no file of ECB rates"),
        (b"Date,USD\n2023-01-06,abc\n", "row 2, USD: abc is no rate"),
        (b"Date,USD\n2023-01-06,-1\n", "row 2, USD: -1 is no rate"),
        (b"Date,USD\nyesterday,1\n", "row 2: yesterday is no day"),
        (b"Date,USD\n", "holds no rate"),
        (b"<a", "XML is broken"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type declaration"),
    ],
)
def test_a_file_that_is_wrong_is_named_and_writes_nothing(content, reason):
    with pytest.raises((BadInput, Unreadable), match=reason):
        load(content)
    assert not ExchangeRate.objects.exists()


@pytest.fixture
def in_dollars():
    """A German agency that bills by a schedule in dollars."""
    make_agency()
    BankAccount.objects.create(issuer=Issuer.objects.get(), label="Dollarbank", holder="K e.V.",
                               iban="DE02120300000000202051", currency="USD")  # fmt: skip
    data = {**FeeSchedule.objects.get(code="datacite-2023").data, "code": "dollars",
            "currency": "USD", "agency": "other"}  # fmt: skip
    import json

    proposal = propose_schedule(content=json.dumps(data).encode(), file_name="d", actor=PREPARER)
    publish_schedule(schedule=proposal, valid_from=date(2023, 1, 1), actor=PREPARER)
    return sealed_usage({make_member("Library"): 1000})


def test_without_a_rate_the_member_waits(in_dollars):
    item = computed_run(in_dollars, schedule="dollars").items.get()
    assert item.reason == (
        "no exchange rate of USD for 2023-01-09 is on file, which VAT in euro needs"
    )


def test_german_vat_in_dollars_is_stated_in_euro_too(in_dollars):
    load(XML)
    run = issuing_run(in_dollars, schedule="dollars")
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    invoice = run.invoices.get()
    assert (invoice.currency, invoice.tax_amount) == ("USD", Decimal("627.00"))
    assert invoice.snapshot["tax_in_eur"] == "586.20"
    assert ">586.20<" in invoice.xml
    shown = page_context(invoice.snapshot, invoice.number, invoice.gross_amount)
    assert shown["tax_in_eur"] == {"amount": "586.20", "rate": "1.0696", "day": "9 January 2023"}
    document = correct_invoice(invoice=invoice, parts={1: Decimal("100.00")}, reason="agreed",
                               on=DAY, actor=PREPARER, at=NOW)  # fmt: skip
    assert document.snapshot["tax_in_eur"] == "17.76"


def test_american_dues_say_what_is_not_deductible():
    make_agency("crossref")
    NonDeductibleShare.objects.create(year=2026, percent=Decimal("3.50"))
    make_member("Press", "member", country="US", annual_revenue=Decimal(5000))
    run = computed_run(None, year=2026, schedule="crossref-2026", invoice_date=date(2026, 1, 5))
    assert run.items.get().payload["notes"] == [
        "3.5 % of these dues is not deductible as a business expense "
        "(Internal Revenue Code § 6033(e))."
    ]


def test_rates_on_their_page(client, settings):
    page = reverse("admin:billing_rates")
    assert staff_client(client, settings, "billing.view_exchangerate").get(page).status_code == 403
    clerk = staff_client(client, settings, "billing.view_exchangerate", "billing.add_exchangerate")
    wrong = SimpleUploadedFile("r.csv", b"Date,USD\n2023-01-06,abc\n")
    assert "abc is no rate" in clerk.post(page, {"file": wrong}).content.decode()
    clerk.post(page, {"file": SimpleUploadedFile("r.csv", CSV)})
    assert ExchangeRate.objects.count() == 1
