"""Papers about the agency as supplier: uploaded by staff, or made from what is on file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, NotConfigured, RuleBroken
from backoffice.core.services import audit, documents
from backoffice.core.services.pdf import PrintJob, render
from backoffice.core.transitions import guarded_update
from billing.documents.page import grouped_iban, long_date
from billing.documents.pool import new_pool
from billing.enums import PaperKind
from billing.models import SupplierPaper
from billing.services.paper_mail import frame_context
from billing.services.parties import Seller, seller_on

STYLESHEET = str(Path(settings.BASE_DIR) / "templates" / "pdf" / "billing" / "letter.css")
MOST_BYTES = 10 * 1024 * 1024
#: What can be made from the issuer's own data, and its template.
MADE = {
    PaperKind.VENDOR_FORM: "pdf/billing/vendor_form.html",
    PaperKind.BANK_LETTER: "pdf/billing/bank_letter.html",
}


def add_paper(
    *,
    kind: str,
    year: int,
    title: str,
    language: str,
    content: bytes,
    file_name: str,
    actor: Actor,
    at: datetime,
    made_from: str = "",
) -> SupplierPaper:
    """Stores a PDF; it takes the place of the current one of the same kind, year and language.

    Raises: BadInput for another file than a PDF, or one that is too large.
    """
    if not content.startswith(b"%PDF-"):
        raise BadInput(_("Only PDF files are taken."), where=file_name)
    if len(content) > MOST_BYTES:
        raise BadInput(_("The file is larger than 10 MB."), where=file_name)
    stored = documents.store_new(
        content,
        kind="billing.paper",
        subject="billing.paper",
        file_name=file_name[:200],
        media_type="application/pdf",
    )
    try:
        with transaction.atomic():
            if kind != PaperKind.OTHER:
                _supersede(kind, year, language, actor, at)
            row = SupplierPaper.objects.create(
                kind=PaperKind(kind), year=year, title=title.strip()[:120], language=language,
                document=stored, made_from=made_from, added_at=at,
            )  # fmt: skip
            audit.record(
                "papers", "add", actor=actor, subject=row, facts={"kind": kind, "year": year}
            )
    except IntegrityError as error:
        raise RuleBroken(_("Somebody else has just added this paper.")) from error
    return row


def _supersede(kind: str, year: int, language: str, actor: Actor, at: datetime) -> None:
    current = SupplierPaper.objects.filter(
        kind=kind, year=year, language=language, withdrawn_at__isnull=True
    )
    for row in current:
        guarded_update(row, expect={"withdrawn_at": None}, set={"withdrawn_at": at}, actor=actor)


def withdraw_paper(*, paper: SupplierPaper, actor: Actor, at: datetime) -> SupplierPaper:
    """Nobody gets it any more; the file stays. Raises: InvalidTransition when it is withdrawn."""
    with transaction.atomic():
        guarded_update(paper, expect={"withdrawn_at": None}, set={"withdrawn_at": at}, actor=actor)
        audit.record("papers", "withdraw", actor=actor, subject=paper)
    return paper


def make_papers(*, year: int, actor: Actor, at: datetime) -> list[SupplierPaper]:
    """Supplier information and confirmation of bank details, in English and German.

    Prints in a process of its own; never inside a transaction.

    Raises: NotConfigured without issuer, or without a bank account to confirm.
    """
    on = at.date()
    seller = seller_on(on, _currency(on))
    if seller.account is None:
        raise NotConfigured(_("The issuer has no bank account in its currency."))
    jobs = [
        (kind, language, *paper_job(kind, language, year, seller, at))
        for kind in MADE
        for language in ("en-gb", "de")
    ]
    with new_pool(1) as pool:
        contents = list(pool.map(render, [job for _k, _l, _title, job in jobs]))
    return [
        add_paper(
            kind=kind, year=year, title=title, language=language, content=content,
            file_name=f"{kind}-{year}-{language[:2]}.pdf", actor=actor, at=at,
            made_from=f"issuer {seller.issuer.pk}",
        )
        for (kind, language, title, _job), content in zip(jobs, contents, strict=True)
    ]  # fmt: skip


def _currency(on: Any) -> str:
    from backoffice.core.models import Issuer

    issuer = Issuer.objects.filter(valid_from__lte=on).order_by("-valid_from").first()
    return issuer.currency if issuer else "EUR"


def paper_job(
    kind: str, language: str, year: int, seller: Seller, at: datetime
) -> tuple[str, PrintJob]:
    """Title and page of a paper that is made from the issuer's data."""
    country = seller.data["country"]
    with override(language):
        title = str(PaperKind(kind).label)
        context = frame_context(seller.data, language) | {
            "title": title,
            "day": long_date(at.date(), language, country),
            "year": year,
            "account": seller.account or {},
            "iban": grouped_iban((seller.account or {}).get("iban", "")),
            "currency": seller.issuer.currency,
        }
        html = render_to_string(MADE[PaperKind(kind)], context)
    identifier = f"{kind}-{year}-{language[:2]}".encode()
    return title, PrintJob(html=html, stylesheets=(STYLESHEET,), identifier=identifier)


def current_papers(*, year: int, language: str) -> list[SupplierPaper]:
    """Papers that hold for the year, one of each kind: of the year rather than of any year, in the
    reader's language rather than in another."""
    rows = (
        SupplierPaper.objects.filter(withdrawn_at__isnull=True)
        .filter(Q(year=year) | Q(year=0))
        .select_related("document")
    )
    best: dict[Any, SupplierPaper] = {}
    order = sorted(
        rows, key=lambda row: (row.year == year, row.language[:2] == language[:2], row.pk)
    )
    for row in order:
        best[row.pk if row.kind == PaperKind.OTHER else row.kind] = row
    kinds = list(PaperKind.values)
    return sorted(best.values(), key=lambda row: (kinds.index(row.kind), row.pk))
