"""Reads the first sheet of a workbook, as far as it is one that people keep. Pure.

A workbook is a zip of XML: its parts are measured before anything is unpacked, its stated dimensions are
not believed, and a document type definition (entity bombs, outside entities) is refused.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from backoffice.core.errors import Unreadable
from contacts.imports.tabular import MAX_BYTES, MAX_RATIO, MAX_ROWS, Table, bounded, table_of

MAX_PARTS = 500
EMPTY_ROWS = 10_000


def read_workbook(content: bytes, known: frozenset[str]) -> Table:
    """Raises: Unreadable for a bomb, a broken or a protected workbook."""
    _check_parts(content)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        records = list(bounded(_rows(book.worksheets[0])))
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("The workbook cannot be read.", code="workbook") from error
    return table_of(records, "xlsx", "", known, False)


def _check_parts(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            total = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or total > min(
                MAX_BYTES, len(content) * MAX_RATIO + 1_000_000
            ):
                raise Unreadable(
                    "The workbook unpacks to far more than its size.", code="archive_bomb"
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with packed.open(part) as handle:
                        if b"<!DOCTYPE" in handle.read(4096):
                            raise Unreadable(
                                "The workbook holds a document type definition.", code="entities"
                            )
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise Unreadable(
            "The workbook is broken or protected by a password.", code="archive"
        ) from error


def _rows(sheet) -> Iterator[list[str]]:
    """Rows with a cell in them; a lonely cell far below does not fill memory with empty ones."""
    sheet.reset_dimensions()
    empty = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = ["" if cell is None else str(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        empty = 0 if cells else empty + 1
        if empty > EMPTY_ROWS or number > MAX_ROWS:
            raise Unreadable("The sheet has more empty rows than a table has.", code="too_long")
        if cells:
            yield cells
