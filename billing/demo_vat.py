"""Invented VAT ids with right check digits, for demo data and benchmarks."""

from __future__ import annotations

from random import Random

from billing.einvoice.vat_id import Answer, check_vat_id

#: Form by country: # a digit, @ a letter.
FORMS = {
    "AT": "ATU########",
    "BE": "BE0#########",
    "DK": "DK########",
    "ES": "ESQ#######@",
    "FI": "FI########",
    "FR": "FR###########",
    "HU": "HU########",
    "IE": "IE#######@",
    "IT": "IT###########",
    "NL": "NL#########B01",
    "PL": "PL##########",
    "PT": "PT5########",
    "SE": "SE##########01",
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVW"
TRIES = 6000


def invented_vat_id(country: str, dice: Random) -> str:
    """A VAT id of the country that passes the offline check; empty where no form is known."""
    form = FORMS.get(country, "")
    for _try in range(TRIES if form else 0):
        value = "".join(
            str(dice.randrange(10)) if ch == "#" else dice.choice(LETTERS) if ch == "@" else ch
            for ch in form
        )
        if check_vat_id(value).answer is Answer.VALID:
            return value
    return ""
