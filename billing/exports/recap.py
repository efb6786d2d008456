"""The recapitulative statement as a file: services under reverse charge by VAT id of the buyer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.money import round_money
from billing.exports.plain import safe_cell

HEADER = ("country", "vat_id", "buyer", "net", "whole_euros", "kind", "documents")


@dataclass(frozen=True, slots=True)
class RecapRow:
    """Services under reverse charge to one VAT id, net in euro, corrections taken off."""

    country: str
    vat_id: str
    buyer: str
    net: Decimal
    documents: int

    @property
    def whole(self) -> int:
        """Whole euros, half up, as the statement wants them."""
        return int(round_money(self.net, 0))


def write_recap(rows: Iterable[RecapRow]) -> bytes:
    """UTF-8 with a header row; kind S is the statement's mark for other services."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(
            [row.country, row.vat_id, safe_cell(row.buyer), f"{row.net:.2f}", row.whole, "S",
             row.documents]
        )  # fmt: skip
    return out.getvalue().encode("utf-8")
