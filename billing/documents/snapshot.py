"""What is frozen on an invoice, as JSON, and the e-invoice made from it. No ORM, no clock.

The snapshot is the single source of the XML, of the printed page and of a later re-explanation.
Amounts are text with two decimals, dates ISO, periods inclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.core.money import round_money
from billing.einvoice.document import (
    CREDIT_NOTE,
    INVOICE,
    Address,
    EInvoice,
    Line,
    Party,
    PaymentAccount,
    Tax,
    Totals,
)
from billing.einvoice.totals import compute_totals
from billing.fees.explanation import render_sentence

#: Same length as a real number, so that nothing but the digits changes at issue.
PLACEHOLDER = "0000-000000"


def totals_of(snapshot: Mapping[str, Any]) -> Totals:
    """Net, VAT and gross of the snapshot's lines."""
    return compute_totals([_line(entry, snapshot) for entry in snapshot["lines"]])


def einvoice_of(snapshot: Mapping[str, Any], number: str = PLACEHOLDER) -> EInvoice:
    """The document in the terms of EN 16931, under the given number."""
    lines = tuple(_line(entry, snapshot) for entry in snapshot["lines"])
    totals = compute_totals(lines)
    outside = snapshot["tax"]["category"] == "O"
    corrected = snapshot.get("corrects") or {}
    return EInvoice(
        number=number,
        type_code=INVOICE if snapshot["kind"] == "invoice" else CREDIT_NOTE,
        issue_date=date.fromisoformat(snapshot["issue_date"]),
        due_date=date.fromisoformat(snapshot["due_date"]),
        currency=snapshot["currency"],
        seller=_party(snapshot["seller"], without_vat_id=outside),
        buyer=_party(snapshot["buyer"], without_vat_id=outside),
        start=date.fromisoformat(snapshot["period_start"]),
        end=date.fromisoformat(snapshot["period_end"]),
        lines=lines,
        totals=totals,
        account=_account(snapshot.get("account")),
        payment_reference=payment_reference(number),
        payment_terms=snapshot.get("payment_terms", ""),
        notes=tuple(
            note for note in (snapshot["tax"].get("text", ""), *snapshot.get("notes", ())) if note
        ),
        buyer_reference=snapshot.get("buyer_reference", ""),
        order_reference=snapshot.get("order_reference", ""),
        preceding_number=corrected.get("number", ""),
        preceding_date=date.fromisoformat(corrected["issue_date"]) if corrected else None,
        **_tax_currency(snapshot, totals),
    )


def payment_reference(number: str) -> str:
    """The creditor reference of a number: RF, two check digits, the number without separators.

    Source: ISO 11649.
    """
    body = "".join(ch for ch in number.upper() if ch.isalnum())
    digits = "".join(str(int(ch, 36)) for ch in f"{body}RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"


def sentences(snapshot: Mapping[str, Any], language: str) -> list[str]:
    """The explanation of each line in the language of the document."""
    return [
        render_sentence(line["explanation"], snapshot["currency"], language[:2])
        if line.get("explanation")
        else ""
        for line in snapshot["lines"]
    ]


def _party(data: Mapping[str, Any], *, without_vat_id: bool) -> Party:
    return Party(
        name=data["name"],
        address=Address(
            lines=tuple(line for line in data["address_lines"] if line),
            postcode=data["postcode"],
            city=data["city"],
            country=data["country"],
            subdivision=data.get("subdivision", ""),
        ),
        legal_id=data.get("legal_id", ""),
        # BR-O-02: a document outside the scope of VAT carries no VAT id at all.
        vat_id="" if without_vat_id else data.get("vat_id", ""),
        tax_number=data.get("tax_number", ""),
        email=data.get("email", ""),
        contact_name=data.get("contact_name", ""),
        phone=data.get("phone", ""),
        identifier=data.get("identifier", ""),
    )


def _account(data: Mapping[str, Any] | None) -> PaymentAccount | None:
    if not data:
        return None
    return PaymentAccount(
        holder=data["holder"],
        iban=data.get("iban", ""),
        bic=data.get("bic", ""),
        account_id=data.get("account_id", ""),
    )


def _line(entry: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Line:
    tax = snapshot["tax"]
    language = snapshot.get("language", "en")[:2]
    explanation = entry.get("explanation")
    return Line(
        name=entry["label"],
        description=(
            f"{entry['organisation_name']}: "
            + (render_sentence(explanation, snapshot["currency"], language) if explanation else "")
        ).rstrip(": "),
        quantity=Decimal(entry["quantity"]),
        unit_price=Decimal(entry["unit_price"]),
        net=Decimal(entry["net"]),
        tax=Tax(
            tax["category"], Decimal(tax["rate"]), tax.get("reason", ""), tax.get("reason_code", "")
        ),
        start=date.fromisoformat(entry["start"]),
        end=date.fromisoformat(entry["end"]),
    )


def with_tax_in_euro(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The snapshot with its VAT in euro beside, where its rate of exchange is stored.

    Source: UStG § 16 (6); Directive 2006/112/EC Art. 91 (2), 230: German VAT on a document in another
    currency is stated in euro too.
    """
    exchange = snapshot.get("exchange")
    if not exchange:
        return snapshot
    tax = totals_of(snapshot).tax / Decimal(exchange["rate"])
    return snapshot | {"tax_in_eur": f"{round_money(tax):.2f}"}


def _tax_currency(snapshot: Mapping[str, Any], totals: Totals) -> dict[str, Any]:
    amount = snapshot.get("tax_in_eur")
    if snapshot["currency"] == "EUR" or not totals.tax or amount is None:
        return {}
    return {"tax_currency": "EUR", "tax_in_tax_currency": Decimal(amount)}
