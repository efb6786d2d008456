"""Typed identifiers: compact form and algorithmic check. Pure."""

from __future__ import annotations

import re

from stdnum import isni as stdnum_isni
from stdnum import lei as stdnum_lei
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from backoffice.core.errors import BadInput

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
ROR = re.compile(r"^(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[a-z0-9]{6}\d{2})/?$", re.IGNORECASE)


def ror_id(text: str) -> str:
    """``https://ror.org/0xxxxxxNN`` with its two check digits verified.

    Source: ROR identifier pattern: leading 0, six Crockford base-32 characters, ISO 7064 mod 97-10.
    Raises: BadInput.
    """
    match = ROR.match(text.strip())
    if not match:
        raise BadInput(f"“{text[:60]}” is not a ROR id.", code="identifier")
    body = match.group(1).lower()
    value = 0
    for char in body[:-2]:
        if char not in CROCKFORD:
            raise BadInput(f"“{text[:60]}” is not a ROR id.", code="identifier")
        value = value * 32 + CROCKFORD.index(char)
    if 98 - (value * 100) % 97 != int(body[-2:]):
        raise BadInput(f"The check digits of ROR id “{text[:60]}” are wrong.", code="identifier")
    return f"https://ror.org/{body}"


def vat_id(text: str, country: str = "") -> str:
    """The compact VAT id with its country prefix; EU by stdnum, GB, CH and NO by their modules.

    Raises: BadInput.
    """
    raw = re.sub(r"[\s.\-]", "", text).upper()
    try:
        if raw.startswith("GB") or (country == "GB" and raw.isdigit()):
            from stdnum.gb import vat as module
        elif raw.startswith("CHE"):
            from stdnum.ch import vat as module  # type: ignore[no-redef]
        elif country == "NO" or raw.startswith("NO"):
            from stdnum.no import mva as module  # type: ignore[no-redef]
        else:
            return eu_vat.validate(raw)
        compact = module.validate(raw)
    except ValidationError as error:
        raise BadInput(f"“{text[:40]}” is not a valid VAT id.", code="identifier") from error
    return compact if compact[:2].isalpha() else f"{country or raw[:2]}{compact}"


def salesforce_id(text: str) -> str:
    """The 18-character form; a 15-character id gets its checksum, an 18-character one is checked.

    Raises: BadInput.
    """
    raw = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", raw):
        raise BadInput(f"“{text[:40]}” is not a Salesforce id.", code="identifier")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    suffix = "".join(
        alphabet[sum(1 << i for i, char in enumerate(raw[start : start + 5]) if char.isupper())]
        for start in (0, 5, 10)
    )
    return raw[:15] + (raw[15:] or suffix)


def _pattern(regex: str, name: str, upper: bool = False):
    compiled = re.compile(regex)

    def check(text: str) -> str:
        value = text.strip().upper() if upper else text.strip()
        if not compiled.fullmatch(value):
            raise BadInput(f"“{text[:60]}” is not a {name}.", code="identifier")
        return value

    return check


def isni(text: str) -> str:
    try:
        return stdnum_isni.validate(text)
    except ValidationError as error:
        raise BadInput(f"“{text[:40]}” is not an ISNI.", code="identifier") from error


def lei(text: str) -> str:
    """Legal entity identifier: 18 characters and two check digits. Source: ISO 17442, ISO 7064 mod
    97-10. Raises: BadInput."""
    try:
        return stdnum_lei.validate(text)
    except ValidationError as error:
        raise BadInput(f"“{text[:40]}” is not a LEI.", code="identifier") from error


def funder_id(text: str) -> str:
    """The number of a funder in the Funder Registry, also from its DOI. Raises: BadInput."""
    bare = re.sub(r"^(https?://)?(dx\.)?(doi\.org/)?10\.13039/", "", text.strip())
    return _pattern(r"\d{6,15}", "funder id")(bare)


def wikidata(text: str) -> str:
    """``Q…``, also from its web address. Raises: BadInput."""
    bare = re.sub(r"^(https?://)?(www\.)?wikidata\.org/(wiki|entity)/", "", text.strip())
    return _pattern(r"Q[1-9]\d*", "Wikidata id", upper=True)(bare)


CHECKS = {
    "ror": ror_id,
    "vat": vat_id,
    "salesforce": salesforce_id,
    "symbol": _pattern(r"[A-Z]{2,8}", "registry symbol (2 to 8 letters)", upper=True),
    "crossref_member": _pattern(r"\d{1,6}", "Crossref member id"),
    "isni": isni,
    "grid": _pattern(r"grid\.\d{4,6}\.[0-9a-f]{1,2}", "GRID id"),
    "wikidata": wikidata,
    "fundref": funder_id,
    "lei": lei,
    "tax": _pattern(r".{3,40}", "tax number"),
    "sugarcrm": _pattern(r"[0-9A-Za-z\-]{1,40}", "SugarCRM id"),
}


def check_identifier(kind: str, text: str, *, country: str = "") -> str:
    """The compact form of an identifier of ``kind``; ``country`` helps where the VAT id itself does not
    name it. Raises: BadInput."""
    if kind not in CHECKS:
        raise BadInput(f"Identifier kind {kind!r} is not known.", code="identifier")
    if kind == "vat":
        return vat_id(text, country)
    return CHECKS[kind](text)
