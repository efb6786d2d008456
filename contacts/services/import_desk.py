"""The import desk's way: the file is kept, tested at once, applied in the background."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.enums import JobState
from backoffice.core.errors import InvalidTransition, RollcallError, Unreadable
from backoffice.core.services import documents
from backoffice.core.services.jobs import enqueue, is_waiting, unfinished
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import ImportState
from contacts.models import ImportRun
from contacts.services import import_apply, import_files, imports
from contacts.services.import_trial import TRIAL_JOB, try_out, try_out_or_queue

APPLY_JOB = "contacts.apply_import"


def upload(
    *, kind: str, content: bytes, file_name: str, actor: Actor, on: date, blanks: bool = False
) -> ImportRun:
    """Reads, keeps and tests the file; the rows of the test are stored to be looked at. A table whose
    columns are not recognised is kept as well: staff name its columns next.

    Raises: Unreadable when the file is no table; nothing is kept then.
    """
    try:
        run, rows = imports.open_run(
            kind=kind, content=content, file_name=file_name, actor=actor, blanks=blanks
        )
    except Unreadable as error:
        if error.code != "columns_missing":
            raise
        run, rows = _open_unmapped(kind, content, file_name, blanks, actor), None
    imports.keep_file(run=run, content=content, file_name=file_name, on=on)
    if rows is not None:
        try_out_or_queue(run, rows, actor=actor, on=on)
    return run


def _open_unmapped(
    kind: str, content: bytes, file_name: str, blanks: bool, actor: Actor
) -> ImportRun:
    table = import_files.first_table(kind, content, file_name)
    return ImportRun.objects.create(
        kind=kind, file_sha256=hashlib.sha256(content).hexdigest(),
        dialect=imports.dialect_of(table), mapping={}, read=0,
        options={"blanks": True} if blanks else {}, requested_by=actor_user(actor),
    )  # fmt: skip


def sample_of(run: ImportRun, most: int = 3) -> dict[str, list[str]]:
    """Header → its first values, so that people see what they name."""
    if run.file is None:
        return {}
    try:
        table = import_files.first_table(run.kind, documents.read_bytes(run.file), "")
    except (RollcallError, OSError):
        return {}
    found: dict[str, list[str]] = {}
    for row in islice(table.rows(), 50):
        for name, value in row.cells.items():
            if value and len(found.setdefault(name, [])) < most:
                found[name].append(value[:60])
    return found


def name_columns(
    *, run: ImportRun, mapping: dict[str, str], remember: bool, actor: Actor, on: date
) -> ImportRun:
    """Tests the kept file with these columns; ``remember``: also for files with the same header.

    Raises: InvalidTransition once the import has begun; Unreadable when a required column is missing.
    """
    if run.state not in (ImportState.UPLOADED, ImportState.TESTED) or run.file is None:
        raise InvalidTransition("The columns of this import are settled.")
    content = documents.read_bytes(run.file)
    chosen = {name: field for name, field in mapping.items() if field}
    rows = import_files.read_file(run.kind, content, "", chosen)[0]
    guarded_update(
        run, expect={"state": run.state}, set={"mapping": chosen, "read": len(rows)}, actor=actor
    )  # fmt: skip
    if remember:
        import_files.save_mapping(kind=run.kind, header=run.dialect["columns"], mapping=chosen)
    try_out_or_queue(run, rows, actor=actor, on=on)
    return run


def start_apply(*, run: ImportRun, actor: Actor) -> None:
    """Queues the import.

    Raises: InvalidTransition when it was not tested, is queued already or has begun.
    """
    if run.state != ImportState.TESTED or not run.plan_sha256:
        raise InvalidTransition("Only a tested import can be applied.")
    with transaction.atomic():
        # The write holds the row: a second click waits here and then sees the job of the first.
        guarded_update(
            run, expect={"state": ImportState.TESTED, "plan_sha256": run.plan_sha256},
            set={"state": ImportState.TESTED}, actor=actor,
        )  # fmt: skip
        if is_waiting(APPLY_JOB, str(run.pk)) or is_waiting(TRIAL_JOB, str(run.pk)):
            raise InvalidTransition("This import is queued already.")
        enqueue(APPLY_JOB, str(run.pk), requested_by=actor_user(actor))


@dataclass(frozen=True)
class Work:
    """What a worker does with an import, or will do: ``done`` of ``total`` rows, 0 of 0 before."""

    applies: bool
    begun: bool
    done: int
    total: int

    @property
    def share(self) -> int:
        """Percent, rounded down."""
        return self.done * 100 // self.total if self.total else 0


def work_on(run: ImportRun) -> Work | None:
    """The test or the import that is queued or at work; None when the page will not change by itself."""
    found = unfinished([TRIAL_JOB, APPLY_JOB], str(run.pk))
    if found is None:
        return None
    begun = found.state == JobState.RUNNING
    return Work(found.name == APPLY_JOB, begun, found.done, found.total or run.read)


def apply_kept_file(run_id: str, *, actor: Actor, on: date, report) -> None:
    """Applies the kept file of a tested run, or goes on with one that was cut off.

    When today's data give another plan than the tested one nothing is applied: the file is tested
    again, and staff see the new result.
    """
    run = ImportRun.objects.select_related("file").get(pk=run_id)
    if run.state not in (ImportState.TESTED, ImportState.APPLYING) or run.file is None:
        return
    rows = import_files.read_rows(run, documents.read_bytes(run.file))
    if run.state == ImportState.TESTED:
        plan = imports.plan_of(run=run, rows=rows, actor=actor, on=on)
        if plan != run.plan_sha256:
            try_out(run, rows, actor=actor, on=on)
            options = {**run.options, "retested": True}
            ImportRun.objects.filter(pk=run.pk).update(options=options)
            return
    import_apply.apply_import(run=run, rows=rows, actor=actor, on=on, report=report)
