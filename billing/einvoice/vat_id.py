"""VAT ids checked offline: valid, invalid, or unknown, and never a guess.

The check is syntax and check digits of the country. It says nothing about whether the id is still
in
use; that is the online answer (VIES), kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

#: VAT prefixes that are not the country's ISO code.
PREFIX_OF = {"GR": "EL"}
COUNTRY_OF = {"EL": "GR", "XI": "GB"}
#: Countries outside the EU module of the library.
OTHER_MODULES = {"GB": "stdnum.gb.vat", "CH": "stdnum.ch.vat", "NO": "stdnum.no.mva"}


class Answer(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VatIdCheck:
    """`compact` is the form to store; `country` the ISO code of the issuing country."""

    answer: Answer
    compact: str
    country: str
    reason: str = ""


def check_vat_id(value: str, country: str = "") -> VatIdCheck:
    """Check `value`; `country` (ISO) is assumed where the id carries no prefix, and must match one.

    An id of a country whose rules are not known is `unknown`, which is not `invalid`.
    """
    compact = "".join(value.split()).replace("-", "").replace(".", "").upper()
    if not compact:
        return VatIdCheck(Answer.UNKNOWN, "", country, "no VAT id is given")
    if not compact[:2].isalpha() and country:
        compact = PREFIX_OF.get(country, country) + compact
    prefix = "EL" if compact[:2] == "GR" else compact[:2]
    compact = prefix + compact[2:]
    home = COUNTRY_OF.get(prefix, prefix)
    if country and home != country:
        return VatIdCheck(
            Answer.INVALID, compact, home, f"the VAT id is of {home}, the address in {country}"
        )
    if prefix in OTHER_MODULES:
        return _other(compact, home, OTHER_MODULES[prefix])
    if not eu_vat._get_cc_module(prefix.lower()):
        return VatIdCheck(Answer.UNKNOWN, compact, home, f"no rule for VAT ids of {prefix}")
    return _answer(eu_vat.is_valid(compact), compact, home)


def _other(compact: str, home: str, module: str) -> VatIdCheck:
    checker = import_module(module)
    try:
        checker.validate(compact if home != "GB" else compact.removeprefix("GB"))
    except ValidationError:
        return _answer(False, compact, home)
    return _answer(True, compact, home)


def _answer(valid: bool, compact: str, home: str) -> VatIdCheck:
    if valid:
        return VatIdCheck(Answer.VALID, compact, home)
    return VatIdCheck(Answer.INVALID, compact, home, "form or check digit of the VAT id is wrong")
