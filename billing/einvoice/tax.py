"""Which VAT treatment an item gets, and on what legal ground; a pure decision that can be stored.

The decision never guesses: where a fact is missing, it raises and the member is parked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.einvoice.document import Tax
from billing.einvoice.vat_id import Answer

EU_COUNTRIES = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)


class Regime(StrEnum):
    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    THIRD_COUNTRY = "third_country"
    OUTSIDE_SCOPE = "outside_scope"
    NO_VAT_SYSTEM = "no_vat_system"


class TaxUndecided(ValueError):
    """A fact is missing or contradictory; the text says what staff have to record."""


@dataclass(frozen=True, slots=True)
class SellerTax:
    """`rates`: (first day, rate in per cent) of the standard rate, oldest first."""

    country: str
    vat_id: str
    rates: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class BuyerTax:
    """What is on file. `is_business` is None until staff recorded evidence, dated `evidence_on`.

    `vat_answer` is the newest answer about `vat_id`; `override_reason` is staff's own decision that
    the id holds although the answer does not say so.
    """

    country: str
    vat_id: str = ""
    vat_answer: Answer = Answer.UNKNOWN
    is_business: bool | None = None
    evidence_on: date | None = None
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """`tax` goes on the line; `text` is printed in the language of the document."""

    regime: Regime
    tax: Tax
    legal_ground: str
    texts: tuple[tuple[str, str], ...]

    def text(self, language: str) -> str:
        return dict(self.texts).get(language, dict(self.texts)["en"])


def decide_tax(*, seller: SellerTax, buyer: BuyerTax, treatment: str, on: date) -> TaxDecision:
    """The treatment on the day of supply. `treatment` is `service` or `genuine_dues`.

    Raises: TaxUndecided naming the missing fact.
    Source: Directive 2006/112/EC Art. 44, 45, 196; UStG §§ 3a, 12, 13b, 14a; UStAE 1.4 (genuine
    membership dues).
    """
    if not buyer.country:
        raise TaxUndecided("the buyer's country is missing")
    if seller.country not in EU_COUNTRIES:
        return _no_vat_system(seller)
    if treatment == "genuine_dues":
        return _outside_scope()
    if buyer.country == seller.country:
        return _domestic(seller, on, "UStG § 3a (2), § 12 (1): supply in the seller's country")
    if buyer.country in EU_COUNTRIES:
        return _other_member_state(seller, buyer, on)
    return _third_country(seller, buyer, on)


def _other_member_state(seller: SellerTax, buyer: BuyerTax, on: date) -> TaxDecision:
    if not buyer.vat_id:
        if buyer.is_business:
            raise TaxUndecided("a business in another member state without a VAT id")
        return _domestic(
            seller, on, "UStG § 3a (1): buyer not recorded as a taxable person, no VAT id"
        )
    if not seller.vat_id:
        raise TaxUndecided("the seller has no VAT id, which reverse charge needs")
    if buyer.vat_answer is Answer.VALID or buyer.override_reason:
        return TaxDecision(
            Regime.REVERSE_CHARGE,
            Tax("AE", Decimal(0), "Reverse charge", "VATEX-EU-AE"),
            "Directive 2006/112/EC Art. 44 and 196; UStG § 3a (2), § 14a (1)",
            (
                ("en", "Reverse charge: VAT is due from the recipient of the service."),
                ("de", "Steuerschuldnerschaft des Leistungsempfängers (Reverse charge)."),
            ),
        )
    if buyer.vat_answer is Answer.INVALID:
        raise TaxUndecided(f"the VAT id {buyer.vat_id} is not valid")
    raise TaxUndecided(f"the VAT id {buyer.vat_id} is not checked yet")


def _third_country(seller: SellerTax, buyer: BuyerTax, on: date) -> TaxDecision:
    if buyer.is_business is False:
        return _domestic(seller, on, "UStG § 3a (1): buyer recorded as not a business")
    if buyer.is_business is None or buyer.evidence_on is None:
        raise TaxUndecided("evidence of the buyer's business status is missing")
    return TaxDecision(
        Regime.THIRD_COUNTRY,
        Tax("O", Decimal(0), "Service not taxable in the EU", "VATEX-EU-O"),
        f"Directive 2006/112/EC Art. 44; UStG § 3a (2); evidence of {buyer.evidence_on}",
        (
            ("en", "Not taxable in Germany: place of supply is the recipient's country (Art. 44)."),
            (
                "de",
                "In Deutschland nicht steuerbar: Leistungsort beim Empfänger (§ 3a Abs. 2 UStG).",
            ),
        ),
    )


def _outside_scope() -> TaxDecision:
    return TaxDecision(
        Regime.OUTSIDE_SCOPE,
        Tax("O", Decimal(0), "Membership dues outside the scope of VAT", "VATEX-EU-O"),
        "UStAE 1.4: genuine membership dues, no exchange of services",
        (
            ("en", "Membership dues, outside the scope of VAT."),
            ("de", "Echter Mitgliedsbeitrag, nicht steuerbar."),
        ),
    )


def _no_vat_system(seller: SellerTax) -> TaxDecision:
    return TaxDecision(
        Regime.NO_VAT_SYSTEM,
        Tax("O", Decimal(0), "No VAT: the seller is outside the EU", "VATEX-EU-O"),
        f"Seller in {seller.country}: no VAT on membership and registration fees",
        (("en", ""), ("de", "")),
    )


def _domestic(seller: SellerTax, on: date, ground: str) -> TaxDecision:
    rates = [rate for first_day, rate in seller.rates if first_day <= on]
    if not rates:
        raise TaxUndecided(f"no VAT rate of {seller.country} is recorded for {on.isoformat()}")
    return TaxDecision(Regime.DOMESTIC, Tax("S", rates[-1]), ground, (("en", ""), ("de", "")))


def split_by_tax(decisions: list[TaxDecision]) -> list[list[int]]:
    """Indexes of items that may stand on one document: one treatment and rate each.

    Category O never stands beside another; two rates (a rate that changed between two periods) would
    be lawful on one document, but a document here has one.
    Source: EN 16931 rules BR-O-11, BR-O-12.
    """
    groups: dict[tuple[bool, Tax], list[int]] = {}
    for index, decision in enumerate(decisions):
        key = (decision.tax.category == "O", decision.tax)
        groups.setdefault(key, []).append(index)
    return [groups[key] for key in sorted(groups, key=lambda key: (key[0], groups[key][0]))]
