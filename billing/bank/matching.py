"""Which open invoices a bank entry pays; certain matches and suggestions, never a guess.

Order: creditor reference with its check digits; invoice numbers in the text, one or several whose sum
fits; a known account together with the exact open amount of a single invoice. Everything else is a
suggestion for staff. The amount alone never decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from stdnum import iso11649
from stdnum.exceptions import ValidationError

from billing.bank.statement import Entry

#: Banks break texts every 27 or 35 characters, so digits may stand apart.
NUMBER = re.compile(r"(?<![A-Z0-9])(RF\d{2}\s*)?(C?\d{4}(?:[\s\-./_]*\d){6})(?!\d)")
REFERENCE = re.compile(r"RF\d{2}[A-Z0-9]{1,21}")


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice with something left to pay, in its currency."""

    key: str
    number: str
    reference: str
    payer: int
    open_amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Match:
    """`certain` matches may be applied; `parts` are (invoice key, amount)."""

    rule: str
    certain: bool
    parts: tuple[tuple[str, Decimal], ...] = ()
    suggestions: tuple[str, ...] = ()
    reason: str = ""


@dataclass
class Book:
    """Open items, by what a payer may quote, and accounts known for payers."""

    items: dict[str, OpenItem]
    by_number: dict[str, str]
    by_reference: dict[str, str]
    by_amount: dict[tuple[Decimal, str], list[str]]
    payers_of_account: Mapping[str, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, items: Iterable[OpenItem], accounts: Mapping[str, frozenset[int]] | None = None
    ) -> Book:
        listed = {item.key: item for item in items}
        by_amount: dict[tuple[Decimal, str], list[str]] = {}
        for item in listed.values():
            by_amount.setdefault((item.open_amount, item.currency), []).append(item.key)
        return cls(
            items=listed,
            by_number={compact(item.number): item.key for item in listed.values()},
            by_reference={compact(item.reference): item.key for item in listed.values()},
            by_amount=by_amount,
            payers_of_account=accounts or {},
        )

    def settle(self, match: Match) -> None:
        """Takes the matched amounts off, so that a second payment is not applied to them again."""
        for key, amount in match.parts:
            item = self.items.pop(key)
            self.by_amount[item.open_amount, item.currency].remove(key)
            left = item.open_amount - amount
            if left > 0:
                self.items[key] = replace(item, open_amount=left)
                self.by_amount.setdefault((left, item.currency), []).append(key)


def compact(text: str) -> str:
    """Letters and digits only, upper case."""
    return "".join(ch for ch in text.upper() if ch.isalnum())


def match_entry(entry: Entry, book: Book) -> Match:
    """The best reading of one movement. Money going out is never matched by itself."""
    if entry.amount <= 0:
        return Match("outgoing", False, reason="money went out")
    quoted = _by_reference(entry, book)
    rule = "reference"
    if not quoted:
        quoted, rule = _by_number(entry, book), "number"
    if quoted:
        return _apply(entry, book, quoted, rule)
    return _by_account(entry, book)


def _by_reference(entry: Entry, book: Book) -> list[str]:
    found: list[str] = []
    candidates = [compact(entry.reference), *REFERENCE.findall(compact(entry.text))]
    for candidate in candidates:
        for length in range(len(candidate), 4, -1):
            key = book.by_reference.get(candidate[:length])
            if key in book.items and key not in found and is_reference(candidate[:length]):
                found.append(key)
                break
    return found


def is_reference(text: str) -> bool:
    """Whether the check digits of a creditor reference are right (ISO 11649)."""
    try:
        iso11649.validate(text)
    except ValidationError:
        return False
    return True


def _by_number(entry: Entry, book: Book) -> list[str]:
    found: list[str] = []
    for text in (entry.text.upper(), entry.reference.upper()):
        for prefix, candidate in NUMBER.findall(text):
            if prefix:
                continue  # a reference whose check digits are wrong names no invoice
            key = book.by_number.get(compact(candidate))
            if key in book.items and key not in found:
                found.append(key)
    return found


def _apply(entry: Entry, book: Book, quoted: list[str], rule: str) -> Match:
    items = [book.items[key] for key in quoted]
    if any(item.currency != entry.currency for item in items):
        return Match(rule, False, suggestions=tuple(quoted), reason="another currency")
    paid = entry.amount + entry.charges
    if len(items) == 1:
        return Match(rule, True, ((items[0].key, min(paid, items[0].open_amount)),))
    total = sum((item.open_amount for item in items), Decimal(0))
    if total == paid:
        parts = tuple((item.key, item.open_amount) for item in items)
        return Match(f"{rule}s", True, parts)
    return Match(
        rule, False, suggestions=tuple(quoted), reason="several invoices, and the sum does not fit"
    )


def _by_account(entry: Entry, book: Book) -> Match:
    amount_keys = book.by_amount.get((entry.amount + entry.charges, entry.currency), [])
    payers = book.payers_of_account.get(compact(entry.counterparty_iban), frozenset())
    if entry.counterparty_iban and payers:
        fitting = [key for key in amount_keys if book.items[key].payer in payers]
        if len(fitting) == 1:
            item = book.items[fitting[0]]
            return Match("account", True, ((item.key, item.open_amount),))
        if fitting:
            return Match("account", False, suggestions=tuple(fitting), reason="two invoices fit")
        own = tuple(
            key
            for key, item in book.items.items()
            if item.payer in payers and item.currency == entry.currency
        )
        if own:
            return Match("account", False, suggestions=own[:10], reason="the amount fits none")
    if amount_keys:
        return Match("amount", False, suggestions=tuple(amount_keys[:10]), reason="amount only")
    return Match("none", False, reason="nothing fits")
