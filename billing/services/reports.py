"""Aged open items and VAT totals, from frozen rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.exports.recap import RecapRow
from billing.models import Invoice

ZERO = Decimal("0.00")
#: (last day past due, label); everything older falls into the last bucket.
BUCKETS = ("not due", "1-30", "31-60", "61-90", "over 90")


@dataclass
class AgedRow:
    """Open amounts of one payer in one currency, by days past the due date."""

    payer: str
    payer_id: int
    currency: str
    amounts: dict[str, Decimal] = field(
        default_factory=lambda: {bucket: Decimal("0.00") for bucket in BUCKETS}
    )

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), Decimal("0.00"))

    @property
    def cells(self) -> list[Decimal]:
        return [self.amounts[bucket] for bucket in BUCKETS]


def bucket_of(due: date, on: date) -> str:
    """The age group of an open item on a day."""
    days = (on - due).days
    if days <= 0:
        return BUCKETS[0]
    return BUCKETS[min((days - 1) // 30 + 1, 4)]


def aged_open_items(*, on: date) -> list[AgedRow]:
    """Every payer with something open, by name."""
    rows: dict[tuple[int, str], AgedRow] = {}
    for invoice in Invoice.objects.open().select_related("payer").order_by("payer__name"):
        row = rows.setdefault(
            (invoice.payer_id, invoice.currency),
            AgedRow(invoice.payer.name, invoice.payer_id, invoice.currency),
        )
        row.amounts[bucket_of(invoice.due_date, on)] += invoice.open_amount
    return list(rows.values())


def aged_totals(rows: list[AgedRow]) -> list[AgedRow]:
    """The sums of all payers, a row per currency."""
    sums: dict[str, AgedRow] = {}
    for row in rows:
        total = sums.setdefault(row.currency, AgedRow("", 0, row.currency))
        for bucket, amount in row.amounts.items():
            total.amounts[bucket] += amount
    return [sums[currency] for currency in sorted(sums)]


def vat_totals(*, start: date, end: date) -> list[dict[str, object]]:
    """Net and VAT by category and rate of documents dated within the span, both days inclusive.

    Corrections and cancellations are taken off.
    """
    rows: dict[tuple[str, str, Decimal], list[Decimal]] = {}
    documents = Invoice.objects.issued().filter(issue_date__gte=start, issue_date__lte=end)
    sums = (
        documents.order_by()
        .values_list("kind", "currency", "tax_category", "tax_rate")
        .annotate(net=Sum("net_amount"), tax=Sum("tax_amount"))
    )
    for kind, currency, category, rate, net, tax in sums:
        sign = 1 if kind == "invoice" else -1
        amounts = rows.setdefault((currency, category, rate), [Decimal("0.00"), Decimal("0.00")])
        amounts[0] += sign * net
        amounts[1] += sign * tax
    return [
        {"currency": currency, "category": category, "rate": rate, "net": net, "tax": tax}
        for (currency, category, rate), (net, tax) in sorted(rows.items())
    ]


@dataclass(frozen=True)
class PeriodFees:
    """Invoices of a period in one currency; ``paid``, ``credited`` and ``open`` as they are now."""

    currency: str
    invoices: int
    invoiced: Decimal
    credited: Decimal
    paid: Decimal
    open: Decimal
    overdue: Decimal


def fees_of_period(*, since: date, until: date) -> list[PeriodFees]:
    """Receivable invoices dated within ``[since, until)`` by currency; overdue on ``until``."""
    sums: dict[str, list[Decimal]] = {}
    counts: Counter[str] = Counter()
    rows = Invoice.objects.receivable().with_open_amount()
    for row in rows.filter(issue_date__gte=since, issue_date__lt=until).iterator():
        late = row.open_amount if row.open_amount > 0 and row.due_date < until else ZERO
        amounts = (row.gross_amount, row.credited_amount, row.paid_amount, row.open_amount, late)
        present = sums.setdefault(row.currency, [ZERO] * len(amounts))
        sums[row.currency] = [a + b for a, b in zip(present, amounts, strict=True)]
        counts[row.currency] += 1
    return [PeriodFees(key, counts[key], *amounts) for key, amounts in sorted(sums.items())]


def recapitulative(*, start: date, end: date) -> list[RecapRow]:
    """The recapitulative statement of documents dated within the span, both days inclusive.

    Source: Directive 2006/112/EC Art. 262; UStG § 18a (2), (7) no. 3 (other services, marked S).
    """
    rows: dict[str, tuple[str, Decimal, int]] = {}
    documents = Invoice.objects.issued().filter(
        issue_date__gte=start, issue_date__lte=end, regime="reverse_charge", currency="EUR"
    )
    for invoice in documents.order_by("issue_date", "series", "sequence"):
        buyer = invoice.snapshot["buyer"]
        sign = 1 if invoice.kind == "invoice" else -1
        _name, net, count = rows.get(buyer["vat_id"], ("", Decimal("0.00"), 0))
        rows[buyer["vat_id"]] = (buyer["name"], net + sign * invoice.net_amount, count + 1)
    return [
        RecapRow(vat_id[:2], vat_id, name, net, count)
        for vat_id, (name, net, count) in sorted(rows.items())
    ]
