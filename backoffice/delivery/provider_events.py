"""What a provider's event means. Pure: the normalised event in, a kind and a status out.

Source: RFC 3463 (status codes); anymail's normalised events; the providers' own bounce types.
"""

from __future__ import annotations

from typing import Any

from backoffice.delivery.reports import classify
from backoffice.delivery.transports.outcomes import ENHANCED

# Opens and clicks are not in it: they are not even stored.
INTERESTING = frozenset(
    {"delivered", "bounced", "rejected", "complained", "unsubscribed", "failed"}
)
SOFT_WORDS = frozenset({"softbounce", "transient", "temporary", "soft", "undetermined"})
HARD_WORDS = frozenset({"hardbounce", "permanent", "hard", "bademailaddress"})


def status_of(*texts: object) -> str:
    """The first enhanced status code in the texts ("5.1.1"); empty when there is none."""
    for text in texts:
        match = ENHANCED.search(str(text or ""))
        if match:
            return match[0]
    return ""


def bounce_type(raw: Any) -> str:
    """The provider's own word for the kind of bounce, lower case; empty when it has none."""
    if not isinstance(raw, dict):
        return ""
    data = raw.get("event-data", raw)
    bounce = data.get("bounce")
    if isinstance(bounce, dict):
        return str(bounce.get("bounceType", "")).lower()
    return str(data.get("Type") or data.get("severity") or data.get("bounce_type") or "").lower()


def kind_of(*, event: str, reject_reason: str, status: str, word: str) -> str:
    """delivered, complaint, unsubscribe, hard, soft or review.

    Only "no such address" is hard; what is unclear, or blames the sender, is for people to look at.
    """
    simple = {"delivered": "delivered", "complained": "complaint", "unsubscribed": "unsubscribe"}
    if event in simple:
        return simple[event]
    if word in SOFT_WORDS or reject_reason == "timed_out":
        return "soft"
    if reject_reason == "invalid":
        return "hard"
    if status:
        return classify("failed", status)
    return "hard" if word in HARD_WORDS and event == "bounced" else "review"
