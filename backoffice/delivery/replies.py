"""Whether a program may answer a message. Pure.

Source: RFC 3834 section 2; RFC 2919; the habits of mailing lists ("Precedence").
"""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import Message

LISTS = ("list-id", "list-unsubscribe", "list-post", "feedback-id")
PRECEDENCE = {"bulk", "list", "junk", "auto_reply"}


def written_by_a_program(raw: bytes) -> bool:
    """True for bounces, vacation notices, lists and everything else that must not be answered by a
    program, or two programs would write to each other for ever."""
    message = message_from_bytes(raw[:262_144], policy=policy.compat32)
    automatic = _word(message, "Auto-Submitted")
    if automatic and automatic.partition(";")[0].strip() != "no":
        return True
    if _word(message, "Precedence") in PRECEDENCE or any(name in message for name in LISTS):
        return True
    if message.get_content_type() == "multipart/report":
        return True
    if "Return-Path" in message and _word(message, "Return-Path").strip("<> ") == "":
        return True
    sender = _word(message, "From")
    return not sender or "mailer-daemon@" in sender or "postmaster@" in sender


def _word(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split()).lower()
