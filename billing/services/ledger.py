"""Exports of issued documents and payments for a span of days, repeatable byte for byte."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput
from backoffice.core.services import audit
from billing.enums import AsideKind, EntryState
from billing.exports.datev import DatevSettings, write_datev
from billing.exports.plain import write_beancount, write_csv
from billing.exports.recap import write_recap
from billing.exports.rows import ExportDocument, ExportFee, ExportLine, ExportPayment
from billing.exports.shares import write_shares
from billing.exports.usage import write_usage
from billing.models import BankEntry, Invoice, LedgerExport, Payment, UsageRow
from billing.services.reports import recapitulative
from contacts.enums import IdentifierKind
from contacts.models import Identifier

FORMATS = {"datev": "csv", "csv": "csv", "beancount": "beancount", "recap": "csv"}


def export_documents(
    *, form: str, start: date, end: date, actor: Actor, at: datetime | None = None
) -> bytes:
    """The file of all documents dated from `start` to `end`, both inclusive. With `at` it is kept on
    record that this left the house.

    Raises: BadInput for an unknown form, an empty span, or what the form cannot carry.
    """
    if form not in FORMATS:
        raise BadInput(_("Formats are %(list)s.") % {"list": ", ".join(FORMATS)})
    if end < start:
        raise BadInput(_("The last day lies before the first."))
    documents = export_rows(start=start, end=end)
    try:
        if form == "datev":
            content = write_datev(documents, start=start, end=end, settings=datev_settings())
        elif form == "csv":
            content = write_csv(documents)
        elif form == "recap":
            content = write_recap(recapitulative(start=start, end=end))
        else:
            content = write_beancount(
                documents, payment_rows(start=start, end=end), fee_rows(start=start, end=end)
            )
    except ValueError as error:
        raise BadInput(str(error)) from error
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        if at is not None:
            LedgerExport.objects.create(
                form=form, start=start, end=end, documents=len(documents), digest=digest,
                made_at=at, made_by=str(actor),
            )  # fmt: skip
        audit.record(
            "exports",
            f"export_{form}",
            actor=actor,
            facts={"from": start, "to": end, "documents": len(documents), "digest": digest},
        )
    return content


def datev_settings() -> DatevSettings:
    """What the tax adviser says, from the settings. Raises: BadInput for a tax key without a value."""
    keys = {}
    for pair in filter(None, settings.ROLLCALL_DATEV_TAX_KEYS.replace(" ", "").split(",")):
        name, sep, value = pair.partition("=")
        if not sep or not value:
            raise BadInput(
                _("%(pair)s is not category and rate = key.") % {"pair": pair},
                where="ROLLCALL_DATEV_TAX_KEYS",
            )
        keys[name] = value
    return DatevSettings(
        adviser=settings.ROLLCALL_DATEV_ADVISER,
        client=settings.ROLLCALL_DATEV_CLIENT,
        account_length=settings.ROLLCALL_DATEV_ACCOUNT_LENGTH,
        tax_keys=keys,
    )


def not_exported(*, form: str, start: date, end: date) -> int:
    """Documents dated in the span that no export of this form has carried: dated outside every
    exported span, or issued after the export. The recapitulative statement holds reverse charge
    alone."""
    exports = LedgerExport.objects.filter(form=form, start__lte=end, end__gte=start)
    rows = Invoice.objects.issued().filter(issue_date__gte=start, issue_date__lte=end)
    if form == "recap":
        rows = rows.filter(regime="reverse_charge", currency="EUR")
    for row in exports:
        rows = rows.exclude(
            issue_date__gte=row.start, issue_date__lte=row.end, issued_at__lte=row.made_at
        )
    return rows.count()


def export_rows(*, start: date, end: date) -> list[ExportDocument]:
    """Issued documents as frozen, signed rows, in the order of their numbers."""
    documents = (
        Invoice.objects.issued()
        .filter(issue_date__gte=start, issue_date__lte=end)
        .select_related("corrects")
        .prefetch_related("lines__organisation")
        .order_by("issue_date", "series", "sequence")
    )
    return [_document(invoice) for invoice in documents]


def _document(invoice: Invoice) -> ExportDocument:
    sign = Decimal(1) if invoice.kind == "invoice" else Decimal(-1)
    return ExportDocument(
        number=invoice.number or "",
        kind=invoice.kind,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        payer_key=invoice.payer_id,
        payer=invoice.snapshot["buyer"]["name"],
        currency=invoice.currency,
        tax_category=invoice.tax_category,
        tax_rate=invoice.tax_rate,
        net=sign * invoice.net_amount,
        tax=sign * invoice.tax_amount,
        gross=sign * invoice.gross_amount,
        corrects=(invoice.corrects.number or "") if invoice.corrects else "",
        lines=tuple(
            ExportLine(
                line.position,
                line.organisation.name,
                line.label,
                line.account,
                sign * line.net_amount,
            )
            for line in invoice.lines.all()
        ),
    )


def payment_rows(*, start: date, end: date) -> list[ExportPayment]:
    """Payments, refunds and returns that were not voided."""
    rows = Payment.objects.filter(
        received_on__gte=start, received_on__lte=end, voided_at__isnull=True
    ).select_related("organisation")
    return [
        ExportPayment(
            key=row.pk,
            received_on=row.received_on,
            payer_key=row.organisation_id or 0,
            payer=row.organisation.name if row.organisation else "",
            amount=row.amount,
            charges=row.charges,
            currency=row.currency,
            reference=row.reference,
            bank=None if row.bank_amount is None else (row.bank_amount, row.bank_currency),
        )
        for row in rows.order_by("received_on", "id")
    ]


def fee_rows(*, start: date, end: date) -> list[ExportFee]:
    """Fees and interest that the bank booked."""
    rows = BankEntry.objects.filter(
        state=EntryState.SET_ASIDE,
        aside_kind=AsideKind.BANK_FEE,
        booked_on__gte=start,
        booked_on__lte=end,
    )
    return [
        ExportFee(row.pk, row.booked_on, row.text, row.amount, row.currency)
        for row in rows.order_by("booked_on", "id")
    ]


def shares_file(invoice: Invoice) -> bytes:
    """Each organisation's share of the document as CSV, for the lead or sponsor to re-bill from."""
    keys = {line["organisation"] for line in invoice.snapshot["lines"]}
    codes = dict(
        Identifier.objects.filter(organisation_id__in=keys, kind=IdentifierKind.SYMBOL).values_list(
            "organisation_id", "value"
        )
    )
    return write_shares(invoice.snapshot, invoice.number or "", codes)


def usage_file(invoice: Invoice) -> bytes:
    """The sealed figures of every organisation on the document as CSV; empty but for its head where
    no counted figure stands behind it."""
    keys = {line["organisation"] for line in invoice.snapshot["lines"]}
    rows = UsageRow.objects.none()
    if invoice.run is not None and invoice.snapshot.get("usage"):
        rows = UsageRow.objects.filter(
            snapshot=invoice.snapshot["usage"]["snapshot"], organisation__in=keys
        ).select_related("organisation", "repository")
        if invoice.run.quarter:
            rows = rows.filter(quarter__in=[0, invoice.run.quarter])
    ordered = rows.order_by("organisation__name", "repository__symbol", "content_type", "vintage")
    return write_usage(
        [
            (
                row.organisation.name,
                row.repository.symbol if row.repository else "",
                row.content_type,
                row.vintage,
                row.quarter or "",
                row.count,
            )
            for row in ordered
        ],
        invoice.snapshot.get("usage") or {},
    )
