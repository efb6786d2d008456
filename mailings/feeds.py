"""Reads an Atom or RSS document. Pure: bytes in, entries out; no network, no entities, no DTD.

Source: RFC 4287 (Atom), RSS 2.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
MOST = 100


class FeedError(ValueError):
    """The document is no feed; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One entry; ``published`` is None when the feed does not say."""

    guid: str
    title: str
    url: str
    published: datetime | None


def read_feed(document: bytes) -> list[Entry]:
    """Entries in the feed's order, at most a hundred; those without link or title are left out.

    Raises: FeedError.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FeedError("The document is not well-formed XML.") from error
    if root.tag == f"{ATOM}feed":
        found = [_atom(node) for node in root.findall(f"{ATOM}entry")]
    elif root.tag == "rss":
        found = [_rss(node) for node in root.findall("channel/item")]
    else:
        raise FeedError("The document is neither Atom nor RSS.")
    return [entry for entry in found if entry.url.startswith("http") and entry.title][:MOST]


def _word(node, name: str) -> str:
    return " ".join((node.findtext(name) or "").split())


def _atom(node) -> Entry:
    links = node.findall(f"{ATOM}link")
    chosen = next((x for x in links if x.get("rel", "alternate") == "alternate"), None)
    url = chosen.get("href", "") if chosen is not None else ""
    when = _word(node, f"{ATOM}published") or _word(node, f"{ATOM}updated")
    return Entry(
        (_word(node, f"{ATOM}id") or url)[:500], _word(node, f"{ATOM}title")[:300], url[:500],
        _iso(when),
    )  # fmt: skip


def _rss(node) -> Entry:
    url = _word(node, "link")
    try:
        when = parsedate_to_datetime(_word(node, "pubDate"))
    except (TypeError, ValueError):
        when = None
    return Entry((_word(node, "guid") or url)[:500], _word(node, "title")[:300], url[:500], when)


def _iso(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
