"""Applies exactly the tested plan in short transactions; cut off, it goes on where it stopped."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.collector import collector_on_call
from backoffice.core.errors import InvalidTransition
from backoffice.core.services import audit
from backoffice.core.services.planner import refresh_statistics
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.services import suppress
from contacts.enums import IMPORT_TRANSITIONS, ImportState, RowOutcome
from contacts.imports.batch import Batch
from contacts.models import ImportRow, ImportRun
from contacts.registry import IMPORT_KINDS, ImportKind
from contacts.services.import_files import MappedRow
from contacts.services.import_journal import journal_of, row_of
from contacts.services.imports import (
    CHUNK,
    JOURNAL_DAYS,
    chunks,
    count_outcomes,
    handle_rows,
    new_batch,
)

MOST_NOTES = 200
# So many new rows change what the database should know of its tables.
MANY_ROWS = 1000
CLEARED = 500
# A chunk begins small and grows while its transaction stays well under 250 ms.
FIRST_CHUNK, SMALLEST, AIM = 20, 5, 0.08
# Taking back begins by setting ``undone_at``, which stops a run that is still at work.
STILL_APPLYING = {"state": ImportState.APPLYING, "undone_at": None}


def apply_import(
    *, run: ImportRun, rows: list[MappedRow], actor: Actor, on: date, report=None
) -> ImportRun:
    """Applies the tested plan, a chunk a transaction, and records each row with its journal. A run
    that was cut off goes on after the last chunk that was written.

    ``report(done, total)`` is called after each chunk.

    Raises: InvalidTransition when the run was not tested or is applied already; RuleBroken through
    ``BadInput`` when the data changed so much that the plan no longer holds is reported per row.
    """
    kind, batch = IMPORT_KINDS.get(run.kind), new_batch(run, actor=actor, on=on)
    outcome: list[tuple[int, str, str]] = []
    if run.state == ImportState.APPLYING:
        clear_rows(run, after=run.next_row)
        outcome = _catch_up(run, kind, batch, rows)
    else:
        _begin(run, actor=actor, on=on)
        clear_rows(run)
    with collector_on_call() as collect_young:
        start, size = 0, FIRST_CHUNK
        waiting = [row for row in rows if row.number > run.next_row]
        while start < len(waiting):
            chunk = waiting[start : start + size]
            start += len(chunk)
            done, held = _apply_chunk(run, kind, chunk, batch, actor)
            outcome += done
            size = next_size(size, held)
            if report is not None:
                report(len(outcome), len(rows))
            collect_young()
            _breathe()
        if kind.finish is not None:
            _finish(run, kind, batch)
    if len(rows) >= MANY_ROWS:
        refresh_statistics()
    with transaction.atomic():
        guarded_update(
            run,
            expect=STILL_APPLYING,
            set={
                "state": ImportState.APPLIED,
                "finished_at": dates.now(),
                **count_outcomes(outcome),
            },
            actor=actor,
        )
        audit.record(
            f"import:{run.pk}",
            "apply",
            actor=actor,
            facts={"kind": run.kind, "file": run.file_sha256, "plan": run.plan_sha256,
                   **count_outcomes(outcome)},
        )  # fmt: skip
    return run


def next_size(size: int, seconds: float) -> int:
    """Rows of the next chunk: as many as keep the write lock near :data:`AIM`, whatever the machine
    and the kind of file."""
    wanted = round(size * AIM / max(seconds, 0.001))
    return max(SMALLEST, min(CHUNK, wanted, size * 2))


def _begin(run: ImportRun, *, actor: Actor, on: date) -> None:
    """The guarded move first: a second job stops there and wipes no journal of the first one."""
    with transaction.atomic():
        transition(
            run,
            to=ImportState.APPLYING,
            table=IMPORT_TRANSITIONS,
            actor=actor,
            expect={"decided": run.decided},
            also={"journal_expires_on": on + timedelta(days=JOURNAL_DAYS)},
        )


def clear_rows(run: ImportRun, *, after: int = 0) -> None:
    """The rows of the test give way, some hundred at a time: deleting 100,000 at once would hold the
    write lock for seconds. Rows that were applied stay, and so do those of the end of the file."""
    rows = ImportRow.objects.filter(run=run, number__gt=after, number__lte=run.read)
    while ids := list(rows.values_list("pk", flat=True)[:CLEARED]):
        ImportRow.objects.filter(pk__in=ids).delete()
        _breathe()


def _catch_up(
    run: ImportRun, kind: ImportKind, batch: Batch, rows: list[MappedRow]
) -> list[tuple[int, str, str]]:
    """What was done before the run was cut off. The rows are gone through once more without writing:
    they now say "unchanged", but leave the links for the end of the file in the batch."""
    for chunk in chunks([row for row in rows if row.number <= run.next_row]):
        handle_rows(kind, chunk, batch)
        batch.forget()
    batch.known["new_suppressions"].clear()
    batch.known["taken_over"].clear()
    written = ImportRow.objects.filter(run=run, number__lte=run.read).order_by("number")
    return [
        (n, str(word), reason)
        for n, word, reason in written.values_list("number", "outcome", "reason")
    ]


def _claim(run: ImportRun, **values: int) -> None:
    """First statement of each chunk: nothing is written any more once the run is taken back, or once
    another process has gone on with it.

    Raises: InvalidTransition when it is; the caller's transaction must roll back.
    """
    still = ImportRun.objects.filter(pk=run.pk, next_row=run.next_row, **STILL_APPLYING)
    # Without values the row is written all the same, for its lock.
    written: dict[str, Any] = dict(values) if values else {"state": ImportState.APPLYING}
    if not still.update(**written):
        raise InvalidTransition("The import is being taken back; it goes no further.")


def _breathe() -> None:
    """Lets other writers of SQLite in between two chunks: its busy handler polls."""
    if connection.vendor == "sqlite":
        time.sleep(0.002)


def _apply_chunk(run, kind, chunk, batch, actor) -> tuple[list[tuple[int, str, str]], float]:
    """Look-ups and rules outside, rows only inside the transaction; also the seconds it took."""
    results = handle_rows(kind, chunk, batch)
    last = results[-1][0].number
    begun = time.perf_counter()
    with transaction.atomic():
        _claim(run, next_row=last)
        batch.flush()
        for (address, scope), reason in list(batch.known["new_suppressions"].items()):
            suppress(address, scope=scope, reason=reason, actor=actor, source=f"import:{run.pk}")
        batch.known["new_suppressions"].clear()
        _record_takeovers(run, batch, actor)
        ImportRow.objects.bulk_create(
            [row_of(run, row, result, journal_of(pending)) for row, result, pending in results]
        )
    held = time.perf_counter() - begun
    run.next_row = last
    done = [(row.number, str(result.outcome), result.reason) for row, result, _p in results]
    return done, held


def _record_takeovers(run: ImportRun, batch: Batch, actor: Actor) -> None:
    """Taking a duty over from its holder is an act of its own, also in a file of thousands."""
    for held, role, order in batch.known["taken_over"].values():
        audit.record(
            f"organisation:{held.organisation_id}",
            "take_over_duty",
            actor=actor,
            subject=held,
            facts={"role": role, "order": order, "on": held.valid_until, "before": held.pk,
                   "import": str(run.pk)},
        )  # fmt: skip
    batch.known["taken_over"].clear()


def _finish(run: ImportRun, kind: ImportKind, batch: Batch) -> None:
    """Links that needed the whole file, again in short transactions, each with its journal.

    Their rows are numbered after the last row of the file (above ``run.read``): undo, which goes
    backwards, meets them first, and no count includes them.
    """
    later, batch.later = batch.later, []
    written = ImportRow.objects.filter(run=run).aggregate(last=Max("number"))["last"] or 0
    number = max(run.read, written)
    notes: list[str] = []
    for start in range(0, len(later), CHUNK):
        batch.later = later[start : start + CHUNK]
        batch._later_mark = 0
        with transaction.atomic():
            _claim(run)
            notes += kind.finish(batch) or []  # type: ignore[misc]
            pending = batch.take_row()
            batch.flush()
            if pending:
                number += 1
                ImportRow.objects.create(
                    run=run, number=number, outcome=RowOutcome.UPDATED, reason="links",
                    journal=journal_of(pending),
                )  # fmt: skip
        _breathe()
    if notes:
        # Names of organisations and symbols only: what the end of the file could not connect.
        options = {**run.options, "notes": notes[:MOST_NOTES]}
        ImportRun.objects.filter(pk=run.pk).update(options=options)
