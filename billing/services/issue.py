"""Issues documents: validate with a placeholder, then one short transaction.

In the transaction stand only rows: number, snapshot, XML, lines, claims, audit. The PDF follows in a
worker process, the mail only after the PDF's hash is written.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit, documents, numbering
from billing.documents.snapshot import einvoice_of, payment_reference
from billing.einvoice.check import validate_xml
from billing.einvoice.cii import build_cii
from billing.einvoice.document import Totals
from billing.einvoice.schema import rule_set_version
from billing.enums import FlagKind, InvoiceKind, InvoiceState, ItemState, RunState
from billing.models import BillingRun, Invoice, InvoiceLine, RunItem
from billing.services.claims import claim
from billing.services.flags import set_flag

#: Invoice and correction documents have series of their own, one per year of the invoice date.
SERIES_LETTER = {
    InvoiceKind.INVOICE: "",
    InvoiceKind.CORRECTION: "C",
    InvoiceKind.CANCELLATION: "C",
}


@dataclass(frozen=True)
class Issued:
    """What a worker did with the items it took."""

    invoices: int = 0
    parked: int = 0
    lost: int = 0


def series_of(year: int, kind: str) -> str:
    """`invoice-2026`; corrections count apart."""
    return f"{'correction' if SERIES_LETTER.get(kind, '') else 'invoice'}-{year}"  # type: ignore[call-overload]


def number_text(kind: str, year: int, sequence: int) -> str:
    """`2026-000017`, or `C2026-000003` for a correction or cancellation."""
    return f"{SERIES_LETTER.get(kind, '')}{year}-{sequence:06d}"  # type: ignore[call-overload]


def check_snapshot(snapshot: dict[str, Any]) -> list[str]:
    """What is wrong with the document, found without spending a number."""
    return list(validate_xml(build_cii(einvoice_of(snapshot))).faults)


def issue_items(
    *,
    run: BillingRun,
    actor: Actor,
    clock: Callable[[], datetime],
    only: Iterable[int] | None = None,
    turn: int = 0,
    issued: Callable[[Invoice], None] | None = None,
) -> Issued:
    """Issues every ready item of the run; any number of workers may do this at once.

    `turn` shifts the order, so that workers do not all begin with the same item. A faulty item is
    parked with its reason and the rest goes on; a killed worker leaves nothing half-done.
    `issued` is called after the commit of each document.
    """
    if run.state != RunState.ISSUING:
        raise InvalidTransition(_("The run is not being issued."))
    ids = list(
        RunItem.objects.filter(run=run, state=ItemState.READY)
        .order_by("id")
        .values_list("pk", flat=True)
    )
    if only is not None:
        wanted = set(only)
        ids = [pk for pk in ids if pk in wanted]
    shift = turn % len(ids) if ids else 0
    counts = {"invoices": 0, "parked": 0, "lost": 0}
    for pk in ids[shift:] + ids[:shift]:
        item = RunItem.objects.filter(pk=pk, state=ItemState.READY).first()
        if item is None:
            counts["lost"] += 1
            continue
        outcome = issue_item(run=run, item=item, actor=actor, at=clock())
        if isinstance(outcome, Invoice):
            counts["invoices"] += 1
            if issued is not None:
                issued(outcome)
        else:
            counts[outcome] += 1
    return Issued(**counts)


def issue_item(
    *, run: BillingRun, item: RunItem, actor: Actor, at: datetime
) -> Invoice | Literal["parked", "lost"]:
    """The document of one item; `parked`, or `lost` when another worker had it first."""
    faults = check_snapshot(item.payload)
    if faults:
        return _park(item, faults[0], actor)
    totals = (item.net_amount, item.tax_amount, item.gross_amount)
    try:
        with transaction.atomic():
            if not RunItem.objects.filter(pk=item.pk, state=ItemState.READY).update(
                state=ItemState.ISSUED
            ):
                return "lost"
            invoice = _write(
                snapshot=item.payload,
                totals=totals,
                payer_id=item.payer_id,
                actor=actor,
                at=at,
                extra={"run": run, "item": item, "schedule_id": run.schedule_id},
            )
            claim(invoice=invoice, snapshot=item.payload, run=run, actor=actor)
            if "no_purchase_order" in item.exceptions:
                _wait_for_order(invoice, actor)
    except IntegrityError as error:
        if "claim" not in str(error):
            raise
        return _park(item, _("already billed for %(year)s") % {"year": run.year}, actor)
    except InvalidTransition:
        return _park(item, _("a correction of usage was settled elsewhere; compute again"), actor)
    return invoice


def _wait_for_order(invoice: Invoice, actor: Actor) -> None:
    """A payer that needs an order number and has none is not reminded until there is one."""
    set_flag(
        invoice=invoice,
        kind=FlagKind.WAITING_FOR_PO,
        reason=_("issued without a purchase order number"),
        on=invoice.issue_date,
        actor=actor,
    )


def issue_document(
    *,
    snapshot: dict[str, Any],
    totals: Totals,
    payer_id: int,
    actor: Actor,
    at: datetime,
    kind: str,
    corrects: Invoice | None = None,
    reason: str = "",
    **columns: Any,
) -> Invoice:
    """A single document outside the work on a run, in the caller's transaction; `columns` names its
    run, item or schedule where it has one. Raises: RuleBroken."""
    return _write(
        snapshot=snapshot,
        totals=(totals.net, totals.tax, totals.gross),
        payer_id=payer_id,
        actor=actor,
        at=at,
        extra={"kind": kind, "corrects": corrects, "reason": reason, **columns},
    )


def _park(item: RunItem, reason: str, actor: Actor) -> Literal["parked", "lost"]:
    with transaction.atomic():
        parked = RunItem.objects.filter(pk=item.pk, state=ItemState.READY).update(
            state=ItemState.PARKED, reason=reason[:300]
        )
        if parked:
            audit.record(
                f"run:{item.run_id}", "park", actor=actor, subject=item, facts={"item": item.pk}
            )
    return "parked" if parked else "lost"


def _write(
    *,
    snapshot: dict[str, Any],
    totals: tuple[Decimal, Decimal, Decimal],
    payer_id: int,
    actor: Actor,
    at: datetime,
    extra: dict[str, Any],
) -> Invoice:
    """Number, snapshot, XML, lines, audit: rows only, in the caller's transaction."""
    issue_date = date.fromisoformat(snapshot["issue_date"])
    kind = extra.get("kind", InvoiceKind.INVOICE)
    series = series_of(issue_date.year, kind)
    pk = uuid.uuid4()
    sequence = numbering.next_number(series)
    if Invoice.objects.filter(series=series, issue_date__gt=issue_date).exists():
        raise RuleBroken(_("There are invoices with a later date in this series."), code="date")
    number = number_text(kind, issue_date.year, sequence)
    planned = documents.plan_document(
        kind="billing.invoice",
        subject=f"billing.invoice:{pk}",
        file_name=f"{number}.pdf",
        media_type="application/pdf",
    )
    xml = build_cii(einvoice_of(snapshot, number))
    invoice = Invoice(
        **_columns(snapshot, totals),
        id=pk,
        state=InvoiceState.ISSUED,
        number=number,
        series=series,
        sequence=sequence,
        payer_id=payer_id,
        payment_reference=payment_reference(number),
        xml=xml.decode(),
        xml_sha256=hashlib.sha256(xml).hexdigest(),
        rules_version=rule_set_version(),
        issued_at=at,
        document=planned,
        **extra,
    )
    invoice._history_user = None  # type: ignore[attr-defined]
    invoice.save(force_insert=True)
    InvoiceLine.objects.bulk_create(_lines(invoice, snapshot))
    audit.record(
        _stream(invoice),
        "issue",
        actor=actor,
        subject=invoice,
        facts={"number": number, "gross": totals[2], "xml": invoice.xml_sha256},
    )
    return invoice


def _columns(snapshot: dict[str, Any], totals: tuple[Decimal, Decimal, Decimal]) -> dict[str, Any]:
    """What is looked for and summed up, taken out of the snapshot."""
    tax = snapshot["tax"]
    return {
        "issue_date": date.fromisoformat(snapshot["issue_date"]),
        "due_date": date.fromisoformat(snapshot["due_date"]),
        "period_start": date.fromisoformat(snapshot["period_start"]),
        "period_end": date.fromisoformat(snapshot["period_end"]),
        "currency": snapshot["currency"],
        "net_amount": totals[0],
        "tax_amount": totals[1],
        "gross_amount": totals[2],
        "regime": tax["regime"],
        "tax_category": tax["category"],
        "tax_rate": Decimal(tax["rate"]),
        "legal_ground": tax["legal_ground"][:200],
        "order_reference": snapshot["order_reference"],
        "language": snapshot["language"],
        "snapshot": snapshot,
    }


def _stream(invoice: Invoice) -> str:
    return f"run:{invoice.run_id}" if invoice.run_id else "invoices"


def _lines(invoice: Invoice, snapshot: dict[str, Any]) -> list[InvoiceLine]:
    tax = snapshot["tax"]
    return [
        InvoiceLine(
            invoice=invoice,
            position=position,
            organisation_id=line["organisation"],
            component=line["component"],
            code=line["code"],
            label=line["label"],
            quantity=Decimal(line["quantity"]),
            unit_price=Decimal(line["unit_price"]),
            net_amount=Decimal(line["net"]),
            tax_category=tax["category"],
            tax_rate=Decimal(tax["rate"]),
            account=line["account"],
            period_start=date.fromisoformat(line["start"]),
            period_end=date.fromisoformat(line["end"]),
            explanation=line["explanation"],
        )
        for position, line in enumerate(snapshot["lines"], start=1)
    ]
