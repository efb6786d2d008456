"""Reads cells: dates of every habit, yes and no in two languages, names, roles. Pure."""

from __future__ import annotations

import html
import re
from datetime import date, datetime

from backoffice.core.errors import BadInput

FABRICA_DATE = re.compile(r"^(\d{2})/(\d{2})/(\d{4})T")
YES = frozenset({"1", "true", "yes", "ja", "y", "j", "x", "active", "aktiv", "wahr"})
NO = frozenset({"0", "false", "no", "nein", "n", "", "inactive", "inaktiv", "falsch", "-"})


def text(value: str) -> str:
    """Unescapes HTML entities that older CRMs leave in exports; squeezes inner blanks of a line."""
    plain = html.unescape(value) if "&" in value else value
    return re.sub(r"[ \t\u00a0]+", " ", plain).strip()


def yes(value: str, where: str) -> bool:
    """Raises: BadInput for what is neither yes nor no."""
    word = value.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadInput(f"“{value[:30]}” is neither yes nor no.", where=where)


def day(value: str, where: str, *, us: bool = False) -> date | None:
    """A day, or None for an empty cell. ISO, dd/mm/yyyy (mm/dd with ``us``), dd.mm.yyyy.

    Raises: BadInput for another form or a day that does not exist.
    """
    raw = value.strip()
    if not raw:
        return None
    try:
        if match := FABRICA_DATE.match(raw):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if re.match(r"^\d{4}-\d{2}-\d{2}", raw):
            return date.fromisoformat(raw[:10])
        if re.match(r"^\d{1,2}\.\d{1,2}\.\d{4}", raw):
            return datetime.strptime(raw[:10], "%d.%m.%Y").date()  # noqa: DTZ007
        if match := re.match(r"^(\d{1,2})/(\d{1,2})/(\d{4})", raw):
            first, second, year = int(match[1]), int(match[2]), int(match[3])
            return date(year, first, second) if us else date(year, second, first)
    except ValueError as error:
        raise BadInput(f"“{raw[:30]}” is not a day.", where=where) from error
    raise BadInput(f"“{raw[:30]}” is not a day; write 2026-11-21.", where=where)


def whole(value: str, where: str) -> int | None:
    """A whole number of zero or more, or None for an empty cell; "1500.0" and "1,500" are read."""
    raw = value.strip().replace("\u00a0", "").replace(" ", "")
    if not raw:
        return None
    if re.fullmatch(r"\d{1,3}(,\d{3})+", raw):
        raw = raw.replace(",", "")
    if re.fullmatch(r"\d+\.0+", raw):
        raw = raw.split(".")[0]
    if not re.fullmatch(r"\d{1,12}", raw):
        raise BadInput(f"“{value[:30]}” is not a whole number.", where=where)
    return int(raw)


ROLE_WORDS = {
    "voting": "voting",
    "billing": "billing",
    "service": "service",
    "technical": "technical",
    "primary": "primary",
    "business": "primary",
    "metadataquality": "metadata_quality",
    "metadata": "metadata_quality",
    "product": "product",
    "production": "production",
}


def roles(value: str, where: str = "roles") -> list[tuple[str, int]]:
    """Role codes with order: ``secondaryBilling``, ``Secondary Billing``, ``secondary_billing`` are
    billing, order 2. Separators: ``;``, ``||``, ``,`` or ``|``.

    Raises: BadInput for an unknown role.
    """
    found = []
    for part in re.split(r"\|\||[;,|]", value):
        word = re.sub(r"[^a-z]", "", part.lower())
        if not word:
            continue
        order = 1
        for prefix in ("secondary", "deputy"):
            if word.startswith(prefix):
                word, order = word.removeprefix(prefix), 2
        word = word.removesuffix("contact")
        if word not in ROLE_WORDS:
            raise BadInput(f"Role “{part.strip()[:40]}” is not known.", where=where)
        if (ROLE_WORDS[word], order) not in found:
            found.append((ROLE_WORDS[word], order))
    return found


def split_name(value: str) -> tuple[str, str]:
    """(given, family) of a name in one cell: the last word is the family name."""
    words = text(value).split(" ")
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else ("", words[0])


MAILBOX_WORDS = frozenset(
    "info office contact admin support doi library bibliothek datacite crossref repository "
    "accounts invoice invoices rechnung billing research helpdesk data it mail team".split()
)


def looks_like_mailbox(address: str, given: str, family: str) -> bool:
    """Whether an address without a name is a role mailbox rather than a person."""
    if given or family:
        return False
    local = re.split(r"[.\-_+\d]", address.partition("@")[0].lower())[0]
    return local in MAILBOX_WORDS
