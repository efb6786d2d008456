"""Standard VAT rates by country and first day, in per cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

#: Source: UStG § 12 (1); § 28 (1) for the second half of 2020.
STANDARD_RATES: dict[str, tuple[tuple[date, Decimal], ...]] = {
    "DE": (
        (date(2007, 1, 1), Decimal(19)),
        (date(2020, 7, 1), Decimal(16)),
        (date(2021, 1, 1), Decimal(19)),
    ),
    # Further seller countries are added here; without an entry nothing domestic is issued.
}
