"""Sums and VAT of a document, exactly as EN 16931 wants them.

Source: EN 16931-1 rules BR-CO-10 to BR-CO-17. VAT is computed once per category and rate on the
sum of
the lines, never as a sum of line VAT; every rounding is half up.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from backoffice.core.money import round_money
from billing.einvoice.document import Line, Tax, TaxSubtotal, Totals

ZERO = Decimal("0.00")


def line_net(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """BT-131; the unit price is never rounded first."""
    return round_money(quantity * unit_price)


def compute_totals(lines: Iterable[Line], paid: Decimal = ZERO) -> Totals:
    """Totals of the lines; `paid` is what was paid in advance (BT-113)."""
    groups: dict[tuple[str, Decimal], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.tax.category, line.tax.rate), []).append(line)
    subtotals = tuple(
        _subtotal(group[0].tax, sum((line.net for line in group), ZERO))
        for _key, group in sorted(groups.items(), key=lambda item: item[0])
    )
    net = sum((s.basis for s in subtotals), ZERO)
    tax = sum((s.amount for s in subtotals), ZERO)
    gross = net + tax
    return Totals(net, tax, gross, paid, gross - paid, subtotals)


def _subtotal(tax: Tax, basis: Decimal) -> TaxSubtotal:
    return TaxSubtotal(tax=tax, basis=basis, amount=round_money(basis * tax.rate / 100))
