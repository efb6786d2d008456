"""The declared map of personal data: every text-like field of every model is either personal,
with purpose, basis, retention rule and erase action, or said to be not personal.

The map drives erasure, access export, retention, the record of processing and the residual scan.
A test walks all models, third-party and history tables included, and fails on what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from backoffice.core.registry import Registry

CATEGORIES = (
    "identity", "address", "duty", "communication", "consent", "finance", "governance", "account",
    "free_text", "technical",
)  # fmt: skip
ERASE_ACTIONS = ("null", "blank", "pseudonym", "delete_row", "keep", "empty_json", "delete_file")


@dataclass(frozen=True)
class Personal:
    """How one field is treated. ``retention`` names a rule of contacts.privacy."""

    category: str
    purpose: str
    basis: str
    retention: str
    erase: str
    subject: str = "contact"
    exported: bool = True

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES or self.erase not in ERASE_ACTIONS:
            raise ValueError(f"unknown category or erase action: {self}")


@dataclass(frozen=True)
class ModelMap:
    label: str
    personal: dict[str, Personal]
    none: frozenset[str]


@dataclass(frozen=True)
class Subject:
    """The person a case is about: ids and addresses known to the installation, in memory only."""

    contact_id: int | None = None
    user_id: int | None = None
    addresses: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    phones: frozenset[str] = frozenset()
    # Numbers under which other systems know the person: registry uid, ORCID.
    ids: frozenset[str] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    extra: dict[str, object] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True)
class Keep:
    """Rows that a law or a named rule keeps: until when (None: for good) and why."""

    until: date | None
    law: str


@dataclass(frozen=True)
class Finder:
    """Finds the rows of one model about a person; ``keep`` says which must stay and why."""

    label: str
    rows: Callable[[Subject], models.QuerySet]
    keep: Callable[[models.Model, date], Keep | None] | None = None
    # For what the field actions cannot do: called once with the ids before they are erased.
    before: Callable[[list[str]], None] | None = None
    # Instead of what the fields' actions come to: "delete_file", or "decide" when a person must say
    # what happens to the rows.
    action: str = ""
    # Every row it finds is the person's own, although no column of it says so.
    theirs: bool = False


@dataclass(frozen=True)
class ExportSection:
    """What an access export tells beside the declared fields: rows of label → text, all about the
    subject and nobody else, in the active language."""

    title: str | Promise
    rows: Callable[[Subject], Iterable[dict[str, str]]]


MAP: Registry[ModelMap] = Registry("personal data")
FINDERS: Registry[Finder] = Registry("personal data finders")
EXPORT_SECTIONS: Registry[ExportSection] = Registry("export sections")


def declare(
    label: str, *, personal: dict[str, Personal] | None = None, none: Iterable[str] = ()
) -> None:
    """Declares one model (``app.Model``): its personal fields, and the fields that hold none."""
    MAP.add(label.lower(), ModelMap(label.lower(), dict(personal or {}), frozenset(none)))


TEXT_LIKE = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    models.GenericIPAddressField,
    models.BinaryField,
)
HISTORY_OWN = frozenset({"history_change_reason", "history_type"})


def _needs_word(item: models.Field) -> bool:
    return isinstance(item, TEXT_LIKE) and not (item.choices and not item.null)


def base_of(model: type[models.Model]) -> type[models.Model]:
    """The model itself, or for a history model the model whose versions it holds."""
    return getattr(model, "instance_type", model)


def undeclared_fields() -> list[str]:
    """``app.model.field`` of every text-like field without a word in the map."""
    missing = []
    for model in apps.get_models(include_auto_created=True):
        base = base_of(model)
        label = base._meta.label_lower
        known = MAP.get(label) if label in MAP else None
        for item in model._meta.get_fields():
            if not isinstance(item, models.Field) or not _needs_word(item):
                continue
            if base is not model and item.name in HISTORY_OWN:
                continue
            if known is None or (item.name not in known.personal and item.name not in known.none):
                missing.append(f"{model._meta.label_lower}.{item.name}")
    return missing


def stale_declarations() -> list[str]:
    """Declared names that no model or field has any more."""
    stale = []
    for label, entry in MAP:
        try:
            names = {item.name for item in apps.get_model(label)._meta.get_fields()}
        except LookupError:
            stale.append(label)
            continue
        stale += [f"{label}.{name}" for name in (*entry.personal, *entry.none) if name not in names]
    return stale


def history_model(model: type[models.Model]) -> type[models.Model] | None:
    manager = getattr(model, "history", None)
    return manager.model if manager is not None else None
