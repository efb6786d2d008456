"""Reads a bank file of any supported kind, also several in a zip archive."""

from __future__ import annotations

import io
import zipfile

from billing.bank.camt import read_camt
from billing.bank.mt940_reader import read_mt940
from billing.bank.statement import Statement, StatementError

MAX_FILE_BYTES = 50_000_000
MAX_ARCHIVE_FILES = 500


def read_statements(content: bytes) -> list[Statement]:
    """All statements of the file, in order. Raises: StatementError."""
    if len(content) > MAX_FILE_BYTES:
        raise StatementError(f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    if content[:4] == b"PK\x03\x04":
        return _read_archive(content)
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not head:
        raise StatementError("the file is empty")
    if head == b"<":
        return read_camt(content)
    if b":20:" in content or b":25:" in content or b":61:" in content:
        return read_mt940(content)
    raise StatementError("the file is neither CAMT (XML) nor MT940")


def _read_archive(content: bytes) -> list[Statement]:
    """Sizes are counted while reading, since an archive may lie about them."""
    statements: list[Statement] = []
    left = MAX_FILE_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) > MAX_ARCHIVE_FILES:
                raise StatementError(f"the archive holds more than {MAX_ARCHIVE_FILES} files")
            for member in sorted(members, key=lambda m: m.filename):
                with archive.open(member) as stream:
                    body = stream.read(left + 1)
                left -= len(body)
                if left < 0:
                    raise StatementError("the archive unpacks to more than the size limit")
                if body[:4] == b"PK\x03\x04":
                    raise StatementError(f"{member.filename}: an archive in the archive: refused")
                statements += _named(member.filename, body)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise StatementError(f"the archive cannot be read: {error}") from error
    if not statements:
        raise StatementError("the archive holds no statement")
    return statements


def _named(name: str, body: bytes) -> list[Statement]:
    try:
        return read_statements(body)
    except StatementError as error:
        raise StatementError(f"{name}: {error}") from error
