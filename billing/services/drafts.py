"""From the engine's invoice to the frozen content of a document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from backoffice.core.errors import RuleBroken
from billing.documents.snapshot import totals_of, with_tax_in_euro
from billing.einvoice.document import Totals
from billing.einvoice.tax import Regime, TaxDecision, decide_tax, split_by_tax
from billing.enums import DocumentForm
from billing.fees.charges import Charge
from billing.fees.engine import FeeInvoice
from billing.services.orders import order_of
from billing.services.parties import Buyers, Seller
from billing.services.rates import EURO_COUNTRIES, rate_on


@dataclass(frozen=True)
class Draft:
    """One document to be: its content, its totals, and which part of a split it is."""

    part: str
    snapshot: dict[str, Any]
    totals: Totals
    claims: list[tuple[int, str]]
    #: Corrections of earlier usage among its lines.
    corrections: tuple[int, ...] = ()
    #: Reverse charge rests on form and check digits of the VAT id alone.
    checked_offline: bool = False


def make_drafts(
    *,
    invoice: FeeInvoice,
    seller: Seller,
    buyers: Buyers,
    currency: str,
    invoice_date: date,
    payment_days: int,
    usage: dict[str, Any] | None = None,
) -> list[Draft]:
    """One draft, or two where charges outside the scope of VAT need their own document.

    Raises: RuleBroken (address), TaxUndecided (a missing fact about VAT).
    """
    payer = int(invoice.billed_to)
    printed = buyers.printed(payer)
    buyer_tax = buyers.tax(payer)
    decisions = [
        decide_tax(seller=seller.tax, buyer=buyer_tax, treatment=line.tax, on=line.start)
        for line in invoice.lines
    ]
    drafts: list[Draft] = []
    for indexes in split_by_tax(decisions):
        lines = [invoice.lines[index] for index in indexes]
        decision = decisions[indexes[0]]
        snapshot = _snapshot(
            invoice, lines, decision, seller, buyers, printed, currency, invoice_date, payment_days
        )
        if usage is not None and any(_counted(line) for line in lines):
            snapshot["usage"] = usage
        snapshot = _with_exchange(snapshot, seller, invoice_date)
        snapshot |= _notes(snapshot, seller, invoice.start.year)
        drafts.append(
            Draft(
                part=_part(invoice, decision, [draft.part for draft in drafts]),
                snapshot=snapshot,
                totals=totals_of(snapshot),
                claims=[(int(line.member), claim_key(line)) for line in lines],
                corrections=tuple(sorted({pk for line in lines for pk in line.corrects})),
                checked_offline=(
                    decision.regime == Regime.REVERSE_CHARGE and buyers.checked_offline(payer)
                ),
            )
        )
    return drafts


def _with_exchange(snapshot: dict[str, Any], seller: Seller, day: date) -> dict[str, Any]:
    """VAT of a euro country on a document in another currency is stated in euro too.

    Raises: RuleBroken without a rate of exchange.
    """
    if snapshot["currency"] == "EUR" or seller.issuer.country not in EURO_COUNTRIES:
        return snapshot
    if not totals_of(snapshot).tax:
        return snapshot
    rate = rate_on(snapshot["currency"], day)
    if rate is None:
        raise RuleBroken(
            _("no exchange rate of %(currency)s for %(day)s is on file, which VAT in euro needs")
            % {"currency": snapshot["currency"], "day": day},
            code="no_rate",
        )
    exchange = {"rate": str(rate.rate.normalize()), "day": rate.day.isoformat(),
                "source": rate.source}  # fmt: skip
    return with_tax_in_euro(snapshot | {"exchange": exchange})


def _notes(snapshot: dict[str, Any], seller: Seller, year: int) -> dict[str, Any]:
    """What dues invoices of an American association must say about lobbying."""
    share = seller.not_deductible.get(year)
    if share is None or not any(line["code"] == "membership" for line in snapshot["lines"]):
        return {}
    with override(snapshot["language"]):
        return {
            "notes": [
                _(
                    "%(percent)s %% of these dues is not deductible as a business expense "
                    "(Internal Revenue Code § 6033(e))."
                )
                % {"percent": f"{share.normalize():f}"}
            ]
        }


def _counted(line: Charge) -> bool:
    """Whether the line is priced by a counted figure, not by an estimate or a fixed amount."""
    estimated = any(step["step"] == "estimate" for step in line.explanation.steps)
    return not estimated and any(key in line.explanation.inputs for key in ("dois", "count"))


def _part(invoice: FeeInvoice, decision: TaxDecision, used: Collection[str]) -> str:
    """Which document of a payer it is: one per VAT treatment, corrections alone apart."""
    name = "outside" if decision.tax.category == "O" else "scope"
    name = f"c-{name}" if invoice.corrections_only else name
    return next(n for n in (name, *(f"{name}{i}" for i in range(2, 10))) if n not in used)


def claim_key(line: Charge) -> str:
    """What may be billed once: the component, for registrations also type and vintage, for a
    correction also which one."""
    inputs = line.explanation.inputs
    parts = [line.component, *(inputs[key] for key in ("type", "vintage") if key in inputs)]
    if line.corrects:
        parts.append(f"correction {line.corrects[0]}")
    return ":".join(parts)


def _snapshot(
    invoice: FeeInvoice,
    lines: list[Charge],
    decision: TaxDecision,
    seller: Seller,
    buyers: Buyers,
    printed: dict[str, Any],
    currency: str,
    invoice_date: date,
    payment_days: int,
) -> dict[str, Any]:
    payer = int(invoice.billed_to)
    language = document_language(buyers.organisations[payer].language)
    profile = buyers.profiles.get(payer)
    return {
        "kind": "invoice",
        "language": language,
        "page_size": seller.data["page_size"],
        "currency": currency,
        "issue_date": invoice_date.isoformat(),
        "due_date": (invoice_date + timedelta(days=payment_days)).isoformat(),
        "payment_days": payment_days,
        "payment_terms": payment_terms(payment_days, language),
        "period_start": invoice.start.isoformat(),
        "period_end": invoice.end.isoformat(),
        "seller": seller.data,
        "account": seller.account,
        "buyer": printed,
        "order_reference": order_of(profile, invoice.start.year),
        "buyer_reference": profile.buyer_reference if profile else "",
        "form": profile.document_form if profile else DocumentForm.HYBRID.value,
        "tax": _tax(decision, language),
        "lines": [_line(line, buyers, language) for line in lines],
    }


def document_language(language: str) -> str:
    """Documents are printed in English or German."""
    return "de" if language.lower().startswith("de") else "en-gb"


def payment_terms(days: int, language: str) -> str:
    with override(language):
        return _("Payable within %(days)s days without deduction.") % {"days": days}


def _tax(decision: TaxDecision, language: str) -> dict[str, str]:
    return {
        "category": decision.tax.category,
        "rate": str(decision.tax.rate),
        "reason": decision.tax.reason,
        "reason_code": decision.tax.reason_code,
        "regime": decision.regime.value,
        "legal_ground": decision.legal_ground,
        "text": decision.text(language[:2]),
    }


def _line(line: Charge, buyers: Buyers, language: str) -> dict[str, Any]:
    organisation = buyers.organisations.get(int(line.member))
    data = line.explanation.as_data()
    correction = {"corrections": list(line.corrects)} if line.corrects else {}
    return {
        "organisation": int(line.member),
        "organisation_name": organisation.name if organisation else line.member,
        "component": line.component,
        "code": line.code,
        "claim": claim_key(line),
        "label": data["labels"][language[:2]],
        "quantity": str(line.quantity),
        "unit_price": str(line.unit_price),
        "net": f"{line.amount:.2f}",
        "account": line.account,
        "start": line.start.isoformat(),
        "end": line.end.isoformat(),
        "explanation": data,
        **correction,
    }
