"""What came of one hand-off. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class Verdict(StrEnum):
    """``SENT``: taken over. ``LATER``: certainly not sent, try again. ``REFUSED``: certainly not
    sent, the recipient does not exist or refuses. ``OUR_FAULT``: certainly not sent, because of us
    or our relay; nothing else will leave either. ``UNKNOWN``: it may have left."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    OUR_FAULT = "our_fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """``reason`` is a code without personal values: step, reply code, enhanced status."""

    verdict: Verdict
    reason: str = ""
    provider_id: str = ""
    # Whether it counts towards the breaker of the lane.
    counts: bool = False


@dataclass(frozen=True)
class Envelope:
    """One message on its way: RFC 5321 sender and recipient, RFC 5322 content."""

    sender: str
    recipient: str
    content: bytes
    message_id: str
    delivery_id: int | None = None


class Transport(Protocol):
    """Hands over one message at a time over a connection it keeps."""

    # Key of its limits and its pause: "outbox", "smtp", "postmark".
    name: str

    def hand_over(self, envelope: Envelope) -> Outcome: ...

    def close(self) -> None: ...


def classify_reply(step: str, code: int, text: str) -> Outcome:
    """The outcome of a negative SMTP reply.

    A 5.7.x status speaks about the sender's policy or reputation, never about the recipient, so it
    must not be held against the address. Source: RFC 5321 section 4.2, RFC 3463 section 3.8.
    """
    match = ENHANCED.search(text)
    status = match[0] if match else ""
    reason = f"{step} {code}{' ' + status if status else ''}"
    if code == 421 or 400 <= code < 500:
        return Outcome(Verdict.LATER, reason, counts=True)
    if step in ("connect", "ehlo", "tls", "auth", "mail") or (match and match[2] == "7"):
        return Outcome(Verdict.OUR_FAULT, reason, counts=True)
    return Outcome(Verdict.REFUSED, reason)
