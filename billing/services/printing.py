"""Turns issued documents into stored PDFs, in worker processes.

Every step can be repeated: rendering gives the same bytes, storing the same bytes again is a no-op,
and the mail is planned once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from backoffice.core.actor import Actor
from backoffice.core.enums import StorageState
from backoffice.core.services import documents
from backoffice.core.services.pdf import PrintJob, render
from billing.documents.page import page_context
from billing.documents.pool import new_pool
from billing.enums import DocumentForm
from billing.models import BillingRun, Invoice
from billing.services.sending import plan_mail
from contacts.countries import country_name

STYLESHEET = str(Path(settings.BASE_DIR) / "templates" / "pdf" / "billing" / "invoice.css")
#: Documents in hand at once per process: enough to keep it busy, little to hold in memory.
AHEAD = 4


def print_job(invoice: Invoice) -> PrintJob:
    """The page of an issued document, with the XML to put into it."""
    snapshot = invoice.snapshot
    context: dict[str, Any] = page_context(snapshot, invoice.number or "", invoice.gross_amount)
    with override(snapshot["language"]):
        abroad = snapshot["buyer"]["country"] != snapshot["seller"]["country"]
        context["country_name"] = country_name(snapshot["buyer"]["country"]) if abroad else ""
        html = render_to_string("pdf/billing/invoice.html", context)
    if snapshot.get("form") == DocumentForm.PDF:
        return PrintJob(html=html, stylesheets=(STYLESHEET,), identifier=invoice.pk.bytes)
    return PrintJob(
        html=html,
        stylesheets=(STYLESHEET,),
        identifier=invoice.pk.bytes,
        finish="billing.einvoice.pdf:embed_xml",
        finish_arguments={
            "xml": invoice.xml.encode(),
            "title": f"{invoice.number}",
            "author": snapshot["seller"]["name"],
            "issued_at": invoice.issued_at,
        },
    )


def pending_documents(run: BillingRun | None = None) -> list[Any]:
    """Keys of issued documents whose PDF is not stored yet, oldest number first."""
    rows = Invoice.objects.issued().filter(document__state=StorageState.PENDING)
    if run is not None:
        rows = rows.filter(run=run)
    return list(rows.order_by("series", "sequence").values_list("pk", flat=True))


class Press:
    """Prints documents in worker processes while the caller goes on; stores what is finished."""

    def __init__(
        self,
        pool: ProcessPoolExecutor,
        *,
        actor: Actor,
        clock: Callable[[], datetime],
        ahead: int = 8,
    ) -> None:
        self._pool, self._actor, self._clock, self._ahead = pool, actor, clock, ahead
        self._waiting: deque[tuple[Invoice, Future[bytes]]] = deque()
        self.done = 0

    def take(self, invoice: Invoice | UUID) -> None:
        """Hands one document to the printers; waits when too many are in hand."""
        if not isinstance(invoice, Invoice):
            invoice = Invoice.objects.select_related("document").get(pk=invoice)
        self._waiting.append((invoice, self._pool.submit(render, print_job(invoice))))
        while self._waiting and (self._waiting[0][1].done() or len(self._waiting) >= self._ahead):
            self._store_first()

    def finish(self) -> int:
        """Waits for everything in hand; the number stored in all."""
        while self._waiting:
            self._store_first()
        return self.done

    def _store_first(self) -> None:
        invoice, future = self._waiting.popleft()
        store_document(invoice, future.result(), actor=self._actor, at=self._clock())
        self.done += 1


def print_documents(
    ids: Iterable[UUID],
    *,
    actor: Actor,
    clock: Callable[[], datetime],
    processes: int = 2,
) -> int:
    """Renders, stores and plans the mail of each document; the number stored."""
    with new_pool(processes) as pool:
        press = Press(pool, actor=actor, clock=clock, ahead=AHEAD * processes)
        for pk in ids:
            press.take(pk)
        return press.finish()


def store_document(invoice: Invoice, content: bytes, *, actor: Actor, at: datetime) -> None:
    """Bytes, then their hash, then the mail: each only after the one before is safe."""
    assert invoice.document is not None
    documents.store_bytes(invoice.document, content)
    plan_mail(invoice=invoice, actor=actor, at=at)
