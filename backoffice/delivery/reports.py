"""Reads bounce and complaint mails. Pure: bytes in, findings out.

Source: RFC 3464 (delivery status), RFC 3463 (status codes), RFC 5965 (abuse reports).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from flufl.bounce import scan_message

NO_SUCH_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\s]+>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Report:
    """``kind``: hard, soft, review, delayed, complaint. ``message_id`` and ``recipient`` are what
    the report says; nothing of it is believed without the proof in the return path."""

    kind: str
    status: str = ""
    recipient: str = ""
    message_id: str = ""


def read_report(raw: bytes) -> list[Report]:
    """Every finding of a report; empty when the mail is none."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    returned = MESSAGE_ID.findall(raw)
    # The first id is the report's own; the returned headers come after it.
    own_id = returned[-1].decode("ascii", "replace") if len(returned) > 1 else ""
    if message.get_content_type() == "multipart/report":
        kind = message.get_param("report-type")
        if kind == "feedback-report":
            return _complaints(message, own_id)
        found = _statuses(message, own_id)
        if found:
            return found
    temporary, permanent = _scanned(raw)
    return [
        *(Report("soft", "4.0.0", _text(a), own_id) for a in temporary),
        *(Report("review", "5.0.0", _text(a), own_id) for a in permanent),
    ]


def _scanned(raw: bytes) -> tuple[tuple, tuple]:
    """What the library makes of formats that are no standard: (temporary, permanent)."""
    try:
        found: Any = scan_message(message_from_bytes(raw))
    except Exception:  # noqa: BLE001 - its detectors stumble over mail without a body
        return (), ()
    # Two sets for a bounce, nothing at all for any other mail.
    return (tuple(found[0]), tuple(found[1])) if len(found) == 2 else ((), ())


def _text(address: object) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)


def _statuses(message: EmailMessage, own_id: str) -> list[Report]:
    found = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks: Any = part.get_payload()
        for block in blocks:
            action = str(block.get("Action", "")).strip().lower()
            status = str(block.get("Status", "")).split(" ")[0].strip()
            recipient = str(block.get("Final-Recipient", "")).partition(";")[2].strip()
            if action:
                found.append(Report(classify(action, status), status, recipient, own_id))
    return found


def classify(action: str, status: str) -> str:
    """The kind of a status (requirement: only "no such address" is hard; full is soft; a policy
    that blames the sender is for people to look at)."""
    if action in ("delayed", "relayed", "delivered", "expanded"):
        return "delayed"
    if status in NO_SUCH_ADDRESS:
        return "hard"
    if status.startswith("4.") or status == "5.2.2":
        return "soft"
    return "review"


def _complaints(message: EmailMessage, own_id: str) -> list[Report]:
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            payload: Any = part.get_payload()
            text = payload[0].as_string() if isinstance(payload, list) else str(payload)
            if re.search(r"^feedback-type:\s*abuse", text, re.IGNORECASE | re.MULTILINE):
                return [Report("complaint", message_id=own_id)]
    return []
