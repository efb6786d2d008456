"""Keys that make importing the same movement twice impossible, and keep true twins apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from billing.bank.statement import Entry, Statement

#: What banks write when they have no reference.
NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NA", "N/A"})


def entry_keys(statement: Statement) -> list[str]:
    """One key per entry, in order; the same movement in an overlapping file has the same key.

    Account, bank reference and place within the entry; without a bank reference account, date,
    amount and text. The booking date is part of both, as some banks reuse references in another
    year. Equal ones within a file are numbered, so that twins of one day stay two.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    keys: list[str] = []
    for entry in statement.entries:
        identity = _identity(statement, entry)
        keys.append(_digest((*identity, str(seen[identity]))))
        seen[identity] += 1
    return keys


def _identity(statement: Statement, entry: Entry) -> tuple[str, ...]:
    common = (statement.account, entry.booked_on.isoformat(), str(entry.amount), entry.currency)
    reference = entry.bank_reference.strip()
    if reference.upper() not in NO_REFERENCE:
        return (*common, "ref", reference, str(entry.index))
    return (*common, "text", "".join(entry.text.split()), entry.reference)


def _digest(parts: Iterable[str]) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()
