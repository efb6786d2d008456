"""Letters to post: reminders printed for the window envelope, invoices that reached nobody by mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from backoffice.core.actor import Actor
from backoffice.core.enums import StorageState
from backoffice.core.errors import InvalidTransition, RollcallError, RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.services import audit, documents
from backoffice.core.services.pdf import PrintJob, render
from billing.documents.epc import payment_code_svg
from billing.documents.page import grouped_iban, initials, long_date, money
from billing.documents.pool import new_pool
from billing.messages import reminder_row, step_subject, step_text
from billing.models import DunningNotice, Invoice
from billing.services.drafts import document_language
from billing.services.parties import Buyers, seller_on
from contacts.countries import country_name

STYLESHEET = str(Path(settings.BASE_DIR) / "templates" / "pdf" / "billing" / "letter.css")


@dataclass(frozen=True)
class Letter:
    """One letter that waits: a reminder or an invoice. `problem` says why it cannot be printed yet."""

    key: str
    payer: Any
    title: str
    day: date
    document: StoredDocument | None
    problem: str = ""
    url_name: str = ""
    pk: Any = None


def letter_job(notice: DunningNotice, at: datetime) -> PrintJob:
    """The page of a reminder. Raises: RuleBroken without an address, NotConfigured without issuer."""
    organisation = notice.organisation
    language = document_language(organisation.language)
    seller = seller_on(notice.taken_on, notice.currency)
    buyer = Buyers.load([organisation.pk], on=notice.taken_on, at=at).printed(organisation.pk)
    rows = list(notice.invoices.select_related("invoice").order_by("invoice__due_date"))
    abroad = buyer["country"] != seller.data["country"]
    with override(language):
        context = frame_context(seller.data, language) | {
            "title": step_subject(notice.step, language),
            "subject": step_subject(notice.step, language),
            "buyer": buyer,
            "country_name": country_name(buyer["country"]) if abroad else "",
            "day": long_date(notice.taken_on, language, seller.data["country"]),
            "paragraphs": step_text(notice.step, language).splitlines(),
            "rows": [reminder_row(row.invoice, row.open_amount, language) for row in rows],
            "total": f"{money(notice.open_amount, language)} {notice.currency}",
            "account": seller.account or {},
            "iban": grouped_iban((seller.account or {}).get("iban", "")),
            "code": _code(seller.account, rows, notice),
        }
        html = render_to_string("pdf/billing/letter.html", context)
    return PrintJob(html=html, stylesheets=(STYLESHEET,), identifier=f"letter-{notice.pk}".encode())


def frame_context(seller: dict[str, Any], language: str) -> dict[str, Any]:
    """Head and foot of every letter of the agency."""
    return {
        "seller": seller,
        "initials": initials(seller["short_name"]),
        "language": language[:2],
        "letter": seller["page_size"] == "Letter",
    }


def _code(account: dict[str, Any] | None, rows: list[Any], notice: DunningNotice) -> str:
    """A payment code for a single open item; several have references of their own."""
    if account is None or len(rows) != 1:
        return ""
    return payment_code_svg(
        holder=account["holder"],
        iban=account["iban"],
        bic=account["bic"],
        amount=rows[0].open_amount,
        reference=rows[0].invoice.payment_reference,
        currency=notice.currency,
    )


def print_letter(*, notice: DunningNotice, at: datetime) -> StoredDocument | None:
    """Prints and stores the letter of a notice once; None where there is no address to print.

    Renders in a process of its own; never called inside a transaction.
    """
    if notice.way == "mail":
        return None
    if notice.letter is not None and notice.letter.state == StorageState.STORED:
        return notice.letter
    try:
        job = letter_job(notice, at)
    except RuleBroken:
        return None
    with transaction.atomic():
        planned = notice.letter or documents.plan_document(
            kind="billing.letter",
            subject=f"billing.dunning:{notice.pk}",
            file_name=f"reminder-{notice.pk}.pdf",
            media_type="application/pdf",
        )
        DunningNotice.objects.filter(pk=notice.pk, letter__isnull=True).update(letter=planned)
    notice.refresh_from_db()
    assert notice.letter is not None
    with new_pool(1) as pool:
        content = pool.submit(render, job).result()
    return documents.store_bytes(notice.letter, content)


def waiting_letters() -> list[Letter]:
    """Everything that is to be posted, oldest first."""
    invoices = _invoices().select_related("payer", "document")
    notices = _notices().select_related("organisation", "step", "letter")
    found = [
        Letter(
            f"invoice:{row.pk}", row.payer, f"{row.get_kind_display()} {row.number}",
            row.issue_date, row.document, url_name="admin:billing_invoice_change", pk=row.pk,
            problem="" if _stored(row.document) else _("is being printed"),
        )
        for row in invoices
    ]  # fmt: skip
    found += [
        Letter(
            f"notice:{row.pk}", row.organisation, row.step.subject, row.taken_on, row.letter, pk=row.pk,
            problem="" if _stored(row.letter) else _problem(row),
        )
        for row in notices
    ]  # fmt: skip
    return sorted(found, key=lambda letter: (letter.day, letter.key))


def _invoices():
    return Invoice.objects.issued().exclude(unsent_reason="").filter(posted_on__isnull=True)


def _notices():
    return DunningNotice.objects.filter(way__in=["letter", "both"], posted_on__isnull=True)


def count_waiting() -> int:
    """How many letters are to be posted."""
    return _invoices().count() + _notices().count()


def _stored(document: StoredDocument | None) -> bool:
    return document is not None and document.state == StorageState.STORED


def _problem(notice: DunningNotice) -> str:
    try:
        Buyers.load([notice.organisation_id], on=notice.taken_on, at=notice.created_at).printed(
            notice.organisation_id
        )
    except RollcallError as error:
        return error.message
    return _("is being printed")


def merged(letters: Iterable[Letter]) -> bytes:
    """One PDF of all stored letters, to print in one go."""
    import io

    import pikepdf

    with pikepdf.new() as target:
        for letter in letters:
            if not letter.problem and letter.document is not None:
                content = documents.read_bytes(letter.document)
                with pikepdf.open(io.BytesIO(content)) as source:
                    target.pages.extend(source.pages)
        if not len(target.pages):
            raise RuleBroken(_("There is no letter to print."))
        out = io.BytesIO()
        target.save(out)
    return out.getvalue()


def mark_posted(*, key: str, on: date, actor: Actor) -> None:
    """Says that the letter was posted. Raises: InvalidTransition when it was before."""
    kind, _sep, pk = key.partition(":")
    model: Any = Invoice if kind == "invoice" else DunningNotice
    rows = model._base_manager.filter(pk=UUID(pk) if kind == "invoice" else int(pk))
    with transaction.atomic():
        if rows.filter(posted_on__isnull=True).update(posted_on=on, posted_by=str(actor)) != 1:
            raise InvalidTransition(_("This letter is posted already."))
        audit.record("dunning", "posted", actor=actor, subject=rows.get(), facts={"on": on})
