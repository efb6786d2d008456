"""An invoice in the terms of EN 16931 (BT and BG numbers), as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: BT-24 of the Factur-X / ZUGFeRD profile EN 16931 ("COMFORT").
PROFILE = "urn:cen.eu:en16931:2017"
INVOICE = "380"
CREDIT_NOTE = "381"


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5 or BG-8; `country` is ISO 3166-1 alpha-2."""

    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str
    subdivision: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Seller (BG-4) or buyer (BG-7); empty text means that the term is left out."""

    name: str
    address: Address
    legal_id: str = ""
    vat_id: str = ""
    tax_number: str = ""
    email: str = ""
    contact_name: str = ""
    phone: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """BG-17: where to pay. `iban` is compact; `account_id` serves countries without IBAN."""

    holder: str
    iban: str = ""
    bic: str = ""
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """Category (BT-151), rate in per cent and, where no tax is charged, the reason (BT-120/121)."""

    category: str
    rate: Decimal
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25. `net` is `quantity * unit_price` rounded half up; dates inclusive."""

    name: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax: Tax
    start: date | None = None
    end: date | None = None
    unit: str = "C62"


@dataclass(frozen=True, slots=True)
class TaxSubtotal:
    """BG-23, one per category and rate."""

    tax: Tax
    basis: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22 without document allowances: net BT-106 = BT-109, tax BT-110, gross BT-112."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal
    due: Decimal
    subtotals: tuple[TaxSubtotal, ...]


@dataclass(frozen=True, slots=True)
class EInvoice:
    """A complete document; amounts in `currency`, positive also on a credit note (type 381)."""

    number: str
    type_code: str
    issue_date: date
    due_date: date | None
    currency: str
    seller: Party
    buyer: Party
    start: date
    end: date
    lines: tuple[Line, ...]
    totals: Totals
    account: PaymentAccount | None = None
    payment_reference: str = ""
    payment_terms: str = ""
    notes: tuple[str, ...] = ()
    buyer_reference: str = ""
    order_reference: str = ""
    preceding_number: str = ""
    preceding_date: date | None = None
    #: BT-6 and BT-111: VAT in the accounting currency when the invoice is in another one.
    tax_currency: str = ""
    tax_in_tax_currency: Decimal | None = None
