"""A bank statement read from any format, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


class StatementError(ValueError):
    """A file that cannot be read as a bank statement; the text names what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement. `amount` is positive when money came in; dates are the bank's.

    `reference` is a structured creditor or end-to-end reference, `bank_reference` the bank's own id,
    `index` the place within an entry that the bank split into several transactions. `charges` is what
    the bank kept, as a positive amount in the same currency.
    """

    amount: Decimal
    currency: str
    booked_on: date
    value_on: date | None
    text: str
    reference: str = ""
    bank_reference: str = ""
    index: int = 0
    counterparty: str = ""
    counterparty_iban: str = ""
    charges: Decimal = Decimal("0.00")
    is_reversal: bool = False
    return_reason: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One account, one period. Balances are None where the bank gives none (intraday, 054)."""

    account: str
    currency: str
    number: str
    opening: Decimal | None
    closing: Decimal | None
    entries: tuple[Entry, ...]
    closed_on: date | None = None
    warnings: tuple[str, ...] = field(default=())

    def balance_fault(self) -> str:
        """Why the balances do not chain, or empty: opening plus all entries must be closing."""
        if self.opening is None or self.closing is None:
            return ""
        moved = sum((entry.amount for entry in self.entries), Decimal(0))
        if self.opening + moved == self.closing:
            return ""
        return (
            f"statement {self.number} of {self.account}: opening {self.opening} and entries of "
            f"{moved} make {self.opening + moved}, the closing balance says {self.closing}"
        )
