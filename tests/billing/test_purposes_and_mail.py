"""Joiners, quarterly registrations, Crossref's invoices; the mail; German completeness."""

import ast
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.delivery.models import Delivery
from billing.enums import RunPurpose
from billing.messages import build_invoice, build_reminder, download_url
from billing.models import UsageRow
from billing.services.dunning import load_preset_ladder, propose_reminders, take_step
from billing.services.issue import issue_items
from billing.services.printing import pending_documents, print_documents
from billing.services.runs import finish_issuing
from billing.services.sealing import sign_and_seal
from billing.services.usage import open_snapshot, record_count
from contacts.models import Organisation
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    amounts,
    computed_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROOT = Path(__file__).resolve().parents[2]


def issued(run):
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    print_documents(pending_documents(run), actor=PREPARER, clock=lambda: NOW, processes=1)
    return list(run.invoices.order_by("sequence"))


def test_joiners_are_billed_the_month_after_for_their_part_of_the_year():
    make_agency()
    old = make_member("Old")
    july = make_member("July", joined=date(2023, 7, 1), doi_estimate=100)
    make_member("August", joined=date(2023, 8, 1), doi_estimate=100)
    unsure = make_member("Unsure", joined=date(2023, 7, 1))
    snapshot = sealed_usage({old: 5})
    run = computed_run(snapshot, purpose=RunPurpose.JOINERS, invoice_date=date(2023, 8, 3))
    item = run.items.get(state="ready")
    assert (item.payer, item.net_amount) == (july, Decimal("1330.00"))
    assert (item.period_start, item.period_end) == (date(2023, 7, 1), date(2023, 12, 31))
    parked = {i.payer: i.reason for i in run.items.filter(state="parked")}
    assert parked == {unsure: "estimate of the first year is unknown"}


def crossref_usage(counts):
    snapshot = open_snapshot(year=2026, source="registry", actor=PREPARER)
    for organisation, kind, vintage, quarter, count in counts:
        record_count(
            snapshot=snapshot, organisation_id=organisation.pk, count=count, content_type=kind,
            vintage=vintage, quarter=quarter,
        )  # fmt: skip
    return sign_and_seal(snapshot=snapshot, reason="a test", actor=PREPARER, at=NOW)


def test_quarterly_registrations_with_a_sponsor():
    make_agency("crossref")
    sponsor = make_member("Sponsor", "sponsor", country="US")
    small = make_member("Small press", "sponsored_member", country="BR", lead=sponsor)
    press = make_member("Press", "member", country="US", annual_revenue=Decimal(5000))
    nepal = make_member("Nepal Journals", "member", country="NP", annual_revenue=Decimal(10))
    snapshot = crossref_usage(
        [
            (small, "journal-article", "current", 1, 10),
            (press, "journal-article", "current", 1, 200),
            (press, "journal-article", "back", 1, 100),
            (press, "journal-article", "current", 2, 999),
            (nepal, "book", "current", 1, 5),
        ]
    )
    run = issuing_run(
        snapshot, year=2026, schedule="crossref-2026", purpose=RunPurpose.REGISTRATION,
        quarter=1, invoice_date=date(2026, 4, 6),
    )  # fmt: skip
    assert amounts(run) == {"Sponsor": Decimal("10.00"), "Press": Decimal("215.00"),
                            "Nepal Journals": Decimal("0.00")}  # fmt: skip
    assert run.items.get(payer=nepal).state == "nothing"
    documents = issued(run)
    assert {d.payer.name for d in documents} == {"Sponsor", "Press"}
    assert documents[0].due_date == date(2026, 5, 21)
    assert documents[0].currency == "USD"
    assert documents[0].regime == "no_vat_system"
    assert documents[0].snapshot["page_size"] == "Letter"
    second = computed_run(
        snapshot, year=2026, schedule="crossref-2026", purpose=RunPurpose.REGISTRATION,
        quarter=2, invoice_date=date(2026, 7, 6),
    )  # fmt: skip
    assert amounts(second)["Press"] == Decimal("999.00")


def test_the_mail_carries_the_stored_pdf_and_a_link():
    make_agency()
    (invoice,) = issued(issuing_run(sealed_usage({make_member("Bücherei", language="de"): 1000})))
    message = build_invoice(Delivery.objects.get(), lambda purpose: "x")
    assert message.attachments[0].content.startswith(b"%PDF")
    assert message.attachments[0].file_name == "2023-000001.pdf"
    assert download_url(invoice) in message.text
    assert download_url(invoice) in message.html
    assert "3.927,00 EUR" in message.text
    preview = build_invoice(Delivery.objects.get(), lambda purpose: "x", preview=True)
    assert preview.attachments == ()
    assert download_url(invoice) not in preview.text


def test_the_reminder_lists_every_open_item():
    make_agency()
    load_preset_ladder("datacite", PREPARER, DAY)
    (invoice,) = issued(issuing_run(sealed_usage({make_member("Library"): 1000})))
    on = date(2023, 3, 1)
    take_step(proposal=propose_reminders(on=on)[0], on=on, actor=PREPARER)
    message = build_reminder(Delivery.objects.get(kind="billing.reminder"), lambda purpose: "x")
    assert invoice.number in message.text
    assert "3,927.00 EUR" in message.html


def test_merged_usage_counts_per_repository_and_type():
    make_agency()
    library = make_member("Library")
    snapshot = sealed_usage({library: 7})
    assert UsageRow.objects.get().count == 7
    assert computed_run(snapshot).items.get().payload["lines"][2]["quantity"] == "7"
    assert Organisation.objects.count() == 1


def wanted_texts():
    """Every text marked for translation in what members read: documents and mails."""
    found = set()
    for folder in ("pdf/billing", "billing/mail"):
        for path in (ROOT / "templates" / folder).iterdir():
            source = path.read_text(encoding="utf-8")
            found |= set(re.findall(r'{% trans "([^"]+)" %}', source))
            for text in re.findall(r"{% blocktrans[^%]*%}(.*?){% endblocktrans %}", source):
                text = text.replace("%", "%%")
                found.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", text))
    source = (ROOT / "billing/services/drafts.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
            found.add(ast.literal_eval(node.args[0]))
    return found


def test_all_that_members_read_is_translated(tmp_path):
    catalogue = (ROOT / "billing/locale/de/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    pairs = dict(re.findall(r'msgid "(.+)"\nmsgstr "(.*)"', catalogue))
    missing = sorted(text for text in wanted_texts() if not pairs.get(text))
    assert missing == []
    for source, target in pairs.items():
        assert sorted(re.findall(r"%\(\w+\)s", source)) == sorted(re.findall(r"%\(\w+\)s", target))
