"""The SEPA payment code (EPC QR) of an invoice.

Source: EPC069-12 version 2.1, Quick Response Code guidelines: euro only, 0.01 to 999,999,999.99, level M.
The library would draw a code for a wrong IBAN, so the IBAN is checked first.
"""

from __future__ import annotations

from decimal import Decimal

import segno
from segno import helpers
from stdnum import iban as iban_rules
from stdnum.exceptions import ValidationError

MAXIMUM = Decimal("999999999.99")


class NoPaymentCode(ValueError):
    """A code cannot be drawn; the text says why."""


def payment_code(
    *, holder: str, iban: str, bic: str, amount: Decimal, reference: str
) -> segno.QRCode:
    """The code for a transfer in euro with a creditor reference. Raises: NoPaymentCode."""
    try:
        compact = iban_rules.validate(iban)
    except ValidationError as error:
        raise NoPaymentCode(f"the IBAN {iban} is not valid") from error
    if not Decimal("0.01") <= amount <= MAXIMUM:
        raise NoPaymentCode("the amount is outside what a payment code can carry")
    return helpers.make_epc_qr(
        name=holder[:70],
        iban=compact,
        amount=amount,
        reference=reference,
        bic=bic or None,
        encoding="utf-8",
    )


def payment_code_svg(
    *, holder: str, iban: str, bic: str, amount: Decimal, reference: str, currency: str
) -> str:
    """Inline SVG for the page, or empty text where there is nothing to draw."""
    if currency != "EUR" or not iban:
        return ""
    try:
        code = payment_code(holder=holder, iban=iban, bic=bic, amount=amount, reference=reference)
    except NoPaymentCode:
        return ""
    return code.svg_inline(scale=2, border=0, omitsize=True, dark="#10243e")
