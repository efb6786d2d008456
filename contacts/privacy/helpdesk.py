"""Webhooks of help desks: who signed, and what a ticket says. Pure.

Source: the vendors' documentation of Zendesk webhooks and of Front's application and rule webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class Ticket:
    """What an event says of one ticket; ``address`` is empty where the event names none."""

    event: str
    ticket: str
    address: str
    subject: str
    text: str
    tags: frozenset[str]
    at: datetime | None


def _signature(key: str, message: bytes, digest: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message, digest).digest()).decode()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def zendesk_signed(key: str, headers: Mapping[str, str], raw: bytes, now: datetime) -> bool:
    """Signed over timestamp and raw body, and not older than five minutes; unsigned is refused."""
    stamp = headers.get("X-Zendesk-Webhook-Signature-Timestamp", "")
    given = headers.get("X-Zendesk-Webhook-Signature", "")
    if not given or not _same(given, _signature(key, stamp.encode() + raw, "sha256")):
        return False
    # Nanoseconds are more than Python reads.
    moment = _instant(re.sub(r"(\.\d{6})\d+", r"\1", stamp))
    return moment is not None and abs(now - moment) <= FRESH


def front_signed(
    keys: Mapping[str, str], headers: Mapping[str, str], raw: bytes, now: datetime
) -> bool:
    """An application's webhook (``keys["application"]``, SHA-256, timestamp in milliseconds) or a
    rule's (``keys["rule"]``, SHA-1, no timestamp: its events are taken once by their id)."""
    given = headers.get("X-Front-Signature", "")
    stamp = headers.get("X-Front-Request-Timestamp", "")
    if not given:
        return False
    if not stamp:
        key = keys.get("rule", "")
        return bool(key) and _same(given, _signature(key, raw, "sha1"))
    key = keys.get("application", "")
    if not key or not stamp.isdigit() or len(stamp) > 15:
        return False
    expected = _signature(key, stamp.encode() + b":" + raw, "sha256")
    moment = datetime.fromtimestamp(int(stamp) / 1000, UTC)
    return _same(given, expected) and abs(now - moment) <= FRESH


def read_zendesk(raw: bytes, *, event: str = "") -> Ticket | None:
    """A ticket event, or the body of a trigger with ``ticket_id``, ``requester.email``, ``tags``,
    ``title``, ``latest_comment``. None for events about something else.

    Raises: ValueError when it cannot be read.
    """
    body = _object(raw)
    if "ticket_id" in body:
        requester = body.get("requester")
        address = requester.get("email", "") if isinstance(requester, dict) else ""
        return Ticket(
            event or hashlib.sha256(raw).hexdigest()[:40], str(body["ticket_id"]), str(address),
            str(body.get("title", "")), str(body.get("latest_comment", "")),
            _tags(body.get("tags", "")), _instant(str(body.get("created_at", ""))),
        )  # fmt: skip
    detail = body.get("detail")
    if not str(body.get("type", "")).startswith("zen:event-type:ticket.") or not isinstance(
        detail, dict
    ):
        return None
    return Ticket(
        str(body.get("id", "")) or event, str(detail.get("id", "")), "",
        str(detail.get("subject", "")), str(detail.get("description", "")),
        _tags(detail.get("tags", "")), _instant(str(detail.get("created_at", ""))),
    )  # fmt: skip


def read_front(raw: bytes) -> Ticket | None:
    """An event about a conversation with a recipient. None for others.

    Raises: ValueError when it cannot be read.
    """
    body = _object(raw)
    payload = body.get("payload", body)
    conversation = payload.get("conversation") if isinstance(payload, dict) else None
    if not isinstance(conversation, dict):
        return None
    recipient, tags = conversation.get("recipient"), conversation.get("tags")
    handle = recipient.get("handle", "") if isinstance(recipient, dict) else ""
    emitted = payload.get("emitted_at")
    return Ticket(
        str(payload.get("id", "")), str(conversation.get("id", "")), str(handle or ""),
        str(conversation.get("subject") or ""), "",
        frozenset(str(tag.get("name", "")).lower() for tag in tags or [] if isinstance(tag, dict)),
        datetime.fromtimestamp(emitted, UTC) if isinstance(emitted, int | float) else None,
    )  # fmt: skip


def _object(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw or b"{}")
    if not isinstance(body, dict):
        raise ValueError("not an object")
    return body


def _tags(value: Any) -> frozenset[str]:
    words = value if isinstance(value, list) else str(value).replace(",", " ").split()
    return frozenset(str(word).strip().lower() for word in words)


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
