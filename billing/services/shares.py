"""One organisation's part of an invoice to its lead or sponsor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing.documents.page import money
from billing.documents.snapshot import sentences
from billing.exports.shares import Share, shares_of
from billing.models import Invoice


@dataclass(frozen=True)
class OwnShare:
    """The sums, and the own lines with their explanation, in words of the document's language."""

    share: Share
    lines: list[dict[str, Any]]
    fees: str
    reduction: str
    net: str
    tax: str
    gross: str


def share_of(invoice: Invoice, organisation_id: int) -> OwnShare | None:
    """The organisation's share; None where it has none in this document."""
    snapshot = invoice.snapshot
    language = snapshot["language"]
    found = next((s for s in shares_of(snapshot) if s.key == organisation_id), None)
    if found is None:
        return None
    lines = [
        {"label": line["label"], "explanation": sentence, "net": money(line["net"], language)}
        for line, sentence in zip(snapshot["lines"], sentences(snapshot, language), strict=True)
        if line["organisation"] == organisation_id and line["code"] != "consortium_cap"
    ]
    return OwnShare(
        share=found,
        lines=lines,
        fees=money(found.fees, language),
        reduction=money(found.reduction, language),
        net=money(found.net, language),
        tax=money(found.tax, language),
        gross=money(found.gross, language),
    )
