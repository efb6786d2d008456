"""Money: one decimal amount with one currency, and the only rounding function of the project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from backoffice.core.errors import BadInput

CENTS = Decimal("0.01")
# Documents, exports and constraints assume two decimals; other currencies are refused at the door.
TWO_DECIMAL_CURRENCIES = frozenset(
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR MXN NOK NZD PLN RON SEK SGD THB TRY USD "
    "ZAR".split()
)


def round_money(amount: Decimal, digits: int = 2) -> Decimal:
    """``amount`` rounded half up (away from zero), so a credit has exactly the negated cents.

    0.125 → 0.13, -0.125 → -0.13, 1.005 → 1.01.

    Raises: TypeError for a float, whose binary value is not what was written.
    Source: EN 16931-1 BR-CO-17 and its rounding note; § 14 UStG leaves half-cent cases to trade use.
    """
    if isinstance(amount, float):
        raise TypeError("round_money takes a Decimal, never a float")
    return Decimal(amount).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def check_currency(currency: str) -> str:
    """The ISO 4217 code, upper case.

    Raises: BadInput for a currency that does not have two decimals or is not known here.
    """
    code = currency.strip().upper()
    if code not in TWO_DECIMAL_CURRENCIES:
        raise BadInput(
            f"Currency {code!r} is not supported; documents hold currencies with two decimals.",
            code="currency_unsupported",
        )
    return code


@dataclass(frozen=True, order=False)
class Money:
    """An amount in one currency. Adding two currencies is an error, never a conversion."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, float):
            raise TypeError("Money takes a Decimal, never a float")
        check_currency(self.currency)

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise BadInput(
                f"{self.currency} and {other.currency} cannot be added.", code="currency_mix"
            )

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def rounded(self) -> Money:
        return Money(round_money(self.amount), self.currency)

    def __str__(self) -> str:
        return f"{round_money(self.amount):,.2f} {self.currency}"


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum as a Decimal, 0.00 for nothing."""
    return sum(amounts, Decimal("0.00"))
