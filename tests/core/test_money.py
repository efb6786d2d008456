from decimal import Decimal

import pytest

from backoffice.core.errors import BadInput
from backoffice.core.money import Money, check_currency, round_money, total


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("0.125", "0.13"),
        ("1.005", "1.01"),
        ("-0.125", "-0.13"),
        ("2.675", "2.68"),
        ("0.124", "0.12"),
    ],
)
def test_half_up_away_from_zero(raw: str, expected: str) -> None:
    assert round_money(Decimal(raw)) == Decimal(expected)


def test_a_full_credit_has_exactly_the_negated_cents() -> None:
    for cents in range(0, 2000, 7):
        amount = Decimal(cents) / Decimal(1000)
        assert round_money(-amount) == -round_money(amount)


def test_floats_and_mixed_currencies_are_refused() -> None:
    with pytest.raises(TypeError):
        round_money(0.1)  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        Money(Decimal("1"), "EUR") + Money(Decimal("1"), "USD")
    for currency in ("JPY", "KWD", "XXX"):
        with pytest.raises(BadInput):
            check_currency(currency)


def test_total_is_exact() -> None:
    assert total([Decimal("0.10")] * 3) == Decimal("0.30")
