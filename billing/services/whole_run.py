"""Issues a run from one process: documents are printed while further items get their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Count

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from billing.documents.pool import new_pool
from billing.enums import ItemState, RunState
from billing.models import BillingRun, Invoice, RunItem
from billing.services.issue import issue_items
from billing.services.printing import Press, pending_documents
from billing.services.runs import finish_issuing, start_issuing
from billing.services.sending import plan_mail

#: Documents in hand per printing process: enough to keep it busy, little to hold in memory.
AHEAD = 8
#: Progress is written once for so many documents.
STEP = 20


def issue_whole_run(
    *,
    run: BillingRun,
    actor: Actor,
    processes: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> BillingRun:
    """Issue, print, store and plan mails; may be called again after a crash.

    While one item gets its number, earlier ones are being printed in other processes. `progress` is
    told how many documents of how many are stored.

    Raises: RuleBroken unless approved, being issued, or issued with documents outstanding.
    """
    if run.state not in (RunState.APPROVED, RunState.ISSUING, RunState.ISSUED):
        raise RuleBroken(f"the run is {run.state}; it can be issued once it is approved")
    if run.state == RunState.APPROVED:
        start_issuing(run=run, actor=actor)
    with new_pool(processes) as pool:
        press = Press(pool, actor=actor, clock=dates.now, ahead=AHEAD * processes)
        left = pending_documents(run)
        total = len(left) + run.items.filter(state=ItemState.READY).count()

        def take(document: Invoice | UUID) -> None:
            press.take(document)
            if progress is not None and press.done % STEP == 0:
                progress(press.done, total)

        for pk in left:
            take(pk)
        if run.state == RunState.ISSUING:
            issue_items(run=run, actor=actor, clock=dates.now, issued=take)
        press.finish()
        if progress is not None:
            progress(press.done, total)
    plan_outstanding_mails(run, actor)
    return finish_issuing(run=run, actor=actor, at=dates.now())


def plan_outstanding_mails(run: BillingRun, actor: Actor) -> None:
    """Mails of stored documents that a crash left unplanned."""
    waiting = Invoice.objects.filter(
        run=run, document__state="stored", sent_at__isnull=True, unsent_reason=""
    )
    for invoice in waiting.select_related("document").iterator(chunk_size=200):
        plan_mail(invoice=invoice, actor=actor, at=dates.now())


def run_status(run: BillingRun) -> dict[str, Any]:
    """Counts, total and parked members, for the command and for other programs."""
    counts = dict(
        RunItem.objects.filter(run=run).values_list("state").annotate(n=Count("pk")).order_by()
    )
    invoices = Invoice.objects.filter(run=run)
    parked = RunItem.objects.filter(run=run, state=ItemState.PARKED).select_related("payer")
    return {
        "run": run.pk,
        "title": run.title,
        "state": run.state,
        "year": run.year,
        "schedule": str(run.schedule),
        "currency": run.schedule.currency,
        "ready": counts.get(ItemState.READY, 0),
        "issued": counts.get(ItemState.ISSUED, 0),
        "parked": counts.get(ItemState.PARKED, 0),
        "nothing": counts.get(ItemState.NOTHING, 0),
        "total": f"{run.gross_total:.2f}",
        "documents_stored": invoices.filter(document__state="stored").count(),
        "mails_planned": invoices.filter(sent_at__isnull=False).count(),
        "letters": invoices.exclude(unsent_reason="").count(),
        "parked_members": [
            {"organisation": item.payer.name, "reason": item.reason} for item in parked
        ],
    }
