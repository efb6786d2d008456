"""Opens and tests an import: the same code that applies it, with nothing written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from backoffice.core.actor import Actor
from backoffice.core.collector import collector_on_call
from backoffice.core.errors import RollcallError
from backoffice.core.services import documents
from backoffice.core.transitions import actor_user, transition
from contacts.enums import IMPORT_TRANSITIONS, ImportState, RowOutcome
from contacts.imports.batch import Batch, Pending
from contacts.imports.decisions import AS_DECIDED, NeedsDecision
from contacts.imports.tabular import Table
from contacts.models import ImportRun
from contacts.registry import IMPORT_KINDS, ImportKind, RowResult
from contacts.services.import_files import MappedRow, read_file

# Rows a transaction: small enough that the SQLite write lock is held well under 250 ms.
CHUNK = 100
JOURNAL_DAYS = 30


def open_run(
    *,
    kind: str,
    content: bytes,
    file_name: str,
    actor: Actor,
    mapping: dict[str, str] | None = None,
    blanks: bool = False,
) -> tuple[ImportRun, list[MappedRow]]:
    """Reads the file and maps its columns; the run is recorded with the file's hash.

    ``blanks``: an empty cell empties the field; otherwise it says nothing.

    Raises: Unreadable when the file is no table or lacks a required column; nothing is recorded.
    """
    mapped, used, first = read_file(kind, content, file_name, mapping)
    run = ImportRun.objects.create(
        kind=kind,
        file_sha256=hashlib.sha256(content).hexdigest(),
        dialect=dialect_of(first),
        mapping=used,
        options={"blanks": True} if blanks else {},
        read=len(mapped),
        requested_by=actor_user(actor),
    )
    return run, mapped


def dialect_of(table: Table) -> dict[str, object]:
    """What was detected of the file."""
    return {
        "encoding": table.encoding,
        "separator": table.separator,
        "header_row": table.header_row,
        "repaired": table.repaired,
        "columns": table.header,
    }


def chunks(rows: list[MappedRow], size: int = CHUNK) -> Iterator[list[MappedRow]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def new_batch(run: ImportRun, *, actor: Actor, on: date) -> Batch:
    return Batch(
        actor=actor,
        on=on,
        user=run.requested_by,
        options={
            "source": f"import {run.kind}",
            "reason": f"import {run.pk}",
            "decisions": run.options.get("decisions"),
            "blanks": frozenset(run.mapping.values()) if run.options.get("blanks") else frozenset(),
        },
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
        results.append((row, *_handled(kind, row, batch)))
    return results


def _handled(kind: ImportKind, row: MappedRow, batch: Batch) -> tuple[RowResult, list[Pending]]:
    batch.decisions.begin(row.number)
    try:
        result = kind.apply(row, batch)
    except NeedsDecision as asked:
        batch.drop_row()
        reason = str(asked)[:300]
        result = RowResult(RowOutcome.DECISION, reason, asked.question, asked.known, asked.choices)
        return result, []
    except RollcallError as error:
        batch.drop_row()
        return RowResult(RowOutcome.REJECTED, str(error)[:300]), []
    if batch.decisions.used:
        # Also makes the decided plan another one than the undecided.
        said = AS_DECIDED + "; ".join(batch.decisions.used)
        result = replace(result, reason=f"{said}. {result.reason}".strip()[:300])
    return result, batch.take_row()


def plan_digest(results: Iterable[tuple[int, str, str]]) -> str:
    """Hash of (row, outcome, reason) of all rows: what was tested is what is applied."""
    digest = hashlib.sha256()
    for item in results:
        digest.update(json.dumps(item, ensure_ascii=True).encode() + b"\n")
    return digest.hexdigest()


def dry_run(
    *,
    run: ImportRun,
    rows: list[MappedRow],
    actor: Actor,
    on: date,
    asked: dict[int, tuple[MappedRow, RowResult]] | None = None,
    report: Callable[[int, int], None] | None = None,
) -> list[tuple]:
    """(row, outcome, reason) of every row under today's data; nothing is written.

    ``asked``: filled with the rows that need a decision. ``report(done, total)`` after each chunk.
    """
    kind, batch = IMPORT_KINDS.get(run.kind), new_batch(run, actor=actor, on=on)
    outcome: list[tuple[int, str, str]] = []
    with collector_on_call() as collect_young:
        for chunk in chunks(rows):
            for row, result, _pending in handle_rows(kind, chunk, batch):
                outcome.append((row.number, str(result.outcome), result.reason))
                if asked is not None and result.question:
                    asked[row.number] = (row, result)
            batch.forget()
            if report is not None:
                report(len(outcome), len(rows))
            collect_young()
    return outcome


def plan_of(*, run: ImportRun, rows: list[MappedRow], actor: Actor, on: date) -> str:
    """Hash of the plan that today's data give."""
    return plan_digest(dry_run(run=run, rows=rows, actor=actor, on=on))


def test_import(*, run: ImportRun, rows: list[MappedRow], actor: Actor, on: date) -> list[tuple]:
    """A true dry run: the same code, nothing written but the run's counts and plan hash."""
    outcome = dry_run(run=run, rows=rows, actor=actor, on=on)
    note_test(run=run, outcome=outcome, actor=actor, on=on)
    return outcome


def note_test(*, run: ImportRun, outcome: list[tuple], actor: Actor, on: date) -> None:
    """Keeps the counts and the plan's hash. Raises: InvalidTransition when it is being applied, or
    when somebody decided something while it was tested."""
    transition(
        run,
        to=ImportState.TESTED,
        table=IMPORT_TRANSITIONS,
        actor=actor,
        expect={"decided": run.decided},
        also={
            **count_outcomes(outcome),
            "plan_sha256": plan_digest(outcome),
            "journal_expires_on": on + timedelta(days=JOURNAL_DAYS),
        },
    )


def count_outcomes(outcome: list[tuple[int, str, str]]) -> dict[str, int]:
    words = [item[1] for item in outcome]
    return {
        "read": len(words),
        "created": words.count(RowOutcome.CREATED),
        "updated": words.count(RowOutcome.UPDATED),
        "unchanged": words.count(RowOutcome.UNCHANGED),
        "rejected": words.count(RowOutcome.REJECTED) + words.count(RowOutcome.DECISION),
    }


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
