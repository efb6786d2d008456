"""What the database refuses by itself, whatever the code above it does."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from billing import guards
from billing.models import FeeSchedule, Invoice, InvoiceLine, UsageRow, UsageSnapshot
from billing.services.issue import issue_items
from billing.services.runs import finish_issuing
from billing.services.usage import open_snapshot, record_count
from tests.billing.world import NOW, PREPARER, issuing_run, make_agency, make_member, sealed_usage

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def invoice():
    make_agency()
    run = issuing_run(sealed_usage({make_member("Library"): 1000}))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    return run.invoices.get()


def refused(work, message):
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        work()


def test_every_guard_is_there():
    assert guards.missing_guards(connection) == []


@pytest.mark.parametrize(
    "change",
    [
        {"gross_amount": 1, "net_amount": 1, "tax_amount": 0},
        {"xml": "<other/>"},
        {"snapshot": {}},
        {"number": "2023-999999"},
        {"due_date": "2030-01-01"},
    ],
)
def test_an_issued_invoice_never_changes(invoice, change):
    refused(lambda: Invoice.objects.filter(pk=invoice.pk).update(**change), "never changes")


def test_what_happens_to_an_invoice_afterwards_is_no_change(invoice):
    Invoice.objects.filter(pk=invoice.pk).update(sent_at=NOW, unsent_reason="no_reachable_contact")
    Invoice.objects.filter(pk=invoice.pk).update(state="cancelled")
    # A merge of two records moves the link; the printed buyer stays in the snapshot.
    Invoice.objects.filter(pk=invoice.pk).update(payer=make_member("Heir"))


def test_an_issued_invoice_and_its_lines_are_never_deleted(invoice):
    refused(lambda: Invoice.objects.filter(pk=invoice.pk)._raw_delete("default"), "never deleted")
    lines = InvoiceLine.objects.filter(invoice=invoice)
    refused(lambda: lines._raw_delete("default"), "never deleted")
    refused(lambda: lines.update(net_amount=F("net_amount") + 1), "never changes")


def test_a_schedule_that_has_billed_never_changes_and_another_does(invoice):
    used = FeeSchedule.objects.filter(pk=invoice.schedule_id)
    refused(lambda: used.update(data={}), "never changes")
    refused(lambda: used.update(valid_until="2024-01-01"), "never changes")
    used.update(superseded_at=NOW)
    assert FeeSchedule.objects.filter(code="datacite-2022").update(source="corrected source") == 1


def test_sealed_figures_never_change(invoice):
    rows = UsageRow.objects.filter(snapshot=invoice.run.snapshot)
    refused(lambda: rows.update(count=5), "never change")
    refused(lambda: rows._raw_delete("default"), "never change")
    copy = rows.get()
    copy.pk, copy.content_type = None, "book"
    refused(lambda: copy.save(force_insert=True), "never change")
    snapshot = UsageSnapshot.objects.filter(pk=invoice.run.snapshot_id)
    refused(lambda: snapshot.update(state="open"), "never change")
    refused(lambda: snapshot.update(digest="0" * 64), "never change")


def test_a_figure_cannot_be_moved_into_sealed_ones(invoice):
    snapshot = open_snapshot(year=2020, source="x", actor=PREPARER)
    record_count(snapshot=snapshot, organisation_id=make_member("M").pk, count=1)
    moved = UsageRow.objects.filter(snapshot=snapshot)
    refused(lambda: moved.update(snapshot=invoice.run.snapshot), "never change")
