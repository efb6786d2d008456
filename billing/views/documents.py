"""Public pages of a document, opened by the signed link of its mail; no login."""

from __future__ import annotations

import hmac
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backoffice.core import dates
from backoffice.core.enums import StorageState
from backoffice.core.models import StoredDocument
from backoffice.core.services import documents
from billing.documents.page import money, page_context
from billing.messages import download_token, order_token, share_token
from billing.models import Invoice, OrderRequest, SupplierPaper
from billing.services.ledger import shares_file, usage_file
from billing.services.payments import open_amount, payment_state
from billing.services.shares import share_of
from billing.services.supplier_papers import current_papers


@require_safe
@never_cache
def download(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """The stored PDF, byte for byte. A wrong link says nothing about whether there is an invoice."""
    invoice = by_link(pk, token)
    if invoice.document is None or invoice.document.state != StorageState.STORED:
        raise Http404
    return pdf_response(invoice)


@require_safe
@never_cache
def invoice_page(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """Everything about the document: what is open, how to pay, why each amount, and its files."""
    invoice = by_link(pk, token)
    left = open_amount(invoice)
    context = page_context(invoice.snapshot, invoice.number or "", left)
    order = OrderRequest.objects.filter(
        organisation=invoice.payer_id, year=invoice.period_start.year
    ).first()
    several = len({line["organisation"] for line in invoice.snapshot["lines"]}) > 1
    return render(
        request,
        "billing/public/invoice.html",
        context
        | {
            "invoice": invoice,
            "token": token,
            "state": payment_state(invoice, on=dates.today()),
            "left": left,
            "left_text": money(left, invoice.language),
            "several": several,
            "papers": current_papers(
                year=invoice.period_start.year, language=request.LANGUAGE_CODE
            ),
            "order": order if order is not None and order.state != "closed" else None,
            "order_token": order_token(order) if order is not None else "",
            "stored": invoice.document is not None
            and invoice.document.state == StorageState.STORED,
            "corrections": invoice.corrections.exclude(state="draft").order_by("sequence"),
        },
    )


@require_safe
@never_cache
def xml(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """The XML as issued, the original of the e-invoice."""
    invoice = by_link(pk, token)
    return _file(invoice.xml.encode(), f"{invoice.number}.xml", "application/xml")


@require_safe
@never_cache
def shares(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """Each organisation's share of the document, for a lead or sponsor to re-bill from."""
    invoice = by_link(pk, token)
    return _file(shares_file(invoice), f"{invoice.number}-shares.csv", "text/csv; charset=utf-8")


@require_safe
@never_cache
def usage(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """The sealed figures behind the amounts, row by row."""
    invoice = by_link(pk, token)
    return _file(usage_file(invoice), f"{invoice.number}-usage.csv", "text/csv; charset=utf-8")


@require_safe
@never_cache
def paper(request: HttpRequest, pk: UUID, token: str, paper_pk: int) -> HttpResponse:
    """One of the supplier's papers."""
    by_link(pk, token)
    return paper_response(paper_pk)


@require_safe
@never_cache
def share(request: HttpRequest, pk: UUID, organisation: int, token: str) -> HttpResponse:
    """What one organisation has in the invoice to its lead or sponsor; nothing of the others."""
    invoice = Invoice.objects.issued().filter(pk=pk).first()
    if invoice is None or not _same(token, share_token(invoice, organisation)):
        raise Http404
    found = share_of(invoice, organisation)
    if found is None:
        raise Http404
    return render(
        request,
        "billing/public/share.html",
        page_context(invoice.snapshot, invoice.number or "", open_amount(invoice))
        | {"invoice": invoice, "share": found},
    )


def by_link(pk: UUID, token: str) -> Invoice:
    """The issued document behind a signed link. Raises: Http404 for any other link."""
    invoice = (
        Invoice.objects.issued().select_related("document", "run__snapshot").filter(pk=pk).first()
    )
    if invoice is None or not _same(token, download_token(invoice)):
        raise Http404
    return invoice


def _same(given: str, wanted: str) -> bool:
    # Bytes: a link may hold any characters, and compare_digest takes ASCII text only.
    return hmac.compare_digest(given.encode(), wanted.encode())


def pdf_response(invoice: Invoice) -> HttpResponse:
    """The stored PDF as a download."""
    assert invoice.document is not None
    return stored_response(invoice.document, f"{invoice.number}.pdf")


def paper_response(pk: int) -> HttpResponse:
    """A current paper of the supplier. Raises: Http404."""
    found = (
        SupplierPaper.objects.filter(pk=pk, withdrawn_at__isnull=True)
        .select_related("document")
        .first()
    )
    if found is None or found.document.state != StorageState.STORED:
        raise Http404(_("This paper is not there."))
    return stored_response(found.document, found.document.file_name)


def stored_response(document: StoredDocument, name: str) -> HttpResponse:
    return _file(documents.read_bytes(document), name, "application/pdf")


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
