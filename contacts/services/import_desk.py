"""The import desk's way: the file is kept, tested at once, applied in the background."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RollcallError
from backoffice.core.services import documents
from backoffice.core.services.jobs import enqueue, is_waiting
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import ImportState
from contacts.models import ImportRow, ImportRun
from contacts.services import import_files, imports

APPLY_JOB = "contacts.apply_import"


def upload(*, kind: str, content: bytes, file_name: str, actor: Actor, on: date) -> ImportRun:
    """Reads, keeps and tests the file; the rows of the test are stored to be looked at.

    Raises: Unreadable when the file is no table; nothing is kept then.
    """
    run, rows = imports.open_run(kind=kind, content=content, file_name=file_name, actor=actor)
    imports.keep_file(run=run, content=content, file_name=file_name, on=on)
    outcome = imports.test_import(run=run, rows=rows, actor=actor, on=on)
    for start in range(0, len(outcome), 500):
        ImportRow.objects.bulk_create(
            [
                ImportRow(run=run, number=number, outcome=word, reason=reason)
                for number, word, reason in outcome[start : start + 500]
            ]
        )
    run.refresh_from_db()
    return run


def start_apply(*, run: ImportRun, actor: Actor) -> None:
    """Queues the import.

    Raises: InvalidTransition when it was not tested, is queued already or has begun.
    """
    if run.state != ImportState.TESTED:
        raise InvalidTransition("Only a tested import can be applied.")
    with transaction.atomic():
        # The write holds the row: a second click waits here and then sees the job of the first.
        guarded_update(
            run, expect={"state": ImportState.TESTED}, set={"state": ImportState.TESTED},
            actor=actor,
        )  # fmt: skip
        if is_waiting(APPLY_JOB, str(run.pk)):
            raise InvalidTransition("This import is queued already.")
        enqueue(APPLY_JOB, str(run.pk), requested_by=actor_user(actor))


def apply_kept_file(run_id: str, *, actor: Actor, on: date, report) -> None:
    """Applies the kept file of a tested run; the test's rows give way to the applied ones.

    Raises: RollcallError when the plan made from today's data differs from the tested one.
    """
    run = ImportRun.objects.select_related("file").get(pk=run_id)
    if run.state != ImportState.TESTED or run.file is None:
        return
    content = documents.read_bytes(run.file)
    rows = import_files.read_rows(run, content)
    if imports.plan_of(run=run, rows=rows, actor=actor, on=on) != run.plan_sha256:
        raise RollcallError(
            "The data changed since the test; test the file again.", code="plan_changed"
        )
    imports.apply_import(run=run, rows=rows, actor=actor, on=on, report=report)
