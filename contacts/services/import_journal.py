"""What one row of an import changed, as it is kept for taking the import back."""

from __future__ import annotations

from typing import Any

from contacts.enums import RowOutcome
from contacts.imports.batch import Pending
from contacts.models import ImportRow, ImportRun
from contacts.registry import RowResult
from contacts.services.import_files import MappedRow


def journal_of(pending: list[Pending]) -> list[dict[str, Any]]:
    """In the order of writing: parents before children, created rows without values."""
    return [
        {
            "model": item.instance._meta.label_lower,
            "pk": str(item.instance.pk),
            "created": item.created,
            "before": {name: plain(value) for name, value in item.before.items()},
            "after": {name: plain(value) for name, value in item.after.items()},
        }
        for item in pending
    ]


def row_of(
    run: ImportRun, row: MappedRow, result: RowResult, journal: list[dict[str, Any]]
) -> ImportRow:
    """What is kept of a row that was tested or applied."""
    return ImportRow(
        run=run,
        number=row.number,
        outcome=result.outcome,
        reason=result.reason,
        question=result.question,
        known=result.known,
        choices=list(result.choices),
        journal=journal,
        cells=_kept_cells(row, result),
    )


def _kept_cells(row: MappedRow, result: RowResult) -> dict[str, str]:
    """Cells are kept for rows that a person must look at; a removed person's never."""
    if result.outcome not in (RowOutcome.REJECTED, RowOutcome.DECISION):
        return {}
    if "asked to be removed" in result.reason:
        return {}
    return {key: value[:500] for key, value in row.values.items() if not key.startswith("_")}


def plain(value: Any) -> Any:
    """A field's value as JSON holds it; a related row as its key."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(getattr(value, "pk", value))
