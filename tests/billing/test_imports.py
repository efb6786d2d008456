"""`import_file usage` and `payments` through the command."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from billing.enums import PaymentState
from billing.models import Payment, UsageRow, UsageSnapshot
from billing.services.issue import issue_items
from billing.services.payments import available, payment_state
from contacts.models import Identifier, Repository
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def run(kind, tmp_path, text, *options):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    out = StringIO()
    call_command("import_file", kind, str(path), "--json", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def library():
    make_agency()
    organisation = make_member("Library")
    Identifier.objects.create(organisation=organisation, kind="symbol", value="QRSLIB")
    Repository.objects.create(organisation=organisation, symbol="QRSLIB.DATA", name="Data")
    return organisation


def test_usage_is_taken_row_by_row_and_once(library, tmp_path):
    text = (
        "Symbol,Year,DOIs\nQRSLIB,2022,1000\nNOBODY,2022,5\nQRSLIB,2022,-3\nQRSLIB,2022,\n"
        "QRSLIB,2022,many\n"
    )
    first = run("usage", tmp_path, text)
    assert (first["read"], first["created"], first["rejected"][0]["row"]) == (5, 1, 2)
    assert [r["reason"] for r in first["rejected"]] == [
        "organisation: No organisation here has this symbol or identifier.",
        "count: “-3” is negative.",
        "count: The number of DOIs is missing.",
        "count: “many” is not a whole number.",
    ]
    second = run("usage", tmp_path, text.replace("1000", "1001"))
    assert (second["created"], second["updated"]) == (0, 1)
    assert run("usage", tmp_path, text.replace("1000", "1001"))["unchanged"] == 1
    assert UsageRow.objects.get().count == 1001
    assert UsageSnapshot.objects.get().year == 2022


def test_usage_per_repository_and_dry_run(library, tmp_path):
    text = "repository,year,count\nQRSLIB.DATA,2022,7\n"
    assert run("usage", tmp_path, text, "--dry-run")["created"] == 1
    assert not UsageSnapshot.objects.exists()
    run("usage", tmp_path, text)
    assert UsageRow.objects.get().repository.symbol == "QRSLIB.DATA"


def test_payments_settle_and_leave_credit(library, tmp_path):
    billing_run = issuing_run(sealed_usage({library: 0}))
    issue_items(run=billing_run, actor=PREPARER, clock=lambda: NOW)
    invoice = billing_run.invoices.get()
    text = (
        "Invoice,Amount,Currency,Date\n"
        f"{invoice.number},1000.00,EUR,2023-01-20\n"
        f'{invoice.payment_reference},"2.000,00",EUR,2023-01-21\n'
        f"{invoice.number},1.00,USD,2023-01-20\n"
        "2099-000001,1.00,EUR,2023-01-20\n"
        f"{invoice.number},-1.00,EUR,2023-01-20\n"
    )
    result = run("payments", tmp_path, text)
    assert (result["created"], len(result["rejected"])) == (2, 3)
    assert payment_state(invoice, on=DAY) == PaymentState.PAID
    assert available(Payment.objects.get(amount=2000)) == Decimal("25.00")
    assert run("payments", tmp_path, text)["unchanged"] == 2
    assert Payment.objects.count() == 2
