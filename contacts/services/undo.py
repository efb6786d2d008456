"""Takes an import back: what nobody has touched since goes, the rest is listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import ProtectedError

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update, transition
from contacts.enums import IMPORT_TRANSITIONS, ImportState
from contacts.models import ImportRow, ImportRun


@dataclass
class UndoReport:
    """``kept``: sentences on what has changed since, or is in use, and therefore stays."""

    removed: int = 0
    restored: int = 0
    kept: list[str] = field(default_factory=list)


def undo_import(*, run: ImportRun, actor: Actor) -> UndoReport:
    """Rows in reverse order, one transaction each.

    Suppressions stay: an import can add but never lift them.

    Raises: InvalidTransition when the import was not applied or is taken back already.
    """
    transition(
        run,
        to=ImportState.UNDONE,
        table=IMPORT_TRANSITIONS,
        actor=actor,
        also={"undone_at": dates.now()},
    )
    report = UndoReport()
    rows = ImportRow.objects.filter(run=run).exclude(journal=[]).order_by("-number")
    for row in rows.iterator(chunk_size=200):
        with transaction.atomic():
            for entry in reversed(row.journal):
                _undo_entry(entry, row.number, report, actor)
    audit.record(
        f"import:{run.pk}",
        "undo",
        actor=actor,
        facts={"removed": report.removed, "restored": report.restored, "kept": len(report.kept)},
    )
    return report


def _undo_entry(entry: dict[str, Any], number: int, report: UndoReport, actor: Actor) -> None:
    model = apps.get_model(entry["model"])
    obj = model._base_manager.filter(pk=entry["pk"]).first()
    name = f"row {number}: {model._meta.verbose_name} {entry['pk']}"
    if obj is None:
        report.kept.append(f"{name} is gone already")
    elif entry["created"]:
        _remove(obj, name, report, actor)
    else:
        _restore(obj, entry, name, report, actor)


def _changed_since(obj: models.Model) -> bool:
    manager = getattr(type(obj), "history", None)
    return manager is not None and manager.filter(**{obj._meta.pk.name: obj.pk}).count() > 1


def _remove(obj: models.Model, name: str, report: UndoReport, actor: Actor) -> None:
    if _changed_since(obj):
        report.kept.append(f"{name} has been changed since")
        return
    obj._history_user = actor_user(actor)  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            obj.delete()
        report.removed += 1
    except ProtectedError:
        report.kept.append(f"{name} is in use")


def _restore(
    obj: models.Model, entry: dict[str, Any], name: str, report: UndoReport, actor: Actor
) -> None:
    fields = {field.name: field for field in obj._meta.concrete_fields}
    current = {key: _plain(getattr(obj, key)) for key in entry["after"]}
    if current != entry["after"]:
        report.kept.append(f"{name} has been changed since")
        return
    values = {fields[key].attname: fields[key].to_python(value) if not fields[key].is_relation
              else value for key, value in entry["before"].items()}  # fmt: skip
    guarded_update(obj, expect={}, set=values, actor=actor, reason="import taken back")
    report.restored += 1


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(getattr(value, "pk", value))
