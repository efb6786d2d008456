"""Imports bank statements: the same movement once, whatever the file; certain matches applied."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RollcallError, Unreadable
from billing.bank.keys import entry_keys
from billing.bank.matching import Book, Match, OpenItem, compact, match_entry
from billing.bank.reader import read_statements
from billing.bank.statement import Entry, Statement, StatementError
from billing.models import Allocation, BankEntry, BankStatement, Invoice
from billing.services.entries import pay_from_entry


@dataclass
class Outcome:
    """What an import did, entry by entry; `status`: matched, suggested, unmatched, duplicate."""

    statements: int
    rows: list[dict[str, Any]]
    faults: list[str]

    def as_json(self) -> dict[str, Any]:
        return {
            "statements": self.statements,
            "entries": self.rows,
            "matched": sum(1 for row in self.rows if row["status"] == "matched"),
        }


def import_bank_file(
    *,
    content: bytes,
    file_name: str,
    actor: Actor,
    at: datetime,
    dry_run: bool = False,
    accept_balance_gap: bool = False,
) -> Outcome:
    """Reads the file, adds new movements, applies certain matches.

    A dry run writes nothing and reports wrong balances beside the entries.

    Raises: Unreadable for a broken file; BadInput when balances do not chain, naming the statement.
    """
    try:
        statements = read_statements(content)
    except StatementError as error:
        raise Unreadable(str(error), where=file_name) from error
    faults = [fault for statement in statements if (fault := statement.balance_fault())]
    if faults and not dry_run and not accept_balance_gap:
        raise BadInput(faults[0], where=file_name, code="balance")
    digest = hashlib.sha256(content).hexdigest()
    book = open_book()
    rows: list[dict[str, Any]] = []
    for statement in statements:
        rows += _take(statement, book, dry_run, file_name, digest, actor, at)
    return Outcome(len(statements), rows, faults)


def open_book() -> Book:
    """Open invoices, and the accounts from which members have paid before."""
    items = [
        OpenItem(str(pk), number, reference, payer, Decimal(left), currency)
        for pk, number, reference, payer, left, currency in Invoice.objects.open().values_list(
            "pk", "number", "payment_reference", "payer_id", "open_amount", "currency"
        )
    ]
    return Book.of(items, known_accounts())


def known_accounts() -> dict[str, frozenset[int]]:
    """IBAN → payers whose invoices were settled from it."""
    found: dict[str, set[int]] = {}
    rows = (
        Allocation.objects.filter(voided_at__isnull=True, payment__voided_at__isnull=True)
        .exclude(payment__entry__counterparty_iban="")
        .exclude(payment__entry__isnull=True)
        .values_list("payment__entry__counterparty_iban", "invoice__payer_id")
        .distinct()
    )
    for iban, payer in rows:
        found.setdefault(compact(iban), set()).add(payer)
    return {iban: frozenset(payers) for iban, payers in found.items()}


def _take(
    statement: Statement,
    book: Book,
    dry_run: bool,
    file_name: str,
    digest: str,
    actor: Actor,
    at: datetime,
) -> list[dict[str, Any]]:
    keys = entry_keys(statement)
    known = set(BankEntry.objects.filter(key__in=keys).values_list("key", flat=True))
    row = None
    if not dry_run and len(known) < len(keys):
        row = _statement_row(statement, file_name, digest)
    reports = []
    for key, entry in zip(keys, statement.entries, strict=True):
        if key in known:
            reports.append(_report(entry, "duplicate"))
            continue
        match = match_entry(entry, book)
        status = "matched" if match.certain else "suggested" if match.suggestions else "unmatched"
        if row is not None:
            status = _book_entry(row, key, entry, match, status, actor)
        if status == "matched":
            book.settle(match)
        reports.append(_report(entry, status))
    return reports


def _statement_row(statement: Statement, file_name: str, digest: str) -> BankStatement:
    return BankStatement.objects.create(
        account=statement.account[:60],
        currency=statement.currency[:3],
        number=statement.number[:60],
        opening=statement.opening,
        closing=statement.closing,
        closed_on=statement.closed_on,
        file_sha256=digest,
        file_name=file_name[:200],
    )


def _book_entry(
    statement: BankStatement, key: str, entry: Entry, match: Match, status: str, actor: Actor
) -> str:
    """One transaction per movement: the row, and its payment when the match is certain."""
    with transaction.atomic():
        row, created = BankEntry.objects.get_or_create(
            key=key,
            defaults={
                "statement": statement,
                "amount": entry.amount,
                "currency": entry.currency[:3],
                "booked_on": entry.booked_on,
                "value_on": entry.value_on,
                "text": entry.text,
                "reference": entry.reference[:140],
                "bank_reference": entry.bank_reference[:140],
                "counterparty": entry.counterparty[:200],
                "counterparty_iban": entry.counterparty_iban[:34],
                "charges": entry.charges,
                "is_reversal": entry.is_reversal,
                "return_reason": entry.return_reason[:40],
            },
        )
        if not created:
            return "duplicate"
        if status == "matched":
            try:
                with transaction.atomic():
                    pay_from_entry(entry=row, parts=list(match.parts), actor=actor)
            except RollcallError:
                return "suggested"
    return status


def suggestions_for(entry: BankEntry) -> Match:
    """What the matching says about a stored entry today."""
    return match_entry(as_entry(entry), open_book())


def as_entry(row: BankEntry) -> Entry:
    return Entry(
        amount=row.amount,
        currency=row.currency,
        booked_on=row.booked_on,
        value_on=row.value_on,
        text=row.text,
        reference=row.reference,
        bank_reference=row.bank_reference,
        counterparty=row.counterparty,
        counterparty_iban=row.counterparty_iban,
        charges=row.charges,
    )


def _report(entry: Entry, status: str) -> dict[str, Any]:
    return {
        "amount": f"{entry.amount:.2f}",
        "currency": entry.currency,
        "booked_on": entry.booked_on.isoformat(),
        "text": entry.text,
        "reference": entry.reference,
        "status": status,
    }
