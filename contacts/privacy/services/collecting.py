"""Every record about one person, with the fields that are declared as exported, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.encoding import force_str

from backoffice.core.mentions import Mentions
from backoffice.core.personal_data import FINDERS, MAP, Personal, Subject
from backoffice.core.retention import RETENTION
from contacts.privacy import words
from contacts.privacy.mail_text import words_of_mail
from contacts.privacy.services.others import Others, is_foreign_address

# Portable (Art. 20 GDPR): given by the person under consent or contract.
PORTABLE = frozenset({"6(1)(a)", "6(1)(b)"})
PERSON_COLUMNS = ("contact_id", "contact_ref")
ADDRESS_COLUMNS = ("address", "email", "sender")
# What people write freely: may name anybody.
FREE = ("free_text", "communication", "governance")
AS_IS, BLACK_OUT, WITHHOLD = "as_is", "black_out", "withhold"


@dataclass
class Record:
    """``key`` names the row; ``free`` are values that people wrote, ``others`` those of them in
    which somebody else seems to be named."""

    key: str
    label: str
    first: Personal
    values: dict[str, Any]
    free: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def decided(self, decision: str, known: Others) -> dict[str, Any] | None:
        """The values as they leave: None when the record is withheld."""
        if decision == WITHHOLD:
            return None
        if decision == BLACK_OUT:
            return {name: known.black_out(value) if name in self.free else value
                    for name, value in self.values.items()}  # fmt: skip
        return self.values


def collect(subject: Subject, known: Others) -> list[Record]:
    """All records about the person, a row once, in the active language."""
    mentions, found = Mentions(subject), {}
    for _name, finder in FINDERS:
        label = finder.label.lower()
        exported = {name: p for name, p in MAP.get(label).personal.items() if p.exported}
        if not exported:
            continue
        for row in finder.rows(subject).order_by("pk"):
            key = f"{label}:{row.pk}"
            if key in found:
                continue
            values = {name: _plain(row, name) for name in exported}
            if not (finder.theirs or is_own(row, subject)):
                # A shared record: only what names the person, of a list only the entries that do.
                named = set(mentions.named_in(values))
                values = {name: value for name, value in values.items() if name in named}
            if made := _record(key, row, _clean(values, subject, mentions), exported, known):
                found[key] = made
    return list(found.values())


def _record(
    key: str,
    row: models.Model,
    values: dict[str, Any],
    exported: dict[str, Personal],
    known: Others,
) -> Record | None:
    if not values:
        return None
    made = Record(key, str(row._meta.verbose_name), next(iter(exported.values())),
                  {_label(row, name): value for name, value in values.items()})  # fmt: skip
    for name, value in values.items():
        names_others = known.in_value(value)
        if names_others or exported[name].category in FREE or isinstance(value, list | dict):
            made.free.append(_label(row, name))
        if names_others:
            made.others.append(_label(row, name))
    return made


def _clean(values: dict[str, Any], subject: Subject, mentions: Mentions) -> dict[str, Any]:
    """Without empty values, whole addresses of others, and entries of lists about others."""
    kept = {
        name: _only_own(value, mentions)
        for name, value in values.items()
        if not is_foreign_address(value, subject)
    }
    return {name: value for name, value in kept.items() if value not in ("", None, [], {})}


def is_own(row: models.Model, subject: Subject) -> bool:
    """Whether the row is the person's, not only one that names them."""
    label = row._meta.label_lower
    if label in ("contacts.contact", "core.user"):
        return True
    columns = {column.attname for column in row._meta.concrete_fields}
    if subject.contact_id is not None:
        for column in columns.intersection(PERSON_COLUMNS):
            if getattr(row, column) == subject.contact_id:
                return True
    if subject.user_id is not None and getattr(row, "user_id", None) == subject.user_id:
        return True
    own = {address.lower() for address in subject.addresses}
    return any(
        str(getattr(row, column) or "").lower() in own
        for column in columns.intersection(ADDRESS_COLUMNS)
    )


def _only_own(value: Any, mentions: Mentions) -> Any:
    """Of a list of entries, those that name the person."""
    if isinstance(value, list):
        return [entry for entry in value if mentions.in_text(entry)]
    return value


def _plain(row: models.Model, name: str) -> Any:
    value = getattr(row, name)
    if isinstance(value, bytes | memoryview):
        return words_of_mail(bytes(value))
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    return force_str(value)


def _label(row: models.Model, name: str) -> str:
    return str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def as_entry(record: Record, values: dict[str, Any]) -> dict[str, Any]:
    """One record as the export holds it."""
    first = record.first
    return {
        "record": record.label,
        "category": words.category(first.category),
        "purpose": words.purpose(first.purpose),
        "basis": f"Art. {first.basis}",
        "retention": str(RETENTION.get(first.retention).period),
        "portable": first.basis in PORTABLE,
        "values": values,
    }
