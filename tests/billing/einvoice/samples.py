"""Invoices for the tests, by business case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.einvoice.document import Address, EInvoice, Line, Party, PaymentAccount, Tax
from billing.einvoice.totals import compute_totals, line_net

SELLER = Party(
    name="Persistent Identifiers e.V.",
    address=Address(("Welfengarten 1B",), "30167", "Hannover", "DE"),
    legal_id="VR 200865",
    vat_id="DE136695976",
    tax_number="25/206/12345",
    email="billing@agency.example.org",
    contact_name="Finance team",
    phone="+49 511 000000",
)
BUYER = Party(
    name="Quarrystone University Library",
    address=Address(("1 College Green",), "D02", "Dublin", "IE"),
    vat_id="IE6388047V",
    email="invoices@quarrystone.example.org",
)
DOMESTIC = Tax("S", Decimal(19))
REVERSE = Tax("AE", Decimal(0), "Reverse charge", "VATEX-EU-AE")
OUTSIDE = Tax("O", Decimal(0), "Not subject to VAT", "VATEX-EU-O")


def line(quantity="1", price="2000.00", tax=DOMESTIC, name="Membership fee"):
    number, unit = Decimal(quantity), Decimal(price)
    return Line(
        name=name,
        description="2023, whole year",
        quantity=number,
        unit_price=unit,
        net=line_net(number, unit),
        tax=tax,
        start=date(2023, 1, 1),
        end=date(2023, 12, 31),
    )


def sample(*lines: Line, **changes) -> EInvoice:
    entries = lines or (line(), line("1000", "0.80", name="DOI fee"), line(price="-100.00"))
    invoice = EInvoice(
        number="2023-000001",
        type_code="380",
        issue_date=date(2023, 1, 9),
        due_date=date(2023, 2, 8),
        currency="EUR",
        seller=SELLER,
        buyer=BUYER,
        start=date(2023, 1, 1),
        end=date(2023, 12, 31),
        lines=entries,
        totals=compute_totals(entries),
        account=PaymentAccount(
            "Persistent Identifiers e.V.", "DE02120300000000202051", "BYLADEM1001"
        ),
        payment_reference="RF712023000001",
        payment_terms="30 days net",
    )
    return replace(invoice, **changes)


def outside(**changes) -> EInvoice:
    """Category O: no VAT id on either side, seller known by register and tax number."""
    seller = replace(SELLER, vat_id="")
    return sample(line(tax=OUTSIDE), seller=seller, buyer=replace(BUYER, vat_id=""), **changes)


CASES = {
    "domestic": sample(),
    "reverse charge": sample(line(tax=REVERSE), line("7", "0.80", REVERSE)),
    "outside scope": outside(),
    "credit note": sample(
        type_code="381", preceding_number="2023-000001", preceding_date=date(2023, 1, 9)
    ),
    "kosovo": replace(
        outside(),
        buyer=replace(BUYER, vat_id="", address=replace(BUYER.address, country="XK")),
    ),
    "us seller": outside(
        currency="USD",
        account=PaymentAccount("Agency Inc.", account_id="021000021-123456789"),
        order_reference="PO-4711",
        buyer_reference="Library",
    ),
}
