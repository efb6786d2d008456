"""Queryset words of billing. What is open is computed from rows, here and nowhere else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import (
    Case,
    DecimalField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Round

AMOUNT = DecimalField(max_digits=14, decimal_places=2)
NOTHING = Value(Decimal("0.00"), output_field=AMOUNT)


class InvoiceQuerySet(models.QuerySet):
    def issued(self):
        """Documents with a number, cancelled ones included."""
        return self.exclude(state="draft")

    def receivable(self):
        """Issued invoices that are not cancelled: what members owe, paid or not."""
        return self.filter(kind="invoice", state="issued")

    def with_open_amount(self):
        """Adds ``paid_amount``, ``credited_amount`` and ``open_amount`` (in the document's
        currency), computed from live allocations and issued corrections."""
        from billing.models import Allocation, Invoice

        paid = (
            Allocation.objects.filter(
                invoice=OuterRef("pk"), voided_at__isnull=True, payment__voided_at__isnull=True
            )
            .order_by()
            .values("invoice")
            .annotate(total=Sum("amount"))
            .values("total")
        )
        credited = (
            Invoice.objects.filter(corrects=OuterRef("pk"))
            .exclude(state="draft")
            .order_by()
            .values("corrects")
            .annotate(total=Sum("gross_amount"))
            .values("total")
        )
        return self.annotate(
            paid_amount=Coalesce(Subquery(paid, output_field=AMOUNT), NOTHING),
            credited_amount=Coalesce(Subquery(credited, output_field=AMOUNT), NOTHING),
        ).annotate(
            # Rounded: SQLite adds decimals as floating point numbers.
            open_amount=Round(
                ExpressionWrapper(
                    F("gross_amount") - F("paid_amount") - F("credited_amount"),
                    output_field=AMOUNT,
                ),
                2,
            )
        )

    def open(self):
        """Receivable invoices with something left to pay."""
        return self.receivable().with_open_amount().filter(open_amount__gt=0)

    def overdue(self, *, on: date):
        """Open invoices whose last day of payment lies before ``on``."""
        return self.open().filter(due_date__lt=on)

    def flagged(self, *, on: date):
        """With a flag of any kind that holds on that day."""
        from billing.models import InvoiceFlag

        return self.filter(pk__in=InvoiceFlag.objects.filter(_holds(on)).values("invoice"))

    def remindable(self, *, on: date):
        """Overdue and neither disputed, nor waiting for a purchase order, nor paused."""
        from billing.models import InvoiceFlag

        held = InvoiceFlag.objects.filter(_holds(on)).values("invoice")
        return self.overdue(on=on).exclude(pk__in=held)


class PaymentQuerySet(models.QuerySet):
    def with_left(self):
        """Adds ``left_amount``: amount and charges, less live allocations, refunds and returns; zero
        for what is no payment or voided."""
        from billing.models import Allocation, Payment

        used = _sum_of(
            Allocation.objects.filter(payment=OuterRef("pk"), voided_at__isnull=True), "payment"
        )
        back = _sum_of(
            Payment.objects.filter(original=OuterRef("pk"), voided_at__isnull=True), "original"
        )
        left = F("amount") + F("charges") - Coalesce(used, NOTHING) + Coalesce(back, NOTHING)
        return self.annotate(
            left_amount=Case(
                When(
                    kind="payment",
                    voided_at__isnull=True,
                    then=Round(ExpressionWrapper(left, output_field=AMOUNT), 2),
                ),
                default=NOTHING,
                output_field=AMOUNT,
            )
        )

    def with_credit(self):
        """Payments with money left."""
        return self.with_left().filter(left_amount__gt=0)


def _sum_of(rows, key: str) -> Subquery:
    sums = rows.order_by().values(key).annotate(total=Sum("amount")).values("total")
    return Subquery(sums, output_field=AMOUNT)


def _holds(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gt=on))
