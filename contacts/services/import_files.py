"""From a file to mapped rows: archives, tables, columns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from backoffice.core.errors import Unreadable
from contacts.imports.tabular import Row, Table, header_key, read_table, unpack
from contacts.models import ImportRun, SavedMapping
from contacts.registry import IMPORT_KINDS, ImportKind


@dataclass(frozen=True)
class MappedRow:
    """A row with the kind's own field names."""

    number: int
    values: dict[str, str]
    problem: str = ""

    def get(self, name: str) -> str:
        return self.values.get(name, "")


def read_file(
    kind: str, content: bytes, file_name: str, mapping: dict[str, str] | None
) -> tuple[list[MappedRow], dict[str, str], Table]:
    definition = IMPORT_KINDS.get(kind)
    tables = [
        (name, read_table(part, definition.columns)) for name, part in unpack(content, file_name)
    ]
    mapped: list[MappedRow] = []
    used: dict[str, str] = {}
    for name, table in tables:
        columns = map_columns(definition, table, mapping)
        used |= columns
        offset = len(mapped)
        mapped += [_mapped(row, columns, offset, name) for row in table.rows()]
    return mapped, used, tables[0][1]


def first_table(kind: str, content: bytes, file_name: str) -> Table:
    """The table of the file, its columns not named yet. Raises: Unreadable."""
    known = IMPORT_KINDS.get(kind).columns
    return read_table(unpack(content, file_name)[0][1], known)


def read_rows(run: ImportRun, content: bytes) -> list[MappedRow]:
    """The rows of a kept file under the run's own mapping. Raises: Unreadable."""
    return read_file(run.kind, content, "", run.mapping)[0]


def _mapped(row: Row, columns: dict[str, str], offset: int, name: str) -> MappedRow:
    values = {columns[cell]: value for cell, value in row.cells.items() if cell in columns}
    values["_file"] = name
    return MappedRow(offset + row.number, values, row.problem)


def map_columns(
    kind: ImportKind, table: Table, mapping: dict[str, str] | None = None
) -> dict[str, str]:
    """Header name → field name. A given mapping wins, then a saved one, then known names.

    Raises: Unreadable naming the required columns that are missing.
    """
    if mapping is None:
        saved = SavedMapping.objects.filter(
            kind=kind.name, header_sha256=header_hash(table.header)
        ).first()
        mapping = saved.mapping if saved else None
    if mapping is None:
        mapping = {}
        for name in table.header:
            field = kind.columns.get(header_key(name))
            if field and field not in mapping.values():
                mapping[name] = field
    missing = sorted(kind.required - set(mapping.values()))
    if missing:
        raise Unreadable(
            f"No column found for {', '.join(missing)}. Columns of the file: "
            f"{', '.join(table.header[:40])}.",
            code="columns_missing",
        )
    return mapping


def header_hash(header: list[str]) -> str:
    return hashlib.sha256("\x1f".join(header).encode()).hexdigest()


def save_mapping(*, kind: str, header: list[str], mapping: dict[str, str]) -> SavedMapping:
    """Keeps a mapping for the next file with the same header."""
    row, _created = SavedMapping.objects.update_or_create(
        kind=kind, header_sha256=header_hash(header), defaults={"mapping": mapping}
    )
    return row
