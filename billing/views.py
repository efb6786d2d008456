"""Public pages of billing: the signed download of a document."""

from __future__ import annotations

import hmac
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from backoffice.core.enums import StorageState
from backoffice.core.services import documents
from billing.messages import download_token
from billing.models import Invoice


def download(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """The stored PDF, byte for byte. A wrong link says nothing about whether there is an invoice."""
    invoice = Invoice.objects.select_related("document").filter(pk=pk).first()
    if invoice is None or not hmac.compare_digest(token, download_token(invoice)):
        raise Http404
    if invoice.document is None or invoice.document.state != StorageState.STORED:
        raise Http404
    return pdf_response(invoice)


def pdf_response(invoice: Invoice) -> HttpResponse:
    assert invoice.document is not None
    response = HttpResponse(documents.read_bytes(invoice.document), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{invoice.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
