"""History as people read it: labels and values instead of column names and keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class FieldChange:
    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class VersionRow:
    version: Any
    kind: str
    changes: list[FieldChange]


def shown_value(field: models.Field, value: Any) -> str:
    """A stored value in words."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return str(localize(value))[:300]


def _related_names(model: type[models.Model], versions: list) -> dict[str, dict[Any, str]]:
    """Names behind foreign keys of all versions, one query a field."""
    names: dict[str, dict[Any, str]] = {}
    for field in model._meta.concrete_fields:
        if not field.is_relation or field.name not in _tracked(versions):
            continue
        keys = {getattr(version, field.attname) for version in versions} - {None}
        if keys:
            related: Any = field.related_model
            found = related._base_manager.filter(pk__in=keys)
            names[field.name] = {obj.pk: str(obj) for obj in found}
    return names


def _tracked(versions: list) -> set[str]:
    return {field.name for field in type(versions[0])._meta.concrete_fields} if versions else set()


def version_rows(model: type[models.Model], pk: Any, versions: list) -> list[VersionRow]:
    """``versions`` newest first → rows with what changed against the version before."""
    if not versions:
        return []
    oldest = versions[-1]
    before = (
        type(oldest)
        .objects.filter(**{model._meta.pk.name: pk}, history_date__lte=oldest.history_date)
        .exclude(history_id=oldest.history_id)
        .order_by("-history_date", "-history_id")
        .first()
    )
    chain = [*versions, before]
    tracked = _tracked(versions)
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.name in tracked and not field.primary_key and not field.name.endswith("_folded")
    ]
    names = _related_names(model, [version for version in chain if version is not None])
    rows = []
    for newer, older in zip(chain, chain[1:], strict=False):
        changes = [
            FieldChange(
                field.name,
                str(field.verbose_name),
                _show(field, older, names) if older is not None else "–",
                _show(field, newer, names),
            )
            for field in fields
            if older is None
            and getattr(newer, field.attname) not in (None, "", False)
            or older is not None
            and getattr(newer, field.attname) != getattr(older, field.attname)
        ]
        rows.append(VersionRow(newer, newer.history_type, changes))
    return rows


@dataclass(frozen=True)
class RelatedRow:
    """A version of a row that is edited on the same page; ``restore``: it is gone and could come back."""

    title: str
    row: VersionRow
    label: str
    restore: bool


def related_rows(
    model_admin: Any, request: Any, obj: models.Model, most: int = 50
) -> list[RelatedRow]:
    """Newest first: identifiers, addresses and the like, whose changes belong to the record's story."""
    found: list[RelatedRow] = []
    for inline in model_admin.get_inline_instances(request, obj):
        history = getattr(inline.model, "history", None)
        link = _link_to(inline, type(obj))
        if history is None or link is None:
            continue
        versions = history.filter(**{link.attname: obj.pk}).select_related("history_user")
        by_row: dict[Any, list] = {}
        for version in versions.order_by("-history_date", "-history_id")[: most * 4]:
            by_row.setdefault(getattr(version, inline.model._meta.pk.attname), []).append(version)
        living = set(inline.model._base_manager.filter(pk__in=by_row).values_list("pk", flat=True))
        allowed = inline.has_add_permission(request, obj)
        title = str(inline.model._meta.verbose_name)
        for pk, rows in by_row.items():
            for number, row in enumerate(version_rows(inline.model, pk, rows)):
                gone = allowed and number == 0 and row.kind == "-" and pk not in living
                found.append(RelatedRow(title, row, inline.model._meta.label_lower, gone))
    found.sort(key=lambda each: each.row.version.history_date, reverse=True)
    return found[:most]


def _link_to(inline: Any, model: type[models.Model]) -> Any:
    """The foreign key by which an inline's rows hang on the record."""
    keys = [
        field
        for field in inline.model._meta.concrete_fields
        if field.is_relation and field.related_model is model
    ]
    wanted = [field for field in keys if field.name == inline.fk_name] or keys
    return wanted[0] if wanted else None


def _show(field: models.Field, version: Any, names: dict) -> str:
    value = getattr(version, field.attname)
    if field.name in names and value is not None:
        return names[field.name].get(value, f"#{value}")
    return shown_value(field, value)
