"""Runs an import: read, test, apply exactly the tested plan in short transactions, take back."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RollcallError
from backoffice.core.services import audit, documents
from backoffice.core.transitions import actor_user, guarded_update, transition
from backoffice.delivery.services import suppress
from contacts.enums import IMPORT_TRANSITIONS, ImportState, RowOutcome
from contacts.imports.batch import Batch, Pending
from contacts.models import ImportRow, ImportRun
from contacts.registry import IMPORT_KINDS, ImportKind, RowResult
from contacts.services.import_files import MappedRow, read_file
from contacts.services.import_journal import journal_of

# Rows a transaction: small enough that the SQLite write lock is held well under 250 ms.
CHUNK = 100
JOURNAL_DAYS = 30
# Taking back begins by setting ``undone_at``, which stops a run that is still at work.
STILL_APPLYING = {"state": ImportState.APPLYING, "undone_at": None}


def open_run(
    *,
    kind: str,
    content: bytes,
    file_name: str,
    actor: Actor,
    mapping: dict[str, str] | None = None,
) -> tuple[ImportRun, list[MappedRow]]:
    """Reads the file and maps its columns; the run is recorded with the file's hash.

    Raises: Unreadable when the file is no table or lacks a required column; nothing is recorded.
    """
    mapped, used, first = read_file(kind, content, file_name, mapping)
    run = ImportRun.objects.create(
        kind=kind,
        file_sha256=hashlib.sha256(content).hexdigest(),
        dialect={
            "encoding": first.encoding,
            "separator": first.separator,
            "header_row": first.header_row,
            "repaired": first.repaired,
            "columns": first.header,
        },
        mapping=used,
        read=len(mapped),
        requested_by=actor_user(actor),
    )
    return run, mapped


def chunks(rows: list[MappedRow], size: int = CHUNK) -> Iterator[list[MappedRow]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def new_batch(run: ImportRun, *, actor: Actor, on: date) -> Batch:
    return Batch(
        actor=actor,
        on=on,
        user=run.requested_by,
        options={"source": f"import {run.kind}", "reason": f"import {run.pk}"},
    )


def handle_rows(
    kind: ImportKind, rows: list[MappedRow], batch: Batch
) -> list[tuple[MappedRow, RowResult, list[Pending]]]:
    """Runs the kind over a chunk; a refused row leaves nothing behind in the batch."""
    usable = [row for row in rows if not row.problem]
    if kind.prepare is not None:
        kind.prepare(usable, batch)
        batch.take_row()
    results = []  # type: ignore[var-annotated]
    for row in rows:
        if row.problem:
            results.append((row, RowResult(RowOutcome.REJECTED, row.problem), []))
            continue
        try:
            outcome = kind.apply(row, batch)
        except BadInput as error:
            batch.drop_row()
            what = RowOutcome.DECISION if error.code == "decision" else RowOutcome.REJECTED
            results.append((row, RowResult(what, str(error)[:300]), []))
        except RollcallError as error:
            batch.drop_row()
            results.append((row, RowResult(RowOutcome.REJECTED, str(error)[:300]), []))
        else:
            results.append((row, outcome, batch.take_row()))
    return results


def plan_digest(results: Iterable[tuple[int, str, str]]) -> str:
    """Hash of (row, outcome, reason) of all rows: what was tested is what is applied."""
    digest = hashlib.sha256()
    for item in results:
        digest.update(json.dumps(item, ensure_ascii=True).encode() + b"\n")
    return digest.hexdigest()


def dry_run(*, run: ImportRun, rows: list[MappedRow], actor: Actor, on: date) -> list[tuple]:
    """(row, outcome, reason) of every row under today's data; nothing is written."""
    kind, batch = IMPORT_KINDS.get(run.kind), new_batch(run, actor=actor, on=on)
    outcome: list[tuple[int, str, str]] = []
    for chunk in chunks(rows):
        for row, result, _pending in handle_rows(kind, chunk, batch):
            outcome.append((row.number, str(result.outcome), result.reason))
        batch.forget()
    return outcome


def plan_of(*, run: ImportRun, rows: list[MappedRow], actor: Actor, on: date) -> str:
    """Hash of the plan that today's data give."""
    return plan_digest(dry_run(run=run, rows=rows, actor=actor, on=on))


def test_import(*, run: ImportRun, rows: list[MappedRow], actor: Actor, on: date) -> list[tuple]:
    """A true dry run: the same code, nothing written but the run's counts and plan hash."""
    outcome = dry_run(run=run, rows=rows, actor=actor, on=on)
    counts = count_outcomes(outcome)
    transition(
        run,
        to=ImportState.TESTED,
        table=IMPORT_TRANSITIONS,
        actor=actor,
        also={**counts, "plan_sha256": plan_digest(outcome)},
    )
    return outcome


def count_outcomes(outcome: list[tuple[int, str, str]]) -> dict[str, int]:
    words = [item[1] for item in outcome]
    return {
        "read": len(words),
        "created": words.count(RowOutcome.CREATED),
        "updated": words.count(RowOutcome.UPDATED),
        "unchanged": words.count(RowOutcome.UNCHANGED),
        "rejected": words.count(RowOutcome.REJECTED) + words.count(RowOutcome.DECISION),
    }


def apply_import(
    *, run: ImportRun, rows: list[MappedRow], actor: Actor, on: date, report=None
) -> ImportRun:
    """Applies the tested plan, a chunk a transaction, and records each row with its journal.

    ``report(done, total)`` is called after each chunk.

    Raises: InvalidTransition when the run was not tested or is applied already; RuleBroken through
    ``BadInput`` when the data changed so much that the plan no longer holds is reported per row.
    """
    kind, batch = IMPORT_KINDS.get(run.kind), new_batch(run, actor=actor, on=on)
    _begin(run, actor=actor, on=on)
    outcome: list[tuple[int, str, str]] = []
    for chunk in chunks(rows):
        outcome += _apply_chunk(run, kind, chunk, batch, actor)
        if report is not None:
            report(len(outcome), len(rows))
        _breathe()
    if kind.finish is not None:
        _finish(run, kind, batch)
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


def _begin(run: ImportRun, *, actor: Actor, on: date) -> None:
    """The guarded move first: a second job stops there and wipes no journal of the first one."""
    with transaction.atomic():
        transition(
            run,
            to=ImportState.APPLYING,
            table=IMPORT_TRANSITIONS,
            actor=actor,
            also={"journal_expires_on": on + timedelta(days=JOURNAL_DAYS)},
        )
        ImportRow.objects.filter(run=run).delete()


def _claim(run: ImportRun, **values: int) -> None:
    """First statement of each chunk: nothing is written any more once the run is taken back.

    Raises: InvalidTransition when it is; the caller's transaction must roll back.
    """
    still = ImportRun.objects.filter(pk=run.pk, **STILL_APPLYING)
    # Without values the row is written all the same, for its lock.
    written: dict[str, Any] = dict(values) if values else {"state": ImportState.APPLYING}
    if not still.update(**written):
        raise InvalidTransition("The import is being taken back; it goes no further.")


def _breathe() -> None:
    """Lets other writers of SQLite in between two chunks: its busy handler polls."""
    if connection.vendor == "sqlite":
        time.sleep(0.002)


def _apply_chunk(run, kind, chunk, batch, actor) -> list[tuple[int, str, str]]:
    """Look-ups and rules outside, rows only inside the transaction."""
    results = handle_rows(kind, chunk, batch)
    with transaction.atomic():
        _claim(run, next_row=results[-1][0].number)
        batch.flush()
        for (address, scope), reason in list(batch.known["new_suppressions"].items()):
            suppress(address, scope=scope, reason=reason, actor=actor, source=f"import:{run.pk}")
        batch.known["new_suppressions"].clear()
        ImportRow.objects.bulk_create(
            [
                ImportRow(
                    run=run,
                    number=row.number,
                    outcome=result.outcome,
                    reason=result.reason,
                    journal=journal_of(pending),
                    cells=_kept_cells(row, result),
                )
                for row, result, pending in results
            ]
        )
    return [(row.number, str(result.outcome), result.reason) for row, result, _p in results]


def _kept_cells(row: MappedRow, result: RowResult) -> dict[str, str]:
    """Cells are kept for rows that a person must look at; a removed person's never."""
    if result.outcome not in (RowOutcome.REJECTED, RowOutcome.DECISION):
        return {}
    if "asked to be removed" in result.reason:
        return {}
    return {key: value[:500] for key, value in row.values.items() if key != "_file"}


def _finish(run: ImportRun, kind: ImportKind, batch: Batch) -> None:
    """Links that needed the whole file, again in short transactions, each with its journal.

    Their rows are numbered after the last row of the file (above ``run.read``): undo, which goes
    backwards, meets them first, and no count includes them.
    """
    later, batch.later = batch.later, []
    number = run.read
    for start in range(0, len(later), CHUNK):
        batch.later = later[start : start + CHUNK]
        batch._later_mark = 0
        with transaction.atomic():
            _claim(run)
            kind.finish(batch)  # type: ignore[misc]
            pending = batch.take_row()
            batch.flush()
            if pending:
                number += 1
                ImportRow.objects.create(
                    run=run, number=number, outcome=RowOutcome.UPDATED, reason="links",
                    journal=journal_of(pending),
                )  # fmt: skip
        _breathe()


def keep_file(*, run: ImportRun, content: bytes, file_name: str, on: date) -> ImportRun:
    """Keeps the uploaded file privately for 30 days, for the rejected rows and the audit."""
    document = documents.store_new(
        content,
        kind="import",
        subject=f"contacts.importrun:{run.pk}",
        file_name=file_name[:200],
        media_type="application/octet-stream",
        delete_after=on + timedelta(days=JOURNAL_DAYS),
    )
    ImportRun.objects.filter(pk=run.pk).update(file=document)
    run.refresh_from_db()
    return run
