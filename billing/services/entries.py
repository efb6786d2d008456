"""What becomes of a bank entry: a payment, a return, a refund, a fee; each can be taken back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.money import check_currency, round_money
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from billing.enums import ENTRY_TRANSITIONS, AsideKind, EntryState, PaymentKind
from billing.models import BankEntry, Invoice, Payment
from billing.services.payments import (
    ZERO,
    record_payment,
    refund_payment,
    return_payment,
    void_payment,
)
from contacts.models import Organisation

#: A shortfall up to this may be taken as bank charges; more is asked from the member.
CHARGES_LIMIT = Decimal("100.00")


def pay_from_entry(
    *,
    entry: BankEntry,
    parts: list[tuple[str, Decimal]],
    actor: Actor,
    organisation: Organisation | None = None,
    charges: Decimal = ZERO,
    settled: Decimal | None = None,
) -> Payment:
    """A payment made of a bank entry, settling the invoices named (key, amount); the rest is credit
    of the payer.

    `charges` is a shortfall taken as bank charges, beside those the bank reports itself. `settled` is
    what the entry is worth in the currency of the invoices, where that is another one.

    Raises: BadInput for money that went out, for invoices in two currencies, or without `settled`;
    RuleBroken for too large a shortfall or from the allocation; InvalidTransition when matched.
    """
    if entry.amount <= 0:
        raise BadInput(_("Money that went out pays no invoice."))
    if charges < 0 or charges > CHARGES_LIMIT:
        raise RuleBroken(
            _("A shortfall of more than %(limit)s is not taken as bank charges.")
            % {"limit": CHARGES_LIMIT}
        )
    invoices = {str(i.pk): i for i in Invoice.objects.filter(pk__in=[key for key, _a in parts])}
    if len(invoices) != len(parts):
        raise BadInput(_("An invoice named here does not exist, or stands there twice."))
    if not invoices and organisation is None:
        raise BadInput(_("Name an invoice, or the payer whose credit it is."))
    amount, currency, bank = _worth(entry, {i.currency for i in invoices.values()}, settled)
    with transaction.atomic():
        transition(entry, to=EntryState.MATCHED, table=ENTRY_TRANSITIONS, actor=actor)
        return record_payment(
            amount=amount,
            currency=currency,
            received_on=entry.booked_on,
            organisation=organisation,
            charges=(ZERO if bank else entry.charges) + charges,
            entry=entry,
            bank=bank,
            reference=entry.reference or entry.text[:140],
            parts=[(invoices[key], part) for key, part in parts],
            actor=actor,
        )


def _worth(
    entry: BankEntry, currencies: set[str], settled: Decimal | None
) -> tuple[Decimal, str, tuple[Decimal, str] | None]:
    """Amount and currency of the payment, and what the bank booked where that differs."""
    own = check_currency(entry.currency)
    if len(currencies) > 1:
        raise BadInput(_("The invoices are in different currencies."))
    currency = next(iter(currencies), own)
    if currency == own:
        return entry.amount, own, None
    if settled is None or settled <= 0 or round_money(settled) != settled:
        raise BadInput(
            _("The bank booked %(own)s; say what it is worth in %(currency)s.")
            % {"own": own, "currency": currency}
        )
    return settled, currency, (entry.amount, own)


def return_from_entry(*, entry: BankEntry, payment: Payment, actor: Actor, at: datetime) -> Payment:
    """The bank took a payment back: its invoices are open again.

    Raises: BadInput unless the entry takes exactly the payment's amount out; InvalidTransition.
    """
    _check_outgoing(entry, payment)
    if -entry.amount != payment.amount:
        raise BadInput(_("The entry and the payment are not of the same amount."))
    with transaction.atomic():
        transition(entry, to=EntryState.MATCHED, table=ENTRY_TRANSITIONS, actor=actor)
        return return_payment(payment=payment, on=entry.booked_on, actor=actor, at=at, entry=entry)


def refund_from_entry(*, entry: BankEntry, payment: Payment, actor: Actor) -> Payment:
    """The money that went out was a refund of credit. Raises: RuleBroken when less credit is left."""
    _check_outgoing(entry, payment)
    with transaction.atomic():
        transition(entry, to=EntryState.MATCHED, table=ENTRY_TRANSITIONS, actor=actor)
        return refund_payment(
            payment=payment, amount=-entry.amount, on=entry.booked_on, actor=actor, entry=entry
        )


def _check_outgoing(entry: BankEntry, payment: Payment) -> None:
    if entry.amount >= 0:
        raise BadInput(_("Money that came in is neither a return nor a refund."))
    if entry.currency != payment.currency or payment.kind != PaymentKind.PAYMENT:
        raise BadInput(_("This payment does not fit the entry."))


def set_aside(
    *, entry: BankEntry, note: str, actor: Actor, kind: str = AsideKind.OTHER
) -> BankEntry:
    """Says that the movement is no member's payment (salary, bank fee, own transfer)."""
    if kind not in AsideKind.values or not kind:
        raise BadInput(_("Say what it is."))
    with transaction.atomic():
        transition(
            entry,
            to=EntryState.SET_ASIDE,
            table=ENTRY_TRANSITIONS,
            actor=actor,
            also={"note": note[:200], "aside_kind": kind},
        )
        audit.record("payments", "set_aside", actor=actor, subject=entry, facts={"as": kind})
    return entry


def reopen_entry(*, entry: BankEntry, reason: str, actor: Actor, at: datetime) -> BankEntry:
    """Back into the inbox: a payment made of it is voided, whatever it settled is open again.

    Raises: BadInput without a reason for a payment; RuleBroken when it was refunded since;
    InvalidTransition when the entry waits already.
    """
    with transaction.atomic():
        for payment in entry.payments.filter(voided_at__isnull=True):
            if payment.kind == PaymentKind.PAYMENT:
                void_payment(payment=payment, reason=reason, actor=actor, at=at)
            else:
                _void_reversal(payment, reason, actor, at)
        transition(
            entry,
            to=EntryState.OPEN,
            table=ENTRY_TRANSITIONS,
            actor=actor,
            also={"aside_kind": ""},
        )
        audit.record("payments", "reopen_entry", actor=actor, subject=entry)
    return entry


def _void_reversal(payment: Payment, reason: str, actor: Actor, at: datetime) -> None:
    if not reason.strip():
        raise BadInput(_("Say why."))
    guarded_update(
        payment,
        expect={"voided_at": None},
        set={"voided_at": at, "void_reason": reason.strip()[:200]},
        actor=actor,
    )
