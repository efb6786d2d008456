"""Each organisation's share of one invoice to its lead or sponsor, to re-bill from.

The cap of a consortium is spread over the organisations in proportion to what they would have paid; VAT
likewise. Cents left over go to the largest remainders, so that the shares add up to the invoice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from billing.documents.snapshot import totals_of
from billing.exports.plain import safe_cell

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Share:
    """Net amounts: own fees, the part of the cap taken off (negative), and what remains, with VAT."""

    key: int
    name: str
    fees: Decimal
    reduction: Decimal
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in whole cents in proportion to `weights`; the parts add up to it exactly."""
    total = sum(weights, Decimal(0))
    if not weights:
        return []
    if not total:
        weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [amount * weight / total for weight in weights]
    parts = [value.quantize(CENT, rounding=ROUND_DOWN) for value in exact]
    left = amount - sum(parts, Decimal(0))
    step = CENT if left > 0 else -CENT
    order = sorted(range(len(parts)), key=lambda i: (-abs(exact[i] - parts[i]), i))
    for index in order[: int(abs(left) / CENT)]:
        parts[index] += step
    return parts


def shares_of(snapshot: Mapping[str, Any]) -> list[Share]:
    """One share per organisation on the document, in the order of the document."""
    payer_cap = Decimal(0)
    fees: dict[int, Decimal] = {}
    covered: dict[int, Decimal] = {}
    names: dict[int, str] = {}
    for line in snapshot["lines"]:
        key, net = line["organisation"], Decimal(line["net"])
        names[key] = line["organisation_name"]
        if line["code"] == "consortium_cap" and net < 0:
            payer_cap += net
            continue
        fees[key] = fees.get(key, Decimal("0.00")) + net
        if line["code"] in ("organisation_fee", "doi_fee"):
            covered[key] = covered.get(key, Decimal(0)) + net
    keys = list(fees)
    reductions = dict.fromkeys(keys, Decimal("0.00"))
    inside = [key for key in keys if key in covered]
    for key, part in zip(inside, spread(payer_cap, [covered[k] for k in inside]), strict=True):
        reductions[key] = part
    nets = [fees[key] + reductions[key] for key in keys]
    taxes = spread(totals_of(snapshot).tax, nets)
    return [
        Share(key, names[key], fees[key], reductions[key], net, tax)
        for key, net, tax in zip(keys, nets, taxes, strict=True)
    ]


def write_shares(snapshot: Mapping[str, Any], number: str, codes: Mapping[int, str]) -> bytes:
    """CSV to re-bill from; `codes` gives each organisation's registry symbol."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["invoice", "organisation", "symbol", "fees", "cap_reduction", "net", "tax", "gross",
         "currency"]
    )  # fmt: skip
    for share in shares_of(snapshot):
        writer.writerow(
            [
                number,
                safe_cell(share.name),
                codes.get(share.key, ""),
                f"{share.fees:.2f}",
                f"{share.reduction:.2f}",
                f"{share.net:.2f}",
                f"{share.tax:.2f}",
                f"{share.gross:.2f}",
                snapshot["currency"],
            ]
        )
    return out.getvalue().encode("utf-8-sig")
