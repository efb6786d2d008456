"""E-mail addresses: one frozen, versioned normal form for uniqueness and suppression."""

from __future__ import annotations

import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from backoffice.core.errors import BadInput

NORMAL_FORM = 1


def normalise_address(raw: str) -> str:
    """The normal form, version 1: NFC, trimmed, lower case, domain as IDNA-2008 A-labels.

    Dots and plus tags stay: they may name another mailbox.

    Raises: BadInput when it is no address.
    Source: RFC 5321 (mailbox), RFC 5891 (IDNA 2008).
    """
    text = unicodedata.normalize("NFC", raw).strip().strip("\u200b\ufeff").strip()
    if any(ord(char) < 33 or ord(char) == 127 for char in text):
        raise BadInput("The e-mail address holds a space or a control character.", code="address")
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise BadInput(f"“{raw[:80]}” is not an e-mail address.", code="address")
    try:
        ascii_domain = idna.encode(domain.lower(), uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise BadInput(f"The domain of “{raw[:80]}” is not valid.", code="address") from error
    result = f"{local.lower()}@{ascii_domain}"
    check = result if local.isascii() else f"x@{ascii_domain}"
    try:
        validate_email(check)
    except ValidationError as error:
        raise BadInput(f"“{raw[:80]}” is not an e-mail address.", code="address") from error
    if len(result) > 254 or len(local.encode()) > 64:
        raise BadInput("The e-mail address is too long.", code="address")
    return result


def needs_smtputf8(address: str) -> bool:
    """Whether the part before the @ is not ASCII, which most relays refuse."""
    return not address.rpartition("@")[0].isascii()


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def mask_address(address: str) -> str:
    """``j•••@e•••.org`` for pages that may be seen by whoever a mail was forwarded to."""
    local, _, domain = address.rpartition("@")
    name, dot, end = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{end}"
