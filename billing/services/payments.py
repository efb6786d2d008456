"""Money received: recorded, allocated, taken back, refunded. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.money import check_currency, round_money
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update
from billing.enums import InvoiceKind, InvoiceState, PaymentKind, PaymentMethod, PaymentState
from billing.models import Allocation, BankEntry, Invoice, Payment
from contacts.models import Organisation

ZERO = Decimal("0.00")


def record_payment(
    *,
    amount: Decimal,
    currency: str,
    received_on: date,
    actor: Actor,
    organisation: Organisation | None = None,
    method: str = PaymentMethod.TRANSFER,
    reference: str = "",
    charges: Decimal = ZERO,
    entry: BankEntry | None = None,
    bank: tuple[Decimal, str] | None = None,
    dedupe_key: str | None = None,
    parts: Iterable[tuple[Invoice, Decimal]] = (),
) -> Payment:
    """Money in, with the invoices it settles. What is left over stays as the payer's credit.

    `charges` is what banks kept on the way; it counts as paid. `bank` is amount and currency as the
    bank booked them, where that is not the currency of the invoices.

    A second call with the same `dedupe_key` gives the first payment back.

    Raises: BadInput for an amount that is not positive or has more than two decimals.
    """
    if amount <= 0 or charges < 0 or round_money(amount) != amount:
        raise BadInput(_("%(amount)s is not an amount of money received.") % {"amount": amount})
    with transaction.atomic():
        if dedupe_key:
            known = Payment.objects.filter(dedupe_key=dedupe_key).first()
            if known is not None:
                return known
        payment = Payment.objects.create(
            organisation=organisation,
            amount=amount,
            currency=check_currency(currency),
            received_on=received_on,
            method=method,
            reference=reference[:140],
            charges=charges,
            entry=entry,
            bank_amount=bank[0] if bank else None,
            bank_currency=bank[1] if bank else "",
            dedupe_key=dedupe_key,
        )
        audit.record(
            "payments",
            "record",
            actor=actor,
            subject=payment,
            facts={"amount": amount, "currency": currency, "on": received_on},
        )
        for invoice, part in parts:
            allocate(payment=payment, invoice=invoice, amount=part, on=received_on, actor=actor)
    return payment


def allocate(
    *, payment: Payment, invoice: Invoice, amount: Decimal, on: date, actor: Actor
) -> Allocation:
    """So much of the payment settles the invoice.

    Raises: RuleBroken when the payment has less left, the invoice less open, or currencies differ.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        invoice = Invoice.objects.select_for_update().get(pk=invoice.pk)
        _check_allocation(payment, invoice, amount)
        row = Allocation.objects.create(
            payment=payment, invoice=invoice, amount=amount, allocated_on=on
        )
        if payment.organisation_id is None:
            guarded_update(
                payment,
                expect={"organisation": None},
                set={"organisation": invoice.payer_id},
                actor=actor,
            )
        audit.record(
            "payments",
            "allocate",
            actor=actor,
            subject=payment,
            facts={"invoice": invoice.number, "amount": amount},
        )
    _after_payment(invoice, on, actor)
    return row


def _check_allocation(payment: Payment, invoice: Invoice, amount: Decimal) -> None:
    if amount <= 0:
        raise BadInput(_("An allocation is more than zero."))
    if payment.voided_at is not None or payment.kind != PaymentKind.PAYMENT:
        raise RuleBroken(_("This payment cannot be allocated."))
    if invoice.kind != InvoiceKind.INVOICE or invoice.state != InvoiceState.ISSUED:
        raise RuleBroken(_("%(invoice)s is not a receivable.") % {"invoice": invoice})
    if payment.currency != invoice.currency:
        raise RuleBroken(_("Payment and invoice are in different currencies."))
    left, due = available(payment), open_amount(invoice)
    if amount > left:
        raise RuleBroken(_("Only %(left)s of the payment is left.") % {"left": left})
    if amount > due:
        raise RuleBroken(
            _("Only %(due)s of %(invoice)s is open.") % {"due": due, "invoice": invoice}
        )


def _after_payment(invoice: Invoice, on: date, actor: Actor) -> None:
    from billing.services.suspension import lift_if_settled

    lift_if_settled(organisation_id=invoice.payer_id, on=on, actor=actor)


def available(payment: Payment) -> Decimal:
    """What is left of a payment: amount and bank charges, less allocations, refunds, returns."""
    if payment.voided_at is not None:
        return ZERO
    used = payment.allocations.filter(voided_at__isnull=True).aggregate(s=Sum("amount"))["s"]
    back = payment.reversals.filter(voided_at__isnull=True).aggregate(s=Sum("amount"))["s"]
    return round_money(payment.amount + payment.charges - (used or ZERO) + (back or ZERO))


def open_amount(invoice: Invoice) -> Decimal:
    """Gross less live allocations and issued corrections; zero for a cancelled document."""
    if invoice.state != InvoiceState.ISSUED or invoice.kind != InvoiceKind.INVOICE:
        return ZERO
    row = Invoice.objects.with_open_amount().values_list("open_amount", flat=True)
    return round_money(row.get(pk=invoice.pk))


def payment_state(invoice: Invoice, *, on: date) -> str:
    """Open, part-paid, paid, overdue: derived from rows on the day asked."""
    if invoice.kind != InvoiceKind.INVOICE or invoice.state != InvoiceState.ISSUED:
        return PaymentState.SETTLED
    left = open_amount(invoice)
    if left <= 0:
        return PaymentState.PAID
    if invoice.due_date < on:
        return PaymentState.OVERDUE
    return PaymentState.PART_PAID if left < invoice.gross_amount else PaymentState.OPEN


def take_back(*, allocation: Allocation, actor: Actor, at: datetime) -> Allocation:
    """Frees this one allocation; all others of the payment stay."""
    with transaction.atomic():
        guarded_update(allocation, expect={"voided_at": None}, set={"voided_at": at}, actor=actor)
        audit.record(
            "payments",
            "take_back",
            actor=actor,
            subject=allocation,
            facts={"invoice": allocation.invoice.number, "amount": allocation.amount},
        )
    return allocation


def void_payment(*, payment: Payment, reason: str, actor: Actor, at: datetime) -> Payment:
    """A payment entered by mistake: its allocations are freed, the row stays.

    Raises: BadInput without a reason; RuleBroken when it was refunded.
    """
    if not reason.strip():
        raise BadInput(_("Say why the payment is voided."))
    if payment.reversals.filter(voided_at__isnull=True).exists():
        raise RuleBroken(_("A refunded payment cannot be voided."))
    with transaction.atomic():
        guarded_update(
            payment,
            expect={"voided_at": None},
            set={"voided_at": at, "void_reason": reason.strip()[:200]},
            actor=actor,
        )
        for row in payment.allocations.filter(voided_at__isnull=True):
            take_back(allocation=row, actor=actor, at=at)
        audit.record("payments", "void", actor=actor, subject=payment)
    return payment


def refund_payment(
    *, payment: Payment, amount: Decimal, on: date, actor: Actor, entry: BankEntry | None = None
) -> Payment:
    """Money paid back to the payer, out of what is not allocated.

    Raises: RuleBroken when less is left; InvalidTransition for a voided payment.
    """
    if payment.voided_at is not None:
        raise InvalidTransition(_("A voided payment cannot be refunded."))
    return _reverse(payment, amount, on, actor, PaymentKind.REFUND, entry)


def return_payment(
    *, payment: Payment, on: date, actor: Actor, at: datetime, entry: BankEntry | None = None
) -> Payment:
    """The bank took the money back: allocations are freed and the invoices are open again."""
    with transaction.atomic():
        for row in payment.allocations.filter(voided_at__isnull=True):
            take_back(allocation=row, actor=actor, at=at)
        return _reverse(payment, payment.amount, on, actor, PaymentKind.RETURNED, entry)


def _reverse(
    payment: Payment,
    amount: Decimal,
    on: date,
    actor: Actor,
    kind: str,
    entry: BankEntry | None,
) -> Payment:
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        if amount <= 0 or amount > available(payment):
            raise RuleBroken(
                _("Only %(left)s of the payment is left.") % {"left": available(payment)}
            )
        row = Payment.objects.create(
            kind=kind,
            organisation=payment.organisation,
            amount=-amount,
            currency=payment.currency,
            received_on=on,
            method=payment.method,
            original=payment,
            entry=entry,
        )
        audit.record("payments", kind, actor=actor, subject=row, facts={"amount": amount})
    return row
