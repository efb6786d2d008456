"""An invoice issued again with the payer's present address and order number; the amounts stay."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit, jobs
from billing.documents.snapshot import totals_of
from billing.enums import InvoiceKind
from billing.models import Allocation, Invoice
from billing.services.claims import claim
from billing.services.corrections import cancel_invoice
from billing.services.drafts import document_language, payment_terms
from billing.services.flags import clear_flag
from billing.services.issue import check_snapshot, issue_document
from billing.services.orders import order_of
from billing.services.parties import Buyers
from billing.services.payments import allocate


def reissue_invoice(
    *, invoice: Invoice, reason: str, on: date, actor: Actor, at: datetime
) -> Invoice:
    """Cancels the invoice and issues it anew with what is on file today: address, VAT id as printed,
    order number, references, language. Lines, amounts and VAT treatment stay; payments move over.

    All in one transaction. Raises: RuleBroken without an address, or when a check fails; what
    cancelling and issuing raise.
    """
    snapshot = _today(invoice, on, at)
    faults = check_snapshot(snapshot)
    if faults:
        raise RuleBroken(faults[0], code="invalid_document")
    with transaction.atomic():
        paid = list(
            Allocation.objects.filter(invoice=invoice, voided_at__isnull=True).select_related(
                "payment"
            )
        )
        cancellation = cancel_invoice(invoice=invoice, reason=reason, on=on, actor=actor, at=at)
        document = issue_document(
            snapshot=snapshot,
            totals=totals_of(snapshot),
            payer_id=invoice.payer_id,
            actor=actor,
            at=at,
            kind=InvoiceKind.INVOICE,
            run=invoice.run,
            schedule_id=invoice.schedule_id,
        )
        if invoice.run is not None:
            claim(invoice=document, snapshot=snapshot, run=invoice.run, actor=actor)
        for row in paid:
            allocate(payment=row.payment, invoice=document, amount=row.amount, on=on, actor=actor)
        for flag in invoice.flags.filter(valid_until__isnull=True):
            clear_flag(flag=flag, on=on, actor=actor)
        jobs.enqueue("billing.render_document", str(document.pk))
        audit.record(
            "invoices",
            "reissue",
            actor=actor,
            subject=document,
            facts={"instead_of": invoice.number, "cancelled_by": cancellation.number},
        )
    return document


def _today(invoice: Invoice, on: date, at: datetime) -> dict[str, Any]:
    buyers = Buyers.load([invoice.payer_id], on=on, at=at)
    profile = buyers.profiles.get(invoice.payer_id)
    snapshot = deepcopy(invoice.snapshot)
    language = document_language(buyers.organisations[invoice.payer_id].language)
    days = snapshot["payment_days"]
    printed = buyers.printed(invoice.payer_id)
    if printed["vat_id"] != snapshot["buyer"]["vat_id"]:
        raise RuleBroken(
            _("The VAT id is another one today; cancel the invoice and bill it by a run.")
        )
    snapshot |= {
        "buyer": printed,
        "issue_date": on.isoformat(),
        "due_date": (on + timedelta(days=days)).isoformat(),
        "order_reference": order_of(profile, invoice.period_start.year),
        "buyer_reference": profile.buyer_reference if profile else "",
        "replaces": invoice.number,
    }
    if language[:2] != snapshot["language"][:2]:
        snapshot |= {
            "language": language,
            "payment_terms": payment_terms(days, language),
            "lines": [_in_language(line, language) for line in snapshot["lines"]],
        }
    return snapshot


def _in_language(line: dict[str, Any], language: str) -> dict[str, Any]:
    labels = line["explanation"].get("labels", {})
    return line | {"label": labels.get(language[:2], line["label"])}
