"""The sender's own words in a mail: readable part, without quoted earlier mail and signature. Pure."""

from __future__ import annotations

import html
import re
from email import message_from_bytes, policy
from email.message import EmailMessage

MOST_CHARACTERS = 20_000
UNSEEN = re.compile(r"<(style|script|head|title|blockquote)\b.*?</\1\s*>", re.I | re.S)
BREAKS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]{0,500}>", re.I)
TAGS = re.compile(r"<[^>]{1,2000}>")
QUOTE_HEAD = re.compile(
    r"^\s*(?:on .{4,120} wrote:|am .{4,120} schrieb.{0,80}:|-{2,} ?(?:original message|"
    r"ursprüngliche nachricht|forwarded message|weitergeleitete nachricht).{0,20}|_{10,})\s*$",
    re.I,
)
REFERENCE = re.compile(r"\bP-\d{4}-\d{5,}\b")


def words_of_mail(raw: bytes) -> str:
    """What the sender wrote; empty when no part can be read. Never raises for odd mail."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(preferencelist=("plain", "html"))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, LookupError):
        return ""
    if body is None:
        return ""
    text = _content(body)  # type: ignore[arg-type]
    if body.get_content_subtype() == "html":
        text = _without_tags(text)
    return own_words(text)[:MOST_CHARACTERS]


def _content(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "cp1252"):
        try:
            return content.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("latin-1")


def _without_tags(text: str) -> str:
    text = UNSEEN.sub(" ", text)
    return html.unescape(TAGS.sub(" ", BREAKS.sub("\n", text)))


def own_words(text: str) -> str:
    """The text up to its signature, without lines that quote an earlier mail."""
    lines = []
    for line in text.replace("\r\n", "\n").replace("\x00", "").split("\n"):
        if line.rstrip() == "--" or QUOTE_HEAD.match(line):
            break
        if not line.lstrip().startswith(">"):
            lines.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def reference_in(subject: str) -> str:
    """The reference of a case that the subject names; empty when none."""
    found = REFERENCE.search(subject)
    return found[0] if found else ""
