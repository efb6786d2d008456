"""Empties a mailbox over IMAP, for sites without a provider's inbound webhook.

A message is stored before it is marked in the mailbox; a crash in between fetches it twice and
stores it once. Source: RFC 3501 (IMAP4rev1).
"""

from __future__ import annotations

import imaplib
import ssl
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.utils import getaddresses

from django.conf import settings

from backoffice.core.errors import NotConfigured, Unreadable
from backoffice.delivery.services.inbound import MOST_BYTES, receive_mail

TIMEOUT = 30  # seconds
AT_ONCE = 200
# Headers in which servers note the address that a message was really sent to, best first.
RECIPIENT_HEADERS = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc")


@dataclass(frozen=True)
class Mailbox:
    """Where the mail lies; ``tls``: none, starttls or implicit."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    folder: str = "INBOX"


def configured_mailbox() -> Mailbox | None:
    """The mailbox of the settings; None when there is none."""
    if not settings.ROLLCALL_IMAP_HOST:
        return None
    if not settings.ROLLCALL_IMAP_USER:
        raise NotConfigured("ROLLCALL_IMAP_HOST needs ROLLCALL_IMAP_USER as well.")
    return Mailbox(
        host=settings.ROLLCALL_IMAP_HOST,
        port=settings.ROLLCALL_IMAP_PORT,
        tls=settings.ROLLCALL_IMAP_TLS,
        user=settings.ROLLCALL_IMAP_USER,
        password=settings.ROLLCALL_IMAP_PASSWORD,
        folder=settings.ROLLCALL_IMAP_FOLDER,
    )


def empty_mailbox(mailbox: Mailbox) -> int:
    """Stores every unseen message and marks it as seen; how many. Nothing is deleted there.

    Raises: Unreadable when the server cannot be reached or refuses.
    """
    try:
        connection = _connect(mailbox)
    except (OSError, imaplib.IMAP4.error) as error:
        raise Unreadable(f"The mailbox cannot be opened: {type(error).__name__}.") from error
    try:
        return _fetch_all(connection)
    except (OSError, imaplib.IMAP4.error) as error:
        raise Unreadable(f"The mailbox cannot be read: {type(error).__name__}.") from error
    finally:
        try:
            connection.logout()
        except (OSError, imaplib.IMAP4.error):
            connection.shutdown()


def _connect(mailbox: Mailbox) -> imaplib.IMAP4:
    if mailbox.tls == "implicit":
        connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            mailbox.host, mailbox.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
        )
    else:
        connection = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT)
    try:
        if mailbox.tls == "starttls":
            connection.starttls(ssl.create_default_context())
        connection.login(mailbox.user, mailbox.password)
        answer, _data = connection.select(f'"{mailbox.folder}"')
        if answer != "OK":
            raise imaplib.IMAP4.error("folder")
    except BaseException:
        connection.shutdown()
        raise
    return connection


def _fetch_all(connection: imaplib.IMAP4) -> int:
    _answer, data = connection.uid("SEARCH", "UNSEEN")
    numbers = (data[0] or b"").split()[:AT_ONCE]
    for number in numbers:
        uid = number.decode("ascii")
        raw = _message(connection, uid)
        if raw:
            receive_mail(raw=raw, recipient=recipient_of(raw))
        connection.uid("STORE", uid, "+FLAGS", r"(\Seen)")
    return len(numbers)


def _message(connection: imaplib.IMAP4, uid: str) -> bytes:
    """The message itself, at most ten megabytes of it; fetching marks nothing."""
    _answer, data = connection.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    return next((part[1] for part in data if isinstance(part, tuple)), b"")


def recipient_of(raw: bytes) -> str:
    """The address a message was sent to, as far as its headers say; one of ours where there is
    one, because a list or a forward may stand before it."""
    message = message_from_bytes(raw[:262_144], policy=policy.compat32)
    found = []
    for name in RECIPIENT_HEADERS:
        values = [str(value) for value in message.get_all(name, [])]
        found += [address.lower() for _name, address in getaddresses(values) if address]
    ours = "@" + settings.ROLLCALL_INBOUND_DOMAIN.lower()
    return next((address for address in found if address.endswith(ours)), found[0] if found else "")
