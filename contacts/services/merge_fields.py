"""Which fields of two records are compared, and the values that a merge would give the winner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from backoffice.core.admin_bases.history import shown_value
from backoffice.core.errors import BadInput
from contacts.models import Contact, Organisation

FIELDS: dict[str, tuple[str, ...]] = {
    "organisation": (
        "name", "display_name", "country", "organisation_type", "focus_area", "for_profit",
        "annual_revenue", "doi_estimate", "business_status", "business_evidence_on", "website",
        "group_email", "description", "language", "purchase_order_needed", "parent",
    ),
    "contact": ("given_name", "family_name", "kind", "phone", "language", "external_uid"),
}  # fmt: skip
MODELS: dict[str, type[models.Model]] = {"organisation": Organisation, "contact": Contact}


@dataclass(frozen=True)
class ComparedField:
    """One row of the side-by-side table; ``take``: what is chosen unless staff say otherwise."""

    name: str
    label: str
    winner: str
    loser: str
    differs: bool
    take: str


def compare_fields(kind: str, winner: models.Model, loser: models.Model) -> list[ComparedField]:
    """A blank never overwrites; otherwise the record that stays keeps its own."""
    compared = []
    for name in FIELDS[kind]:
        field = winner._meta.get_field(name)
        ours, theirs = _value(winner, field), _value(loser, field)
        usable = not _blank(theirs) and not _points_between(field, winner, loser)
        differs = ours != theirs and usable
        compared.append(ComparedField(
            name, str(getattr(field, "verbose_name", name)), _shown(winner, field),
            _shown(loser, field), differs, "loser" if differs and _blank(ours) else "winner",
        ))  # fmt: skip
    return compared


def chosen_values(
    kind: str, winner: models.Model, loser: models.Model, choices: dict[str, str]
) -> dict[str, Any]:
    """Column → value for the fields that the winner takes from the loser.

    Raises: BadInput for a field that cannot be chosen or another word than winner or loser.
    """
    taken = {}
    compared = {row.name: row for row in compare_fields(kind, winner, loser)}
    for name, word in choices.items():
        if name not in compared or word not in ("winner", "loser"):
            raise BadInput(f"{name} cannot be chosen.", code="merge_choice", where=name)
    for name, row in compared.items():
        if row.differs and choices.get(name, row.take) == "loser":
            column = winner._meta.get_field(name).attname  # type: ignore[union-attr]
            taken[column] = getattr(loser, column)
    return taken


def _value(record: models.Model, field: Any) -> Any:
    return getattr(record, field.attname)


def _blank(value: Any) -> bool:
    return value in (None, "", "unknown") or value is False


def _points_between(field: Any, winner: models.Model, loser: models.Model) -> bool:
    return field.is_relation and _value(loser, field) in (winner.pk, loser.pk)


def _shown(record: models.Model, field: Any) -> str:
    value = _value(record, field)
    if field.is_relation:
        return str(getattr(record, field.name)) if value else _("none")
    return shown_value(field, value)
