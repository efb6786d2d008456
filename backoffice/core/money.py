"""The one place where money is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


def round_money(amount: Decimal, digits: int = 2) -> Decimal:
    """`amount` rounded half up (away from zero on a tie) to `digits` decimals.

    Source: EN 16931-1 (rounding of amounts); the worked table is in docs/fees.md.
    """
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount together with its ISO 4217 currency."""

    amount: Decimal
    currency: str
