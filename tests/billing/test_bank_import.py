"""Importing statements: once, in part, over several, with the payer's account remembered."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.core.errors import BadInput, Unreadable
from billing.models import BankEntry, Payment
from billing.services.bank_import import import_bank_file, known_accounts
from billing.services.entries import set_aside
from billing.services.issue import issue_items
from billing.services.payments import available, open_amount
from tests.billing.bank.test_reading import balance, camt, entry
from tests.billing.world import NOW, PREPARER, issuing_run, make_agency, make_member, sealed_usage

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def invoices():
    make_agency()
    members = {make_member(f"M{n}"): 0 for n in range(3)}
    run = issuing_run(sealed_usage(members))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    return list(run.invoices.order_by("sequence"))


def text(words):
    return f"<TxDtls><RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls>"


def take(content, **options):
    return import_bank_file(
        content=content, file_name="x.xml", actor=PREPARER, at=NOW, **options
    ).as_json()


def test_matches_are_applied_and_a_file_counts_once(invoices):
    one, two, _three = invoices
    content = camt(
        entry("2975.00", details=text(one.payment_reference))
        + entry("500.00", details=text(f"part of {two.number}"))
        + entry("33.00", details=text("something else"))
        + entry("12.00", "DBIT", details=text("bank fee"))
    )
    assert [row["status"] for row in take(content, dry_run=True)["entries"]] == [
        "matched", "matched", "unmatched", "unmatched",
    ]  # fmt: skip
    assert not BankEntry.objects.exists()
    first = take(content)
    assert (first["statements"], first["matched"]) == (1, 2)
    assert (open_amount(one), open_amount(two)) == (0, Decimal("2475.00"))
    again = take(content)
    assert {row["status"] for row in again["entries"]} == {"duplicate"}
    assert Payment.objects.count() == 2


def test_an_overpayment_becomes_credit(invoices):
    take(camt(entry("3000.00", details=text(invoices[0].number))))
    assert available(Payment.objects.get()) == Decimal("25.00")


def test_the_account_of_an_earlier_payment_is_known(invoices):
    one, two, _three = invoices
    payer = (
        "<RltdPties><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>"
    )
    details = f"<TxDtls>{payer}<RmtInf><Ustrd>{one.number}</Ustrd></RmtInf></TxDtls>"
    take(camt(entry("2975.00", details=details)))
    assert known_accounts() == {"DE89370400440532013000": frozenset({one.payer_id})}
    silent = f"<TxDtls>{payer}<RmtInf><Ustrd>dues</Ustrd></RmtInf></TxDtls>"
    outcome = take(camt(entry("2975.00", details=silent)))
    assert outcome["matched"] == 0
    assert open_amount(two) == two.gross_amount


def test_wrong_balances_and_broken_files_write_nothing(invoices):
    wrong = camt(entry("1.00"), balance("OPBD", "5.00") + balance("CLBD", "5.00"))
    with pytest.raises(BadInput, match="closing balance says"):
        take(wrong)
    with pytest.raises(Unreadable):
        take(b"<a>")
    assert not BankEntry.objects.exists()
    assert take(wrong, dry_run=True)["entries"][0]["amount"] == "1.00"
    assert take(wrong, accept_balance_gap=True)["statements"] == 1


def test_entries_are_set_aside_with_a_note(invoices):
    take(camt(entry("33.00", details=text("salary returned"))))
    row = BankEntry.objects.get()
    set_aside(entry=row, note="not a member", actor=PREPARER)
    assert row.state == "set_aside"


def test_the_command(invoices, tmp_path):
    path = tmp_path / "statement.xml"
    path.write_bytes(camt(entry("2975.00", details=text(invoices[0].number))))
    out = StringIO()
    call_command("import_bank_statement", str(path), "--json", stdout=out)
    data = json.loads(out.getvalue())
    assert data == {
        "statements": 1,
        "entries": [
            {"amount": "2975.00", "currency": "EUR", "booked_on": "2023-02-01",
             "text": invoices[0].number, "reference": "", "status": "matched"}
        ],
        "matched": 1,
    }  # fmt: skip
    path.write_bytes(b"nonsense")
    with pytest.raises(CommandError) as caught:
        call_command("import_bank_statement", str(path))
    assert caught.value.returncode == 2
