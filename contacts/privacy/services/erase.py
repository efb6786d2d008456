"""Erases the fields of one row as the map declares, on the live row and in its history."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models

from backoffice.core.personal_data import FINDERS, MAP, Personal, history_model
from contacts.privacy.enums import PlanAction

REDACTED_REASON = "removed at request"


def erased_value(field: models.Field, personal: Personal, pk: Any) -> Any:
    """What stands in the field after erasure."""
    if personal.erase == "null":
        return None
    if personal.erase == "pseudonym":
        return f"removed-{pk}@removed.invalid"
    if personal.erase == "empty_json":
        return field.get_default() if field.has_default() else {}
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, models.GenericIPAddressField):
        return None
    return ""


def action_of(label: str) -> str:
    """The strongest action of a model: a row that goes as a whole, or fields that are emptied."""
    personal = MAP.get(label.lower()).personal
    actions = {item.erase for item in personal.values()}
    if "delete_row" in actions:
        return "delete_row"
    return "keep" if actions <= {"keep"} else "erase"


def erase_rows(label: str, pks: list[Any]) -> int:
    """Erases the rows as declared, history first; safe to repeat.

    A row that goes as a whole leaves its history rows with empty fields.
    """
    model = apps.get_model(label)
    personal = MAP.get(label.lower()).personal
    fields = {
        name: item for name, item in personal.items() if item.erase not in ("keep", "delete_row")
    }
    whole = action_of(label) == "delete_row"
    count = 0
    for pk in pks:
        redact_history(model, personal, pk)
        rows = model._base_manager.filter(pk=pk)
        if whole:
            rows.delete()
            redact_history(model, personal, pk)
        elif fields:
            rows.update(
                **{
                    name: erased_value(model._meta.get_field(name), item, pk)
                    for name, item in fields.items()
                }
            )
        count += 1
    return count


def erase_item(finder: str, model: str, action: str, row_ids: list[Any]) -> None:
    """One entry of a plan, in the caller's transaction; files lose their bytes elsewhere."""
    if action not in (PlanAction.ERASE, PlanAction.DELETE_ROW):
        return
    prepare = FINDERS.get(finder).before
    if prepare is not None:
        prepare(row_ids)
    erase_rows(model, row_ids)


def redact_history(model: type[models.Model], personal: dict[str, Personal], pk: Any) -> None:
    """Every version of the row, deletions included, loses the values; dates and actors stay."""
    versions = history_model(model)
    if versions is None:
        return
    names = {field.name for field in versions._meta.get_fields()}
    values: dict[str, Any] = {}
    for name, item in personal.items():
        if name not in names or item.erase == "keep":
            continue
        field = versions._meta.get_field(name)
        values[name] = (
            "" if item.erase == "delete_row" and isinstance(field, models.CharField | models.TextField)
            else erased_value(field, item, pk)  # type: ignore[arg-type]
        )  # fmt: skip
    if values:
        key = model._meta.pk.name
        versions.objects.filter(**{key: pk}).update(**values, history_change_reason=REDACTED_REASON)  # type: ignore[attr-defined]
