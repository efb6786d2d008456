"""The words of a stored file, as far as a file of its kind can be read. Pure.

Knows text in the usual encodings, mail, PDF, OpenDocument and Office Open XML, and archives of these.
Pictures and what is encrypted have no words.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from email import message_from_bytes, policy
from email.message import EmailMessage

TAGS = re.compile(rb"<[^>]{1,2000}>")
# Archives may claim anything: never more than this is unpacked (bytes), never deeper than this.
MOST_UNPACKED, DEEPEST = 50 * 1024 * 1024, 3
MOST_PAGES = 2000
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")


class UnreadableFileError(Exception):
    """The file cannot be read as what it seems to be."""


def text_of(content: bytes, *, depth: int = 0) -> str:
    """All words of the file, with file names of archives and headers of mails.

    Raises: UnreadableFileError for a damaged, encrypted or too deep one.
    """
    if depth > DEEPEST:
        raise UnreadableFileError("nested too deep")
    if content.startswith(PICTURES):
        return ""
    if content.startswith(b"%PDF"):
        return _pdf(content)
    if content.startswith(b"PK"):
        return _zip(content, depth)
    if content.startswith(b"\x1f\x8b"):
        return text_of(_gunzip(content), depth=depth + 1)
    return _plain(content)


def _pdf(content: bytes) -> str:
    # Only a scan needs it, and it takes 14 MB.
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        parts = [str(value) for value in (reader.metadata or {}).values()]
        parts += [page.extract_text() for page in reader.pages[:MOST_PAGES]]
    except (PyPdfError, ValueError, KeyError, OSError, RecursionError) as error:
        raise UnreadableFileError(type(error).__name__) from error
    return "\n".join(parts)


def _zip(content: bytes, depth: int) -> str:
    parts: list[str] = []
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                parts.append(info.filename)
                if info.is_dir():
                    continue
                with archive.open(info) as member:
                    data = member.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise UnreadableFileError("too large when unpacked")
                if info.filename.endswith((".xml", ".rels", ".html", ".xhtml")):
                    # Runs of one word are joined, cells and paragraphs parted.
                    data = TAGS.sub(_space_between_blocks, data)
                parts.append(text_of(data, depth=depth + 1))
    except (zipfile.BadZipFile, RuntimeError, zlib.error, EOFError, NotImplementedError) as error:
        raise UnreadableFileError(type(error).__name__) from error
    return "\n".join(parts)


def _space_between_blocks(tag: re.Match[bytes]) -> bytes:
    name = tag[0].strip(b"</>").split()[0:1]
    return b"" if name and name[0] in (b"w:r", b"w:t", b"w:rPr", b"text:span", b"r", b"t") else b" "


def _gunzip(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            data = stream.read(MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(type(error).__name__) from error
    if len(data) > MOST_UNPACKED:
        raise UnreadableFileError("too large when unpacked")
    return data


def _plain(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content[1:200:2].count(0) > len(content[1:200:2]) // 2:
        return content.decode("utf-16-le", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def text_of_mail(raw: bytes) -> str:
    """Headers and readable parts of a message, encodings undone; file names of its attachments."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    parts = []
    for name in message:
        try:
            parts.append(str(message.get(name, "")))
        except (ValueError, IndexError, AttributeError, TypeError):
            continue  # a header that breaks the parser; the raw text is searched as well
    for part in message.walk():
        if part.is_multipart():
            continue
        parts.append(part.get_filename() or "")
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            try:
                parts.append(text_of(data, depth=1))
            except UnreadableFileError:
                continue
    return "\n".join([*parts, raw.decode("utf-8", "replace")])
