"""Puts the XML into the PDF (Factur-X / ZUGFeRD hybrid, PDF/A-3) and takes it out again.

Source: Factur-X 1.09, section on the hybrid file: attachment `factur-x.xml`, AFRelationship Data or
Alternative, listed in the catalogue's AF array, XMP block with its extension schema.
"""

from __future__ import annotations

import io
from datetime import datetime
from hashlib import md5
from typing import TYPE_CHECKING

from billing.einvoice.xmp import build_xmp

if TYPE_CHECKING:
    import pikepdf

FILE_NAME = "factur-x.xml"
KNOWN_NAMES = (FILE_NAME, "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml")
#: German administrations and the ZUGFeRD documents ask for Alternative: XML and page are equal.
RELATIONSHIP = "/Alternative"


def embed_xml(pdf: bytes, xml: bytes, *, title: str, author: str, issued_at: datetime) -> bytes:
    """The hybrid document. The same arguments give the same bytes, whenever it is run.

    `pdf` must already be PDF/A-3 but for the attachment. `issued_at` (with time zone) is the only
    time
    written into the file.
    """
    import pikepdf  # loaded by the processes that print, not by the site

    with pikepdf.open(io.BytesIO(pdf)) as document:
        _attach(document, xml, issued_at)
        _describe(document, title, author, issued_at)
        out = io.BytesIO()
        document.save(
            out,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
    return out.getvalue()


def extract_xml(pdf: bytes) -> bytes:
    """The embedded invoice, byte for byte. Raises: ValueError when there is none."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            for name in KNOWN_NAMES:
                if name in document.attachments:
                    return document.attachments[name].get_file().read_bytes()
    except pikepdf.PdfError as error:
        raise ValueError(f"the PDF cannot be read: {error}") from error
    raise ValueError("the PDF holds no e-invoice (no attachment factur-x.xml)")


def pdf_date(moment: datetime) -> str:
    """A PDF date with its offset, such as D:20260105090000+01'00'."""
    offset = moment.strftime("%z")
    return f"D:{moment.strftime('%Y%m%d%H%M%S')}{offset[:3]}'{offset[3:]}'"


def _attach(document: pikepdf.Pdf, xml: bytes, issued_at: datetime) -> None:
    import pikepdf

    stream = pikepdf.Stream(document, xml)
    stream.Type = pikepdf.Name("/EmbeddedFile")
    stream.Subtype = pikepdf.Name("/text/xml")
    stream.Params = pikepdf.Dictionary(
        ModDate=pdf_date(issued_at),
        Size=len(xml),
        CheckSum=md5(xml, usedforsecurity=False).digest(),
    )
    reference = document.make_indirect(stream)
    specification = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name("/Filespec"),
            F=FILE_NAME,
            UF=FILE_NAME,
            Desc="Invoice data (Factur-X, EN 16931)",
            AFRelationship=pikepdf.Name(RELATIONSHIP),
            EF=pikepdf.Dictionary(F=reference, UF=reference),
        )
    )
    names = document.Root.get("/Names", pikepdf.Dictionary())
    names.EmbeddedFiles = pikepdf.Dictionary(Names=pikepdf.Array([FILE_NAME, specification]))
    document.Root.Names = names
    document.Root.AF = pikepdf.Array([specification])


def _describe(document: pikepdf.Pdf, title: str, author: str, issued_at: datetime) -> None:
    import pikepdf

    packet = build_xmp(title=title, author=author, issued_at=issued_at)
    metadata = pikepdf.Stream(document, packet)
    metadata.Type = pikepdf.Name("/Metadata")
    metadata.Subtype = pikepdf.Name("/XML")
    document.Root.Metadata = document.make_indirect(metadata)
    # PDF/A wants the information dictionary to say the same as the XMP packet.
    stamp = pdf_date(issued_at)
    document.docinfo = document.make_indirect(
        pikepdf.Dictionary(
            Title=title,
            Author=author,
            Creator="Rollcall",
            Producer="Rollcall",
            CreationDate=stamp,
            ModDate=stamp,
        )
    )
