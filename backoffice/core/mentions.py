"""Where a person is named: one definition for finders, plans, exports and the residual scan.

An address, a number of a known system or a telephone number names a person wherever it stands; a
name does when both of its parts stand near each other, in any order and spelling. The database
narrows the search down (``candidates``), Python decides (``named_in``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from backoffice.core.personal_data import Subject, history_model
from backoffice.core.texts import fold

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")
# Words that may stand between the two parts of a name; more in JSON, where keys stand between.
WORDS_BETWEEN, WORDS_BETWEEN_IN_JSON = 2, 12
SHORTEST_PHONE, SHORTEST_ID = 7, 6
# The digits at the end of a telephone number that stay the same however it is written.
PHONE_END = 9
COLUMNS_AT_ONCE = 8


def plain_text(value: Any) -> str:
    """The value as text: JSON unfolded, escapes of JSON and Python's own undone."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))


def phone_end(number: str) -> str:
    """The digits that every spelling shares (national, international, with 00, with a bracketed
    zero); empty for a number that is too short to name anybody."""
    digits = "".join(char for char in number if char.isdigit())
    return digits[-PHONE_END:] if len(digits) >= SHORTEST_PHONE else ""


def flat(value: Any) -> str:
    """Folded words of a value; an underscore parts words in file names and links."""
    return fold(plain_text(value)).replace("_", " ")


def _name_patterns(given: str, family: str, between: int) -> list[str]:
    """Patterns over folded text: given name (its first word, or an initial with a full stop) and
    family name, in either order, with few words between."""
    first, last = re.escape(given.split()[0]), re.escape(family)
    if not (given + family).isascii():
        # Scripts without spaces: one beside the other.
        return [rf"{first}\W*{last}", rf"{last}\W*{first}"]
    gap = rf"\W+(?:\w+\W+){{0,{between}}}?"
    initial = rf"\b{re.escape(given[0])}\.\s*"
    return [
        rf"\b{first}{gap}{last}\b", rf"\b{last}{gap}{first}\b",
        rf"{initial}{last}\b", rf"\b{last},\s*{re.escape(given[0])}\.",
    ]  # fmt: skip


class Mentions:
    """Everything a subject is known by, ready to be looked for."""

    def __init__(self, subject: Subject) -> None:
        self.addresses = {spelling for address in subject.addresses if address
                          for spelling in _address_spellings(address.lower())}  # fmt: skip
        self.ids = {value for value in subject.ids if len(value) >= SHORTEST_ID}
        self.phones = {end for phone in subject.phones if (end := phone_end(phone))}
        both = {pair for pair in map(_both_parts, subject.names) if all(pair)}
        self.names = {pair for given, family in both for pair in _spellings(given, family)}
        self.words = {word for _given, family in both for word in written(family)}
        self._text = self._compiled(WORDS_BETWEEN)
        self._json = self._compiled(WORDS_BETWEEN_IN_JSON)

    def _compiled(self, between: int) -> re.Pattern[str] | None:
        parts = [rf"(?<![a-z0-9.+-]){re.escape(flat(value))}(?![a-z0-9-]|\.[a-z0-9])"
                 for value in sorted(self.addresses)]  # fmt: skip
        parts += [rf"(?<!\w){re.escape(flat(value))}(?!\w)" for value in sorted(self.ids)]
        for end in sorted(self.phones):
            before = "" if len(end) == PHONE_END else r"(?<!\d)"
            parts.append(before + r"\D{0,3}".join(end) + r"(?!\d)")
        for given, family in sorted(self.names):
            parts += _name_patterns(given, family, between)
        return re.compile("|".join(parts)) if parts else None

    def __bool__(self) -> bool:
        return self._text is not None

    def in_text(self, value: Any) -> bool:
        """Whether one value names the person."""
        if value is None or value == "":
            return False
        pattern = self._json if isinstance(value, dict | list) else self._text
        return pattern is not None and pattern.search(flat(value)) is not None

    def named_in(self, values: Mapping[str, Any]) -> list[str]:
        """The fields of one row that name the person; a given and a family name in two fields of
        the same row count as well."""
        found = {name for name, value in values.items() if self.in_text(value)}
        whole = {name: flat(value) for name, value in values.items() if isinstance(value, str)}
        for given, family in self.names:
            firsts = {name for name, text in whole.items() if text == given}
            lasts = {name for name, text in whole.items() if text == family}
            if firsts and lasts:
                found |= firsts | lasts
        return [name for name in values if name in found]

    def candidates(self, column: str) -> Q:
        """Rows in which the column may name the person: wide, one condition for the database."""
        wanted = Q(pk__in=[])
        for term in sorted(self.addresses | self.ids | self.words):
            wanted |= contains(column, term)
        for end in sorted(self.phones):
            wanted |= Q(**{f"{column}__regex": "[^0-9]{0,3}".join(end)})
        return wanted


def contains(column: str, term: str) -> Q:
    """The column holds the term, plain or as JSON escapes it."""
    escaped = json.dumps(term)[1:-1]
    wanted = Q(**{f"{column}__icontains": term})
    return wanted if escaped == term else wanted | Q(**{f"{column}__icontains": escaped})


def _address_spellings(address: str) -> set[str]:
    """As stored, with a readable domain, and as links carry it."""
    local, _at, domain = address.rpartition("@")
    try:
        readable = domain.encode("ascii").decode("idna")
    except UnicodeError:
        readable = domain
    return {address, f"{local}@{readable}", f"{local}%40{domain}"}


def _both_parts(name: tuple[str, str]) -> tuple[str, str]:
    """Given and family name; one that was entered in a single field is parted. A single word names
    nobody in particular and is not looked for."""
    given, family = (part.strip() for part in name)
    if given and family:
        return (given, family) if len(family) > 1 or not family.isascii() else ("", "")
    first, _space, last = (given or family).rpartition(" ")
    return first.strip(), last


def _spellings(given: str, family: str) -> set[tuple[str, str]]:
    """Folded pairs: as written, and with umlauts as two letters."""
    pairs = [(given, family), (given.translate(UMLAUTS), family.translate(UMLAUTS))]
    return {(one, two) for g, f in pairs if (one := flat(g)) and (two := flat(f))}


def written(word: str) -> set[str]:
    """How a word may be written: SQLite folds ASCII letters only."""
    if word.isascii():
        return {word}
    return {word, word.upper(), word.lower(), word.title(), word.translate(UMLAUTS), fold(word)}


def text_fields(
    model: type[models.Model], names: Iterable[str] | None = None
) -> list[models.Field]:
    """The fields of a model that can hold words: text, file names and JSON."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField
                      | models.FileField)
        and (names is None or field.name in names)
    ]  # fmt: skip


def mentioning(rows: models.QuerySet, fields: Iterable[str], mentions: Mentions) -> dict[Any, list]:
    """Primary key → the fields that name the person, of all ``rows`` that do."""
    # Asking an empty table costs less than the conditions for it.
    if not mentions or not rows.exists():
        return {}
    chosen = text_fields(rows.model, set(fields))
    names = [field.name for field in chosen]
    found: dict[Any, list] = {}
    # A few columns at a time: SQLite takes no condition of a thousand parts.
    for start in range(0, len(chosen), COLUMNS_AT_ONCE):
        wanted, casts = Q(pk__in=[]), {}
        for field in chosen[start : start + COLUMNS_AT_ONCE]:
            column = field.name
            if isinstance(field, models.JSONField):
                column = f"{field.name}_as_text"
                casts[column] = Cast(field.name, models.TextField())
            wanted |= mentions.candidates(column)
        hits = rows.order_by().annotate(**casts).filter(wanted).values("pk", *names)
        for row in hits.iterator(chunk_size=500):
            if hit := mentions.named_in({name: row[name] for name in names}):
                found[row["pk"]] = hit
    return found


def rows_naming(
    model: type[models.Model], fields: Iterable[str], subject: Subject, *, also: Q | None = None
) -> models.QuerySet:
    """Rows of which one of the fields, now or in an earlier version, names the person; or that
    fulfil ``also``. What finders return."""
    fields, mentions = list(fields), Mentions(subject)
    pks = set(mentioning(model._base_manager.all(), fields, mentions))
    versions = history_model(model)
    if versions is not None and versions is not model:
        past = mentioning(versions._base_manager.all(), fields, mentions)
        key = model._meta.pk.attname
        pks |= set(versions._base_manager.filter(pk__in=past).values_list(key, flat=True))
    wanted = Q(pk__in=pks)
    return model._base_manager.filter(wanted if also is None else wanted | also)
