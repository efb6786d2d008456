"""Stored documents read back and proved against their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from backoffice.core.errors import BadInput, RollcallError
from backoffice.core.services import documents
from billing.einvoice.pdf import extract_xml
from billing.enums import DocumentForm
from billing.models import Invoice
from billing.queries import number_holes


def invoice_numbered(number: str) -> Invoice:
    """The document with this number. Raises: BadInput."""
    invoice = Invoice.objects.select_related("document").filter(number=number).first()
    if invoice is None:
        raise BadInput(_("There is no document %(number)s.") % {"number": number})
    return invoice


def stored_pdf(number: str) -> bytes:
    """The PDF as stored. Raises: BadInput, RollcallError when it is missing or was changed."""
    document = invoice_numbered(number).document
    if document is None:
        raise BadInput(_("%(number)s has no PDF yet.") % {"number": number})
    return documents.read_bytes(document)


def stored_xml(number: str) -> bytes:
    """The XML as issued, which is the original. Raises: BadInput, RollcallError when changed."""
    invoice = invoice_numbered(number)
    xml = invoice.xml.encode()
    if hashlib.sha256(xml).hexdigest() != invoice.xml_sha256:
        raise RollcallError(_("The XML of %(number)s was changed.") % {"number": number})
    return xml


def document_faults() -> Iterator[str]:
    """Every document whose bytes, XML or number differ from what was issued."""
    issued = Invoice.objects.issued().select_related("document").order_by("series", "sequence")
    for invoice in issued.iterator(chunk_size=200):
        yield from _faults_of(invoice)
    for series in sorted(set(Invoice.objects.issued().values_list("series", flat=True))):
        for number in number_holes(series):
            yield f"series {series}: number {number} is missing"


def _faults_of(invoice: Invoice) -> Iterator[str]:
    xml = invoice.xml.encode()
    if hashlib.sha256(xml).hexdigest() != invoice.xml_sha256:
        yield f"{invoice.number}: the XML was changed"
    if invoice.document is None or invoice.document.state != "stored":
        yield f"{invoice.number}: the PDF is not stored"
        return
    try:
        content = documents.read_bytes(invoice.document)
    except RollcallError as error:
        yield f"{invoice.number}: {error.message}"
        return
    if invoice.snapshot.get("form") == DocumentForm.PDF:
        return
    try:
        if extract_xml(content) != xml:
            yield f"{invoice.number}: the PDF holds another XML than was issued"
    except ValueError as error:
        yield f"{invoice.number}: {error}"
