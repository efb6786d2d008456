"""Background jobs of billing. Each may be started again after a crash and does nothing twice."""

from __future__ import annotations

from uuid import UUID

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from billing.models import BillingRun, Invoice
from billing.services.issue import issue_items
from billing.services.printing import pending_documents, print_documents
from billing.services.runs import finish_issuing
from billing.services.sending import plan_mail

ACTOR = Actor.process("billing")


@job("billing.issue_run")
def issue_run(context: JobContext, run_id: int) -> None:
    """Issues what is ready, then prints and mails what is issued."""
    run = BillingRun.objects.get(pk=run_id)
    if run.state == "issuing":
        issue_items(run=run, actor=ACTOR, clock=dates.now)
        finish_issuing(run=run, actor=ACTOR, at=dates.now())
    print_run(context, run_id)


@job("billing.print_run")
def print_run(context: JobContext, run_id: int) -> None:
    """Documents and mails of a run that are still outstanding."""
    run = BillingRun.objects.get(pk=run_id)
    ids = pending_documents(run)
    done = print_documents(ids, actor=ACTOR, clock=dates.now)
    context.progress(done, len(ids))
    _plan_outstanding(Invoice.objects.filter(run=run))


@job("billing.render_document")
def render_document(context: JobContext, invoice_id: str) -> None:
    """One document outside a run."""
    invoice = Invoice.objects.select_related("document").get(pk=UUID(invoice_id))
    if invoice.document is not None and invoice.document.state == "pending":
        print_documents([invoice.pk], actor=ACTOR, clock=dates.now, processes=1)
    _plan_outstanding(Invoice.objects.filter(pk=invoice.pk))


@job("billing.catch_up")
def catch_up(context: JobContext) -> None:
    """What a crash left between number, PDF and mail; scheduled."""
    print_documents(pending_documents(), actor=ACTOR, clock=dates.now)
    _plan_outstanding(Invoice.objects.all())


def _plan_outstanding(rows) -> None:
    waiting = rows.exclude(state="draft").filter(
        document__state="stored", sent_at__isnull=True, unsent_reason=""
    )
    for invoice in waiting.select_related("document").iterator(chunk_size=200):
        plan_mail(invoice=invoice, actor=ACTOR, at=dates.now())
