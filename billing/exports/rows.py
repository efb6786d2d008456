"""Frozen rows that every export is made from; the same rows give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backoffice.core.money import round_money


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One line of a document; `net` is signed (negative on a correction)."""

    position: int
    organisation: str
    label: str
    account: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """One issued document; amounts are signed: corrections and cancellations are negative."""

    number: str
    kind: str
    issue_date: date
    due_date: date
    payer_key: int
    payer: str
    currency: str
    tax_category: str
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    corrects: str
    lines: tuple[ExportLine, ...]

    def by_account(self) -> list[tuple[str, Decimal, Decimal]]:
        """(revenue account, net, VAT) by account; VAT is split so that its sum is the document's."""
        nets: dict[str, Decimal] = {}
        for line in self.lines:
            nets[line.account] = nets.get(line.account, Decimal("0.00")) + line.net
        rows: list[tuple[str, Decimal, Decimal]] = []
        left = self.tax
        accounts = sorted(nets)
        for index, account in enumerate(accounts):
            last = index == len(accounts) - 1
            tax = left if last else round_money(nets[account] * self.tax_rate / 100)
            left -= tax
            rows.append((account, nets[account], tax))
        return rows


@dataclass(frozen=True, slots=True)
class ExportPayment:
    """Money in (positive) or out (negative); `bank` is what the bank booked in another currency."""

    key: int
    received_on: date
    payer_key: int
    payer: str
    amount: Decimal
    charges: Decimal
    currency: str
    reference: str
    bank: tuple[Decimal, str] | None = None


@dataclass(frozen=True, slots=True)
class ExportFee:
    """A fee or interest that the bank booked; negative when it was taken."""

    key: int
    booked_on: date
    text: str
    amount: Decimal
    currency: str
