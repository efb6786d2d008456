"""Public pages of billing: the signed download of a document."""

from __future__ import annotations

import hmac
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from backoffice.core.enums import StorageState
from backoffice.core.services import documents
from billing.messages import download_token
from billing.models import Invoice
from billing.services.ledger import shares_file


def download(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """The stored PDF, byte for byte. A wrong link says nothing about whether there is an invoice."""
    invoice = _by_link(pk, token)
    if invoice.document is None or invoice.document.state != StorageState.STORED:
        raise Http404
    return pdf_response(invoice)


def shares(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """Each organisation's share of the document, for a lead or sponsor to re-bill from."""
    invoice = _by_link(pk, token)
    response = HttpResponse(shares_file(invoice), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{invoice.number}-shares.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _by_link(pk: UUID, token: str) -> Invoice:
    invoice = Invoice.objects.issued().select_related("document").filter(pk=pk).first()
    # Bytes: a link may hold any characters, and compare_digest takes ASCII text only.
    if invoice is None or not hmac.compare_digest(token.encode(), download_token(invoice).encode()):
        raise Http404
    return invoice


def pdf_response(invoice: Invoice) -> HttpResponse:
    assert invoice.document is not None
    response = HttpResponse(documents.read_bytes(invoice.document), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{invoice.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
