"""Tries an uploaded file out, at once or, when it is long, in the background."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition
from backoffice.core.services import documents
from backoffice.core.services.jobs import enqueue
from backoffice.core.transitions import actor_user
from contacts.enums import ImportState
from contacts.models import ImportRow, ImportRun
from contacts.registry import RowResult
from contacts.services import import_apply, import_files, imports
from contacts.services.import_files import MappedRow
from contacts.services.import_journal import row_of

TRIAL_JOB = "contacts.test_import"
# More rows than a person should wait for with the page open.
AT_ONCE = 2000
STORED_AT_ONCE = 500


def try_out_or_queue(run: ImportRun, rows: list[MappedRow], *, actor: Actor, on: date) -> None:
    """Tests a short file at once; a long one in the background, where its page shows the progress."""
    if len(rows) <= AT_ONCE:
        try_out(run, rows, actor=actor, on=on)
        return
    with transaction.atomic():
        # Without a plan nothing can be applied until the test has come to its end.
        ImportRun.objects.filter(pk=run.pk).update(plan_sha256="")
        enqueue(TRIAL_JOB, str(run.pk), requested_by=actor_user(actor))
    run.refresh_from_db()


def try_out_kept_file(
    run_id: str, *, actor: Actor, on: date, report: Callable[[int, int], None] | None = None
) -> None:
    """Tests the kept file of a run that was not begun; may be done again."""
    run = ImportRun.objects.select_related("file").get(pk=run_id)
    if run.state not in (ImportState.UPLOADED, ImportState.TESTED) or run.file is None:
        return
    rows = import_files.read_rows(run, documents.read_bytes(run.file))
    try_out(run, rows, actor=actor, on=on, report=report)


def try_out(
    run: ImportRun,
    rows: list[MappedRow],
    *,
    actor: Actor,
    on: date,
    report: Callable[[int, int], None] | None = None,
) -> None:
    """Tests the file and stores the result of each row, to be looked at."""
    import_apply.clear_rows(run)
    asked: dict[int, tuple[MappedRow, RowResult]] = {}
    outcome = imports.dry_run(run=run, rows=rows, actor=actor, on=on, asked=asked, report=report)
    # A file with other columns may have had more rows.
    ImportRow.objects.filter(run=run).delete()
    for start in range(0, len(outcome), STORED_AT_ONCE):
        _store(run, outcome[start : start + STORED_AT_ONCE], asked)
    imports.note_test(run=run, outcome=outcome, actor=actor, on=on)


def _store(
    run: ImportRun, part: list[tuple], asked: dict[int, tuple[MappedRow, RowResult]]
) -> None:
    """Replaces these rows; of two tests at once one waits for the other.

    Raises: InvalidTransition when the import has begun.
    """
    with transaction.atomic():
        if not ImportRun.objects.filter(
            pk=run.pk, state__in=[ImportState.UPLOADED, ImportState.TESTED]
        ).update(read=run.read):
            raise InvalidTransition("The import has begun; it is not tested any more.")
        ImportRow.objects.filter(
            run=run, number__gte=part[0][0], number__lte=part[-1][0]
        ).delete()  # fmt: skip
        ImportRow.objects.bulk_create(
            row_of(run, *asked[number], [])
            if number in asked
            else ImportRow(run=run, number=number, outcome=word, reason=reason)
            for number, word, reason in part
        )
