"""Background jobs of billing. Each may be started again after a crash and does nothing twice."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from backoffice.core.services import documents
from backoffice.core.services.jobs import JobContext, job
from billing.models import BillingRun, DunningNotice, Invoice, RunItem, UsageSnapshot
from billing.registry.client import RegistryCounts
from billing.services.consistency import findings
from billing.services.first_orders import prepare_first_orders
from billing.services.paper_mail import print_letter
from billing.services.printing import pending_documents, print_documents
from billing.services.reconciliation import record_comparison, repositories_of
from billing.services.sending import plan_mail
from billing.services.supplier_papers import make_papers
from billing.services.usage import countable_repositories, record_count
from billing.services.vat_ids import check_due, is_online
from billing.services.whole_run import issue_whole_run

ACTOR = Actor.process("billing")


@job("billing.issue_run")
def issue_run(context: JobContext, run_id: int) -> None:
    """Issues what is ready; documents are printed and mailed while further ones get their numbers."""
    run = BillingRun.objects.get(pk=run_id)
    issue_whole_run(run=run, actor=ACTOR, progress=context.progress)


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
    """What a crash left between number, PDF, letter and mail; scheduled."""
    print_documents(pending_documents(), actor=ACTOR, clock=dates.now)
    _plan_outstanding(Invoice.objects.all())
    unprinted = DunningNotice.objects.exclude(way="mail").exclude(letter__state="stored")
    for notice in unprinted.filter(posted_on__isnull=True).select_related("organisation", "letter"):
        print_letter(notice=notice, at=dates.now())


@job("billing.first_orders")
def first_orders(context: JobContext) -> None:
    """Prepares first-year invoices of applicants who were approved; at approval and once a day."""
    prepared = prepare_first_orders(on=dates.today(), actor=ACTOR, at=dates.now())
    context.progress(len(prepared), len(prepared))


@job("billing.render_letter")
def render_letter(context: JobContext, notice_id: int) -> None:
    """The letter of one reminder."""
    notice = DunningNotice.objects.select_related("organisation", "step", "letter").get(
        pk=notice_id
    )
    print_letter(notice=notice, at=dates.now())


@job("billing.make_papers", attempts=2)
def make_supplier_papers(context: JobContext, year: int) -> None:
    """Supplier information and bank letter of a year, from the issuer's record."""
    make_papers(year=year, actor=ACTOR, at=dates.now())


@job("billing.check", attempts=1)
def check(context: JobContext) -> None:
    """Proves documents, numbers, sealed figures, amounts and guards; fails with a list of what differs."""
    found = list(findings())
    if not found:
        return
    report = documents.store_new(
        ("\n".join(found) + "\n").encode(),
        kind="billing.check",
        subject="billing.check",
        file_name=f"billing-check-{dates.today().isoformat()}.txt",
        media_type="text/plain; charset=utf-8",
        delete_after=dates.add_months(dates.today(), 24),
    )
    context.attach(report)
    raise RollcallError(f"{len(found)} findings", code="findings")


@job("billing.check_vat_ids", attempts=3)
def check_vat_ids(context: JobContext, run_id: int = 0) -> None:
    """Asks VIES for what is due: of every payer abroad, or of the payers of a run."""
    if not is_online():
        return
    payers = None
    if run_id:
        payers = list(RunItem.objects.filter(run=run_id).values_list("payer", flat=True))
    check_due(actor=ACTOR, clock=dates.now, organisation_ids=payers, progress=context.progress)


@job("billing.compare_usage", attempts=2)
def compare_usage(context: JobContext, snapshot_id: int, user_id: int = 0) -> None:
    """Asks the registry for each repository's count and records what differs."""
    snapshot = UsageSnapshot.objects.get(pk=snapshot_id)
    registry = RegistryCounts(settings.ROLLCALL_REGISTRY_URL)
    answers: dict[str, int | None] = {}
    repositories = repositories_of(snapshot)
    for number, repository in enumerate(repositories, start=1):
        answers[repository.symbol] = registry.registered(repository.symbol, snapshot.year)
        context.progress(number, len(repositories))
    record_comparison(
        snapshot=snapshot,
        answers=answers,
        source=settings.ROLLCALL_REGISTRY_URL,
        question=registry.question(snapshot.year),
        actor=Actor("user", str(user_id)) if user_id else ACTOR,
        at=dates.now(),
    )


@job("billing.count_usage", attempts=2)
def count_usage(context: JobContext, snapshot_id: int) -> None:
    """Fills an open snapshot with the registry's count of each member's repositories."""
    snapshot = UsageSnapshot.objects.get(pk=snapshot_id)
    registry = RegistryCounts(settings.ROLLCALL_REGISTRY_URL)
    repositories = countable_repositories(snapshot.year)
    for number, repository in enumerate(repositories, start=1):
        count = registry.registered(repository.symbol, snapshot.year)
        if count is not None:
            record_count(
                snapshot=snapshot,
                organisation_id=repository.organisation_id,
                repository_id=repository.pk,
                count=count,
            )
        context.progress(number, len(repositories))


def _plan_outstanding(rows) -> None:
    waiting = rows.exclude(state="draft").filter(
        document__state="stored", sent_at__isnull=True, unsent_reason=""
    )
    for invoice in waiting.select_related("document").iterator(chunk_size=200):
        plan_mail(invoice=invoice, actor=ACTOR, at=dates.now())
