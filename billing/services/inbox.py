"""What fits a bank entry that is still to be matched, for staff to decide; nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db.models import Q

from backoffice.core.texts import fold
from billing.bank.matching import Match, compact, match_entry
from billing.enums import EntryState, PaymentKind
from billing.models import BankEntry, Invoice, Payment
from billing.services.bank_import import as_entry, open_book
from billing.services.entries import CHARGES_LIMIT
from contacts.models import Organisation

VIEWS = ("in", "out", "aside", "matched")
#: A payment this old is not returned by a bank any more.
RETURNED_WITHIN = timedelta(days=430)
FOUND = 12


@dataclass
class Offer:
    """One open entry with what it may be. `shortfall` is what is missing to the invoices offered, where
    that may be taken as bank charges."""

    entry: BankEntry
    match: Match
    invoices: list[Invoice] = field(default_factory=list)
    chosen: frozenset[str] = frozenset()
    payments: list[tuple[Payment, Decimal]] = field(default_factory=list)
    payers: list[Organisation] = field(default_factory=list)

    @property
    def shortfall(self) -> Decimal | None:
        if len(self.invoices) != 1 or self.invoices[0].currency != self.entry.currency:
            return None
        due: Decimal = getattr(self.invoices[0], "open_amount")  # noqa: B009
        missing = due - self.entry.amount - self.entry.charges
        return missing if Decimal(0) < missing <= CHARGES_LIMIT else None

    @property
    def other_currency(self) -> bool:
        return any(invoice.currency != self.entry.currency for invoice in self.invoices)


def entries_of(view: str):
    """Bank entries of one view of the inbox, newest first."""
    rows = BankEntry.objects.select_related("statement")
    if view == "aside":
        return rows.filter(state=EntryState.SET_ASIDE)
    if view == "matched":
        return rows.filter(state=EntryState.MATCHED)
    rows = rows.filter(state=EntryState.OPEN)
    return rows.filter(amount__lt=0) if view == "out" else rows.filter(amount__gte=0)


def counts() -> dict[str, int]:
    """How many entries wait, by direction."""
    return {view: entries_of(view).count() for view in ("in", "out")}


def offers(entries: Sequence[BankEntry], *, entry_id: int = 0, wanted: str = "") -> list[Offer]:
    """What fits each entry; for `entry_id` also the open invoices that `wanted` finds."""
    book = open_book()
    found = [Offer(entry, match_entry(as_entry(entry), book)) for entry in entries]
    keys = {key for offer in found for key in _keys(offer.match)}
    invoices = {
        str(invoice.pk): invoice
        for invoice in Invoice.objects.filter(pk__in=keys)
        .with_open_amount()
        .select_related("payer")
    }
    for offer in found:
        offer.invoices = [invoices[key] for key in _keys(offer.match) if key in invoices]
        certain = [key for key, _amount in offer.match.parts]
        offer.chosen = frozenset(
            certain or ([_keys(offer.match)[0]] if len(offer.invoices) == 1 else [])
        )
        if offer.entry.pk == entry_id and wanted:
            _add_found(offer, wanted)
        if offer.entry.amount < 0:
            offer.payments = payments_for(offer.entry)
    return found


def _keys(match: Match) -> list[str]:
    return list(dict.fromkeys([*(key for key, _a in match.parts), *match.suggestions]))


def _add_found(offer: Offer, wanted: str) -> None:
    """Open invoices by number or payer, and payers to whom the money may be credited."""
    known = {invoice.pk for invoice in offer.invoices}
    found = Invoice.objects.open().filter(
        Q(number__icontains=wanted.strip()) | Q(payer__name_folded__contains=fold(wanted))
    )
    offer.invoices += [
        invoice
        for invoice in found.select_related("payer").order_by("due_date", "number")[:FOUND]
        if invoice.pk not in known
    ]
    offer.payers = list(
        Organisation.objects.filter(name_folded__contains=fold(wanted)).order_by("name")[:FOUND]
    )


def payments_for(entry: BankEntry) -> list[tuple[Payment, Decimal]]:
    """Payments that money going out may return or refund, with the credit left of each: those of the
    same amount, and those with so much credit; from the same account first."""
    amount = -entry.amount
    account = compact(entry.counterparty_iban)
    rows = Payment.objects.with_left().filter(
        Q(amount=amount) | Q(left_amount__gte=amount),
        kind=PaymentKind.PAYMENT,
        voided_at__isnull=True,
        currency=entry.currency,
        received_on__gte=entry.booked_on - RETURNED_WITHIN,
        received_on__lte=entry.booked_on,
    )
    found = []
    for row in rows.select_related("organisation", "entry").order_by("-received_on")[:100]:
        same = (
            bool(account)
            and row.entry is not None
            and (compact(row.entry.counterparty_iban) == account)
        )
        found.append((not same, row.amount != amount, row))
    found.sort(key=lambda item: item[:2])
    return [(row, row.left_amount) for _other, _differs, row in found[:FOUND]]


def credits(limit: int = 50) -> list[Payment]:
    """Payments with money left (`left_amount`), newest first: the payers' credit."""
    rows = Payment.objects.with_credit().select_related("organisation")
    return list(rows.order_by("-received_on", "-pk")[:limit])
