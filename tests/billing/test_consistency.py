"""The nightly look at everything that must hold."""

import pytest

from backoffice.core.models import JobRun
from backoffice.core.services import documents, jobs
from billing.models import Allocation, BilledClaim, Invoice, UsageRow
from billing.services.consistency import findings
from billing.services.issue import issue_items
from billing.services.payments import record_payment
from billing.services.printing import pending_documents, print_documents
from billing.services.runs import finish_issuing
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
    without_guards,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def invoice():
    make_agency()
    run = issuing_run(sealed_usage({make_member("Library"): 1000}))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    print_documents(pending_documents(), actor=PREPARER, clock=lambda: NOW, processes=1)
    return run.invoices.get()


def test_a_sound_ledger_has_no_findings(invoice):
    assert list(findings()) == []


def test_each_fault_is_named(invoice):
    payment = record_payment(amount=invoice.gross_amount, currency="EUR", received_on=DAY,
                             actor=PREPARER, parts=[(invoice, invoice.gross_amount)])  # fmt: skip
    Allocation.objects.create(payment=payment, invoice=invoice, amount=5, allocated_on=DAY)
    without_guards()
    UsageRow.objects.update(count=7)
    Invoice.objects.filter(pk=invoice.pk).update(sequence=4)
    found = list(findings())
    assert sum("guard" in finding for finding in found) >= 8
    rest = [finding for finding in found if "guard" not in finding]
    assert rest == [
        "the sealed figures Usage 2022 (2022) are not what was signed",
        "2023-000001: more is allocated and credited than was billed",
        f"payment {payment.pk}: more is allocated than was paid",
        *(f"series invoice-2023: number {n} is missing" for n in (1, 2, 3)),
    ]


def test_a_cancelled_invoice_that_holds_claims_back_is_found(invoice):
    Invoice.objects.filter(pk=invoice.pk).update(state="cancelled")
    assert BilledClaim.objects.filter(released_at__isnull=True).exists()
    assert "what it billed is not given back" in " ".join(findings())


def test_the_job_fails_with_the_list_attached(invoice):
    Invoice.objects.filter(pk=invoice.pk).update(state="cancelled")
    run = jobs.enqueue("billing.check")
    jobs.execute(jobs.start(str(run.pk), worker="w"))
    done = JobRun.objects.select_related("result").get(pk=run.pk)
    assert (done.state, done.error) == ("failed", "RollcallError:findings")
    assert b"not given back" in documents.read_bytes(done.result)
