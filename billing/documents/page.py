"""What the printed page shows, in the words and numbers of its language. No ORM, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing.documents.epc import payment_code_svg
from billing.documents.snapshot import payment_reference, sentences, totals_of
from billing.fees.explanation import format_number

MONTHS_DE = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def long_date(value: str | date, language: str, country: str = "") -> str:
    """5 January 2026, January 5, 2026 (United States), or 5. Januar 2026."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if language.startswith("de"):
        return f"{day.day}. {MONTHS_DE[day.month - 1]} {day.year}"
    if country == "US":
        return f"{MONTHS_EN[day.month - 1]} {day.day}, {day.year}"
    return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"


def money(value: Decimal | str, language: str) -> str:
    """Two decimals, grouped in the manner of the language."""
    return format_number(Decimal(value), language[:2], 2)


def grouped_iban(iban: str) -> str:
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def page_context(snapshot: Mapping[str, Any], number: str, open_amount: Decimal) -> dict[str, Any]:
    """Everything the template prints. `open_amount` is what the payment code asks for."""
    language = snapshot["language"]
    country = snapshot["seller"]["country"]
    totals = totals_of(snapshot)
    account = snapshot.get("account") or {}
    credit = snapshot["kind"] != "invoice"
    return {
        "number": number,
        "kind": snapshot["kind"],
        "language": language[:2],
        "letter": snapshot["page_size"] == "Letter",
        "seller": snapshot["seller"],
        "initials": initials(snapshot["seller"]["short_name"]),
        "buyer": snapshot["buyer"],
        "issue_date": long_date(snapshot["issue_date"], language, country),
        "due_date": long_date(snapshot["due_date"], language, country),
        "period_start": long_date(snapshot["period_start"], language, country),
        "period_end": long_date(snapshot["period_end"], language, country),
        "currency": snapshot["currency"],
        "groups": line_groups(snapshot),
        "net": money(totals.net, language),
        "gross": money(totals.gross, language),
        "taxes": [
            {
                "rate": format_number(subtotal.tax.rate, language[:2]),
                "basis": money(subtotal.basis, language),
                "amount": money(subtotal.amount, language),
                "category": subtotal.tax.category,
            }
            for subtotal in totals.subtotals
        ],
        "tax_text": snapshot["tax"].get("text", ""),
        "tax_in_eur": _in_euro(snapshot, language, country),
        "notes": list(snapshot.get("notes", ())),
        "show_tax": snapshot["tax"]["category"] == "S",
        "reverse_charge": snapshot["tax"]["category"] == "AE",
        "payment_terms": snapshot.get("payment_terms", ""),
        "order_reference": snapshot.get("order_reference", ""),
        "buyer_reference": snapshot.get("buyer_reference", ""),
        "corrects": _corrected(snapshot, language, country),
        "reason": snapshot.get("reason", ""),
        "account": {} if credit else account,
        "iban": grouped_iban(account.get("iban", "")),
        "reference": payment_reference(number),
        "schedules": schedules_used(snapshot),
        "usage": _usage(snapshot, language, country),
        "code": ""
        if credit
        else payment_code_svg(
            holder=account.get("holder", ""),
            iban=account.get("iban", ""),
            bic=account.get("bic", ""),
            amount=open_amount,
            reference=payment_reference(number),
            currency=snapshot["currency"],
        ),
    }


def line_groups(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lines by organisation, each group with its sum; the payer's own lines have no heading."""
    language = snapshot["language"]
    groups: list[dict[str, Any]] = []
    for line, sentence in zip(snapshot["lines"], sentences(snapshot, language), strict=True):
        key = (line["organisation"], line["code"] == "consortium_cap")
        if not groups or groups[-1]["key"] != key:
            groups.append(
                {"key": key, "name": line["organisation_name"], "lines": [], "sum": Decimal(0)}
            )
        groups[-1]["lines"].append(
            {
                "label": line["label"],
                "explanation": shorten(sentence, line["label"]),
                "quantity": quantity_text(line["quantity"], language),
                "unit_price": unit_text(line["unit_price"], language),
                "net": money(line["net"], language),
            }
        )
        groups[-1]["sum"] += Decimal(line["net"])
    several = len({group["key"][0] for group in groups}) > 1
    for group in groups:
        group["show_name"] = several
        group["show_sum"] = several and len(group["lines"]) > 1
        group["sum"] = money(group["sum"], language)
    return groups


def shorten(sentence: str, label: str) -> str:
    """The explanation without the label beside it and without the schedule, named once below."""
    return sentence.removeprefix(f"{label}: ").rpartition(" [")[0] or sentence


def schedules_used(snapshot: Mapping[str, Any]) -> str:
    """The fee schedules behind the lines, such as `datacite-2023 v1`."""
    used = {
        f"{line['explanation']['schedule']} v{line['explanation']['version']}"
        for line in snapshot["lines"]
        if line.get("explanation", {}).get("schedule")
    }
    return ", ".join(sorted(used))


def quantity_text(value: str, language: str) -> str:
    return format_number(Decimal(value), language[:2])


def unit_text(value: str, language: str) -> str:
    amount = Decimal(value)
    digits = max(2, -int(amount.normalize().as_tuple().exponent))
    return format_number(amount, language[:2], digits)


def initials(name: str) -> str:
    """Two letters for the mark beside the name."""
    words = [word for word in name.replace(".", " ").split() if word[:1].isalnum()]
    if len(words) > 1:
        return (words[0][0] + words[1][0]).upper()
    return name[:2].upper()


def _in_euro(snapshot: Mapping[str, Any], language: str, country: str) -> dict[str, str]:
    """VAT in euro with its rate, for a document in another currency."""
    exchange = snapshot.get("exchange")
    if not exchange or not snapshot.get("tax_in_eur"):
        return {}
    return {
        "amount": money(snapshot["tax_in_eur"], language),
        "rate": unit_text(exchange["rate"], language),
        "day": long_date(exchange["day"], language, country),
    }


def _usage(snapshot: Mapping[str, Any], language: str, country: str) -> dict[str, str]:
    """The sealed figures behind the lines, by year, day and the beginning of their hash."""
    usage = snapshot.get("usage")
    if not usage:
        return {}
    sealed = usage.get("sealed_on", "")
    return {
        "year": str(usage["year"]),
        "sealed": long_date(sealed, language, country) if sealed else "",
        "digest": usage["digest"][:16],
    }


def _corrected(snapshot: Mapping[str, Any], language: str, country: str) -> dict[str, str]:
    data = snapshot.get("corrects")
    if not data:
        return {}
    return {
        "number": data["number"],
        "issue_date": long_date(data["issue_date"], language, country),
    }
