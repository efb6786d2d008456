"""Takes an import back: what nobody has touched since goes, the rest is listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update, transition
from contacts.enums import IMPORT_TRANSITIONS, ImportState
from contacts.models import ImportRow, ImportRun
from contacts.services.import_journal import plain


@dataclass
class UndoReport:
    """``kept``: sentences on what has changed since, or is in use, and therefore stays."""

    removed: int = 0
    restored: int = 0
    kept: list[str] = field(default_factory=list)


class _Stays(Exception):  # noqa: N818
    """Why something the import created cannot go."""


def undo_import(*, run: ImportRun, actor: Actor) -> UndoReport:
    """Rows in reverse order, one transaction each; cut off, it goes on where it stopped.

    A row whose journal is empty is done. What a row created goes as a whole or stays as a whole.
    Suppressions stay: an import can add but never lift them.

    Raises: InvalidTransition when the import was not begun, is taken back already, or its journal,
    which is personal data, has expired.
    """
    if ImportState.UNDONE not in IMPORT_TRANSITIONS[run.state]:
        raise InvalidTransition(f"import {run.pk} is “{run.state}” and cannot be taken back.")
    if run.journal_expires_on is not None and run.journal_expires_on <= dates.today():
        raise InvalidTransition(
            f"The journal of this import was kept until {run.journal_expires_on} and is gone; the "
            "import cannot be taken back any more.",
            code="journal_expired",
        )
    # From here on no chunk of a run still at work is written, so the set of rows is final.
    guarded_update(
        run, expect={"state": run.state}, set={"undone_at": dates.now()}, actor=actor
    )  # fmt: skip
    report = UndoReport()
    # Rows another process has in hand are waited for; if it fails, they are taken over.
    while waiting := list(_to_undo(run).order_by("-number").values_list("pk", flat=True)):
        for pk in waiting:
            _undo_row(pk, run, report, actor)
    with transaction.atomic():
        transition(
            run,
            to=ImportState.UNDONE,
            table=IMPORT_TRANSITIONS,
            actor=actor,
            also={"undone_at": dates.now()},
        )
        facts = {"removed": report.removed, "restored": report.restored, "kept": len(report.kept)}
        audit.record(f"import:{run.pk}", "undo", actor=actor, facts=facts)
    return report


def _to_undo(run: ImportRun) -> models.QuerySet[ImportRow]:
    return ImportRow.objects.filter(run=run).exclude(journal=[])


def _undo_row(pk: int, run: ImportRun, report: UndoReport, actor: Actor) -> None:
    """Empties the journal first: of two at once one changes the row, the other finds it done."""
    part = UndoReport()
    with transaction.atomic():
        row = _to_undo(run).filter(pk=pk).first()
        if row is None or not _to_undo(run).filter(pk=pk).update(journal=[]):
            return
        created = [entry for entry in row.journal if entry["created"]]
        # Links written after the last row of the file have nothing to do with each other.
        groups = [created] if row.number <= run.read else [[entry] for entry in reversed(created)]
        # First, for what was taken over is free again only when its new holder is gone.
        for group in groups:
            _remove_all(group, row, part, actor)
        for entry in reversed(row.journal):
            if entry.get("deleted"):
                _put_back(entry, row, part)
            elif not entry["created"]:
                _restore(entry, row, part, actor)
    report.removed += part.removed
    report.restored += part.restored
    report.kept += part.kept


def _find(entry: dict[str, Any]) -> models.Model | None:
    return apps.get_model(entry["model"])._base_manager.filter(pk=entry["pk"]).first()


def _name(entry: dict[str, Any], row: ImportRow) -> str:
    words = apps.get_model(entry["model"])._meta.verbose_name
    return f"row {row.number}: {words} {entry['pk']}"


def _remove_all(entries: list[dict], row: ImportRow, part: UndoReport, actor: Actor) -> None:
    """Half a record would be worse than either: a contact in use keeps its address."""
    removed, last = 0, None
    try:
        with transaction.atomic():
            for last in reversed(entries):
                obj = _find(last)
                if obj is None:
                    part.kept.append(f"{_name(last, row)} is gone already")
                    continue
                _remove(obj, _name(last, row), row, actor)
                removed += 1
    except _Stays as reason:
        part.kept.append(str(reason))
        others = [entry for entry in entries if entry is not last and _find(entry) is not None]
        part.kept += [f"{_name(entry, row)} stays with it" for entry in others]
    else:
        part.removed += removed


def _own_reasons(row: ImportRow) -> tuple[str, str]:
    """What the history says of the import's own later rows and of taking them back."""
    return f"import {row.run_id}", f"import {row.run_id} taken back"


def _changed_since(obj: models.Model, row: ImportRow) -> bool:
    manager = getattr(type(obj), "history", None)
    if manager is None:
        return False
    versions = manager.filter(**{obj._meta.pk.name: obj.pk}).exclude(history_type="+")
    return versions.exclude(history_change_reason__in=_own_reasons(row)).exists()


def _in_use(obj: models.Model) -> bool:
    """Whether deleting ``obj`` would silently take rows of others along; theirs are gone by now.

    Hidden relations count too. History tables have no cascade.
    """
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: obj}).exists()
        for relation in obj._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel)
        and getattr(relation, "on_delete", None) is models.CASCADE
        and isinstance(relation.related_model, type)
    )


def _remove(obj: models.Model, name: str, row: ImportRow, actor: Actor) -> None:
    if _changed_since(obj, row):
        raise _Stays(f"{name} has been changed since")
    if _in_use(obj):
        raise _Stays(f"{name} is in use")
    obj._history_user = actor_user(actor)  # type: ignore[attr-defined]
    try:
        obj.delete()
    except (ProtectedError, IntegrityError) as error:
        # Also what the database itself guards, such as figures that are signed.
        raise _Stays(f"{name} is in use") from error


def _put_back(entry: dict[str, Any], row: ImportRow, part: UndoReport) -> None:
    """A row that a bulk act took away, such as a tag; not when it is there again."""
    model = apps.get_model(entry["model"])
    values = entry["deleted"]
    if model._base_manager.filter(**values).exists():
        part.kept.append(f"{_name(entry, row)} is there again already")
        return
    try:
        with transaction.atomic():
            model._base_manager.create(**values)
    except IntegrityError:
        part.kept.append(f"{_name(entry, row)} is gone already")
        return
    part.restored += 1


def _restore(entry: dict[str, Any], row: ImportRow, part: UndoReport, actor: Actor) -> None:
    obj, name = _find(entry), _name(entry, row)
    if obj is None:
        part.kept.append(f"{name} is gone already")
        return
    fields = {field.name: field for field in obj._meta.concrete_fields}
    current = {key: plain(getattr(obj, key)) for key in entry["after"]}
    if current != entry["after"]:
        part.kept.append(f"{name} has been changed since")
        return
    values = {fields[key].attname: fields[key].to_python(value) if not fields[key].is_relation
              else value for key, value in entry["before"].items()}  # fmt: skip
    try:
        guarded_update(obj, expect={}, set=values, actor=actor, reason=_own_reasons(row)[1])
    except IntegrityError:
        part.kept.append(f"{name} is in use")
        return
    part.restored += 1
