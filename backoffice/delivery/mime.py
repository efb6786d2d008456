"""Serialised mail, compiled once and joined per recipient. Pure: no ORM, no clock, no settings.

Text and HTML are quoted-printable: any relay takes it, lines stay short, a value may be
put between two soft line breaks, and a boundary that holds ``=_`` can never occur in a body.
Source: RFC 2045 section 6.7 and 5.1.1 of RFC 2046 (boundary), RFC 5322 (headers).
"""

from __future__ import annotations

import base64
import binascii
import copy
import html
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, parseaddr

# A merge field inside a subject, text or html: two private-use characters around its name.
OPEN, CLOSE = "\ue000", "\ue001"
FIELD = re.compile(f"{OPEN}([a-z_0-9]+){CLOSE}")
SOFT_BREAK = b"=\r\n"
LINE = 76
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class HeaderInjection(ValueError):
    """A header value holds a line break or another control character."""


def field(name: str) -> str:
    """The mark of merge field ``name`` inside a template."""
    return f"{OPEN}{name}{CLOSE}"


@dataclass(frozen=True)
class Part:
    """An attachment."""

    file_name: str
    media_type: str
    content: bytes


def header_value(value: str) -> str:
    """An unstructured header value, encoded and folded.

    Raises: HeaderInjection for control characters.
    """
    if CONTROL.search(value):
        raise HeaderInjection("a header value holds a control character")
    if value.isascii() and len(value) <= 200:
        return value
    return Header(value, "utf-8", maxlinelen=LINE - 10).encode(linesep="\r\n")


def mailbox(value: str) -> str:
    """``Name <address>`` with the name encoded where needed.

    Raises: HeaderInjection for control characters.
    """
    header_value(value)
    name, address = parseaddr(value)
    return formataddr((name, address)) if name else address


def _quoted_printable(text: str) -> bytes:
    """One stretch of text with CRLF line ends; lines of at most 76 characters."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return binascii.b2a_qp(raw, istext=True, quotetabs=False).replace(b"\n", b"\r\n")


def _value(text: str) -> bytes:
    """A merged value: quoted-printable between soft breaks, so that line lengths stay legal."""
    return SOFT_BREAK + _open_ended(_quoted_printable(text)) + SOFT_BREAK


def _open_ended(encoded: bytes) -> bytes:
    """The same, ready to be followed by a soft break: no blank at its end, room for one ``=``."""
    if encoded[-1:] in (b" ", b"\t"):
        encoded = encoded[:-1] + f"={encoded[-1]:02X}".encode()
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start < LINE:
        return encoded
    cut = len(encoded) - 10
    while b"=" in encoded[cut - 2 : cut]:
        cut -= 1
    return encoded[:cut] + SOFT_BREAK + encoded[cut:]


def _compile_body(text: str, escape: bool) -> list[bytes | tuple[str, bool]]:
    pieces = FIELD.split(text)
    compiled: list[bytes | tuple[str, bool]] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            compiled.append((piece, escape))
        elif piece:
            compiled.append(_stretch(piece, last=index == len(pieces) - 1))
    return compiled


def _stretch(piece: str, last: bool) -> bytes:
    encoded = _quoted_printable(piece)
    return encoded if last else _open_ended(encoded)


class Template:
    """A message compiled to byte parts; ``render`` joins the values of one recipient."""

    def __init__(
        self,
        *,
        subject: str,
        text: str,
        html_body: str,
        headers: Mapping[str, str],
        attachments: Sequence[Part] = (),
    ) -> None:
        self.subject = subject
        self.fixed_headers = "".join(f"{k}: {_checked(v)}\r\n" for k, v in headers.items()).encode()
        boundary = f"=_{secrets.token_hex(12)}"
        self._alternative = f'multipart/alternative;\r\n boundary="{boundary}"'
        parts: list[bytes | tuple[str, bool]] = []
        for subtype, body in (("plain", text), ("html", html_body)):
            parts.append(_part_head(boundary, subtype))
            parts += _compile_body(body, escape=subtype == "html")
            parts.append(b"\r\n")
        parts.append(f"--{boundary}--\r\n".encode())
        self._bodies = _joined(parts)
        self.fields = {p[0] for p in self._bodies if isinstance(p, tuple)}
        self.fields |= set(FIELD.findall(subject))
        self._attachments = tuple(attachments)
        self.content_type, self.parts = self._assembled()

    def with_attachments(self, attachments: Sequence[Part]) -> Template:
        """The same message with further files; its text is not compiled again."""
        other = copy.copy(self)
        other._attachments = (*self._attachments, *attachments)
        other.content_type, other.parts = other._assembled()
        return other

    def _assembled(self) -> tuple[str, list[bytes | tuple[str, bool]]]:
        if not self._attachments:
            return self._alternative, self._bodies
        mixed = f"=_{secrets.token_hex(12)}"
        head = f"--{mixed}\r\nContent-Type: {self._alternative}\r\n\r\n".encode()
        files = [_attachment(mixed, part) for part in self._attachments]
        parts = _joined([head, *self._bodies, *files, f"--{mixed}--\r\n".encode()])
        return f'multipart/mixed; boundary="{mixed}"', parts

    def render(self, *, headers: Mapping[str, str], values: Mapping[str, str]) -> bytes:
        """The bytes of one message.

        Raises: KeyError for a missing value; HeaderInjection for a value that breaks a header.
        """
        subject = FIELD.sub(lambda match: values[match[1]], self.subject)
        own = "".join(f"{name}: {_checked(value)}\r\n" for name, value in headers.items())
        head = (
            f"{own}Subject: {header_value(subject)}\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: {self.content_type}\r\n\r\n"
        )
        body = b"".join(
            part
            if isinstance(part, bytes)
            else _value(html.escape(values[part[0]]) if part[1] else values[part[0]])
            for part in self.parts
        )
        return self.fixed_headers + head.encode() + body


def _checked(value: str) -> str:
    """A header value that is encoded already; CRLF only before a blank (folding)."""
    unfolded = value.replace("\r\n ", " ")
    if CONTROL.search(unfolded) or not value.isascii():
        raise HeaderInjection("a header value holds a line break or is not encoded")
    return value


def _part_head(boundary: str, subtype: str) -> bytes:
    return (
        f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _attachment(boundary: str, part: Part) -> bytes:
    name = "".join(char for char in part.file_name if char.isalnum() or char in "-_. ()")
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_")
    encoded = base64.encodebytes(part.content).replace(b"\n", b"\r\n")
    head = (
        f"--{boundary}\r\nContent-Type: {_checked(part.media_type)}\r\n"
        f'Content-Disposition: attachment; filename="{ascii_name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + encoded


def _joined(parts: list[bytes | tuple[str, bool]]) -> list[bytes | tuple[str, bool]]:
    """Neighbouring byte parts as one."""
    joined: list[bytes | tuple[str, bool]] = []
    for part in parts:
        if isinstance(part, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += part
        else:
            joined.append(part)
    return joined
