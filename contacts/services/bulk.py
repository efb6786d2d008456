"""Bulk acts on many records: tags and single fields, each with a journal, so that the whole run can be
taken back like an import; what somebody has changed since stays and is listed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import ImportState, RowOutcome
from contacts.models import ImportRow, ImportRun, Tag
from contacts.services.import_journal import plain
from contacts.services.imports import JOURNAL_DAYS

# Fields without rules of their own; what has legal weight changes by acts, not in bulk.
FIELDS: dict[str, tuple[str, ...]] = {
    "contacts.organisation": ("organisation_type", "focus_area", "language"),
    "contacts.contact": ("language",),
}


def start_bulk(*, kind: str, actor: Actor, on: date) -> ImportRun:
    """The run that takes up the journals: ``tag``, ``untag`` or ``edit``."""
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind=f"bulk {kind}", state=ImportState.APPLIED, requested_by=actor_user(actor),
            finished_at=dates.now(), journal_expires_on=on + timedelta(days=JOURNAL_DAYS),
        )  # fmt: skip
        audit.record(f"import:{run.pk}", "bulk", actor=actor, facts={"kind": kind})
    return run


def tag_record(*, run: ImportRun, record: Any, tag: Tag, actor: Actor) -> bool:
    """Puts the tag on; False when it is there already."""
    through = type(record).tags.through
    column = type(record)._meta.model_name
    with transaction.atomic():
        row, created = through._base_manager.get_or_create(**{column: record, "tag": tag})
        entry = _entry(row, created=True) if created else None
        _note(run, entry, RowOutcome.UPDATED if created else RowOutcome.UNCHANGED)
    return created


def untag_record(*, run: ImportRun, record: Any, tag: Tag, actor: Actor) -> bool:
    """Takes the tag off; False when it was not there."""
    through = type(record).tags.through
    column = type(record)._meta.model_name
    with transaction.atomic():
        row = through._base_manager.filter(**{column: record, "tag": tag}).first()
        entry = None
        if row is not None:
            entry = {**_entry(row, created=False), "deleted": {f"{column}_id": record.pk,
                                                               "tag_id": tag.pk}}  # fmt: skip
            row.delete()
        _note(run, entry, RowOutcome.UPDATED if row is not None else RowOutcome.UNCHANGED)
    return entry is not None


def edit_record(*, run: ImportRun, record: Any, field: str, value: Any, actor: Actor) -> bool:
    """Sets one field; False when it holds the value already.

    Raises: BadInput for a field that is not changed in bulk or a value it does not take;
    InvalidTransition when somebody changed it at the same moment.
    """
    if field not in FIELDS.get(record._meta.label_lower, ()):
        raise BadInput(f"{field} is not changed in bulk.", code="bulk_field", where=field)
    column = record._meta.get_field(field)
    try:
        wanted = column.clean(value, record)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), code="bulk_value", where=field) from error
    before = getattr(record, field)
    with transaction.atomic():
        entry = None
        if before != wanted:
            guarded_update(record, expect={field: before}, set={field: wanted}, actor=actor,
                           reason=f"import {run.pk}")  # fmt: skip
            entry = {**_entry(record, created=False), "before": {field: plain(before)},
                     "after": {field: plain(wanted)}}  # fmt: skip
        _note(run, entry, RowOutcome.UPDATED if entry else RowOutcome.UNCHANGED)
    return entry is not None


def _entry(row: models.Model, *, created: bool) -> dict[str, Any]:
    return {"model": row._meta.label_lower, "pk": str(row.pk), "created": created, "before": {},
            "after": {}}  # fmt: skip


def _note(run: ImportRun, entry: dict[str, Any] | None, outcome: str) -> None:
    """One row of the run; the run is locked first, so that its rows are numbered one by one."""
    counted = "updated" if outcome == RowOutcome.UPDATED else "unchanged"
    ImportRun.objects.filter(pk=run.pk).update(read=F("read") + 1, **{counted: F(counted) + 1})
    number = ImportRun.objects.values_list("read", flat=True).get(pk=run.pk)
    ImportRow.objects.create(
        run=run, number=number, outcome=outcome, journal=[entry] if entry else []
    )
