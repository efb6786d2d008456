"""A wrong invoice is never edited: it is corrected in part, or cancelled by a linked document."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.money import round_money
from backoffice.core.services import audit, jobs
from billing.documents.snapshot import totals_of, with_tax_in_euro
from billing.enums import InvoiceKind, InvoiceState
from billing.models import Invoice
from billing.services.claims import cancel_state
from billing.services.issue import check_snapshot, issue_document
from billing.services.payments import take_back


def cancel_invoice(
    *, invoice: Invoice, reason: str, on: date, actor: Actor, at: datetime
) -> Invoice:
    """A cancellation over every line, to the cent; payments are freed, the items may be billed
    again. Returns the cancelling document.

    Raises: RuleBroken when parts were corrected before, or a check fails; BadInput without reason.
    """
    if invoice.corrections.exclude(state=InvoiceState.DRAFT).exists():
        raise RuleBroken(_("Parts of this invoice are corrected already; correct the rest."))
    snapshot = _reversed(invoice, reason, on, InvoiceKind.CANCELLATION)
    with transaction.atomic():
        document = _issue(invoice, snapshot, InvoiceKind.CANCELLATION, reason, actor, at)
        for allocation in invoice.allocations.filter(voided_at__isnull=True):
            take_back(allocation=allocation, actor=actor, at=at)
        cancel_state(invoice=invoice, actor=actor, at=at)
    return document


def correct_invoice(
    *,
    invoice: Invoice,
    parts: dict[int, Decimal],
    reason: str,
    on: date,
    actor: Actor,
    at: datetime,
) -> Invoice:
    """A partial credit: line position → net amount taken off. Returns the correcting document.

    Raises: BadInput for an unknown line or amount; RuleBroken when all credits would exceed the
    invoice, or the line.
    """
    snapshot = _reversed(invoice, reason, on, InvoiceKind.CORRECTION)
    lines = []
    for position, amount in sorted(parts.items()):
        if not 1 <= position <= len(snapshot["lines"]):
            raise BadInput(_("There is no line %(n)s.") % {"n": position})
        if amount <= 0 or round_money(amount) != amount:
            raise BadInput(_("%(amount)s is not an amount to take off.") % {"amount": amount})
        left = creditable(invoice).get(position, Decimal(0))
        if amount > left:
            raise RuleBroken(
                _("Line %(n)s has %(left)s left to credit.") % {"n": position, "left": left}
            )
        line = snapshot["lines"][position - 1]
        line |= {"quantity": "1", "unit_price": str(amount), "net": f"{amount:.2f}"}
        line["corrects_line"] = position
        line["explanation"] = {}
        lines.append(line)
    if not lines:
        raise BadInput(_("Say what is taken off."))
    snapshot["lines"] = lines
    snapshot = with_tax_in_euro(snapshot)
    with transaction.atomic():
        return _issue(invoice, snapshot, InvoiceKind.CORRECTION, reason, actor, at)


def creditable(invoice: Invoice) -> dict[int, Decimal]:
    """Line position → net amount not yet credited. Only lines above zero can be credited."""
    left = {line.position: line.net_amount for line in invoice.lines.all() if line.net_amount > 0}
    issued = Invoice.objects.filter(corrects=invoice).exclude(state=InvoiceState.DRAFT)
    for correction in issued:
        for line in correction.snapshot["lines"]:
            position = line.get("corrects_line")
            if position in left:
                left[position] -= Decimal(line["net"])
    return left


def _reversed(invoice: Invoice, reason: str, on: date, kind: str) -> dict[str, Any]:
    if not reason.strip():
        raise BadInput(_("Say why the invoice is corrected."))
    if invoice.kind != InvoiceKind.INVOICE or invoice.state != InvoiceState.ISSUED:
        raise RuleBroken(_("Only an issued invoice can be corrected."))
    if on < invoice.issue_date:
        raise BadInput(_("A correction is not dated before its invoice."))
    snapshot = deepcopy(invoice.snapshot)
    snapshot |= {
        "kind": kind,
        "issue_date": on.isoformat(),
        "due_date": on.isoformat(),
        "reason": reason.strip()[:200],
        "payment_terms": "",
        "corrects": {
            "number": invoice.number,
            "issue_date": invoice.issue_date.isoformat(),
        },
    }
    for position, line in enumerate(snapshot["lines"], start=1):
        line["corrects_line"] = position
    return snapshot


def _issue(
    invoice: Invoice,
    snapshot: dict[str, Any],
    kind: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Invoice:
    """Never more than the invoice, per document and so per VAT rate: it has one.

    Source: UStG § 14 (6), UStDV § 31 (5): a correction names number and date of the original.
    """
    Invoice.objects.select_for_update().get(pk=invoice.pk)
    totals = totals_of(snapshot)
    before = sum(
        (c.gross_amount for c in invoice.corrections.exclude(state=InvoiceState.DRAFT)), Decimal(0)
    )
    if before + totals.gross > invoice.gross_amount:
        raise RuleBroken(_("All credits together would exceed the invoice."))
    faults = check_snapshot(snapshot)
    if faults:
        raise RuleBroken(faults[0], code="invalid_document")
    document = issue_document(
        snapshot=snapshot,
        totals=totals,
        payer_id=invoice.payer_id,
        actor=actor,
        at=at,
        kind=kind,
        corrects=invoice,
        reason=reason.strip()[:200],
    )
    audit.record(
        "invoices",
        "correct",
        actor=actor,
        subject=invoice,
        facts={"by": document.number, "gross": totals.gross},
    )
    jobs.enqueue("billing.render_document", str(document.pk))
    return document
