"""SMTP step by step, because Django's backend hides at which step a connection broke.

Before the final dot has left, a failure means: certainly not sent. After it, a missing reply means:
nobody knows (RFC 1047). That difference decides between a retry and "uncertain".
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass

from backoffice.delivery.transports.outcomes import Envelope, Outcome, Verdict, classify_reply


@dataclass(frozen=True)
class Relay:
    """Where and how to connect; ``timeout`` and ``max_seconds`` in seconds."""

    host: str
    port: int
    tls: str = "none"
    user: str = ""
    password: str = ""
    local_name: str = ""
    timeout: float = 30.0
    # A relay may scan the content before it answers; giving up early leaves the row uncertain.
    dot_timeout: float = 180.0
    max_messages: int = 500
    max_seconds: float = 120.0


class _Negative(Exception):
    """A reply that ends this hand-off."""

    def __init__(self, step: str, code: int, text: bytes) -> None:
        self.outcome = classify_reply(step, code, text.decode("utf-8", "replace"))
        super().__init__(self.outcome.reason)


# What relays say after taking a message over: "2.0.0 Ok: queued as 4XyZ", "Ok 0100018f-…".
QUEUED = re.compile(r"(?:queued as|^ok:?|id=)\s*<?([A-Za-z0-9._-]{6,120})>?", re.IGNORECASE)


class SmtpTransport:
    """One connection, reused for ``max_messages`` or ``max_seconds``; RSET after a refusal."""

    name = "smtp"

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.smtp: smtplib.SMTP | None = None
        self.sent = 0
        self.opened_at = 0.0

    def hand_over(self, envelope: Envelope) -> Outcome:
        """Tries once. Never raises for what a relay or a network can do."""
        step = "connect"
        try:
            smtp = self._connection()
            step = "mail"
            self._expect(step, 250, smtp.docmd("MAIL", f"FROM:<{envelope.sender}>"))
            step = "rcpt"
            self._expect(step, 250, smtp.docmd("RCPT", f"TO:<{envelope.recipient}>"))
            step = "data"
            self._expect(step, 354, smtp.docmd("DATA"))
            smtp.send(_stuffed(envelope.content))
            self._still_listening(smtp)
            step = "dot"
            reply = self._dot(smtp)
            self._expect(step, 250, reply)
        except _Negative as negative:
            self._after_refusal(negative.outcome)
            return negative.outcome
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            return Outcome(Verdict.OUR_FAULT, f"auth {error.smtp_code}", counts=True)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self.close()
            return _broken(step, error)
        self.sent += 1
        return Outcome(Verdict.SENT, "dot 250", provider_id=queue_id(reply[1]))

    def close(self) -> None:
        """Drops the connection without asking."""
        if self.smtp is not None:
            self.smtp.close()
            self.smtp = None

    def _still_listening(self, smtp: smtplib.SMTP) -> None:
        """A relay that speaks or hangs up before the final dot has certainly taken nothing over.

        Raises: _Negative or SMTPServerDisconnected for what it said or did.
        """
        if smtp.sock is not None and select.select([smtp.sock], [], [], 0)[0]:
            code, text = smtp.getreply()
            raise _Negative("data", code if code >= 400 else 451, text)

    def _dot(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        assert smtp.sock is not None
        smtp.sock.settimeout(self.relay.dot_timeout)
        smtp.send(b".\r\n")
        reply = smtp.getreply()
        smtp.sock.settimeout(self.relay.timeout)
        return reply

    def _connection(self) -> smtplib.SMTP:
        worn = self.sent >= self.relay.max_messages or (
            time.monotonic() - self.opened_at > self.relay.max_seconds
        )
        if self.smtp is not None and worn:
            self._quit()
        if self.smtp is None:
            self.smtp = self._open()
            self.sent, self.opened_at = 0, time.monotonic()
        return self.smtp

    def _open(self) -> smtplib.SMTP:
        relay = self.relay
        name = relay.local_name or None
        if relay.tls == "implicit":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                relay.host, relay.port, name, timeout=relay.timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, name, timeout=relay.timeout)
        smtp.ehlo_or_helo_if_needed()
        if relay.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if relay.user:
            smtp.login(relay.user, relay.password)
        assert smtp.sock is not None
        # The final dot is a packet of its own and must not wait for the one before it.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return smtp

    def _quit(self) -> None:
        try:
            if self.smtp is not None:
                self.smtp.quit()
        except (OSError, smtplib.SMTPException):
            pass
        self.close()

    @staticmethod
    def _expect(step: str, code: int, reply: tuple[int, bytes]) -> None:
        if reply[0] == -1:
            raise smtplib.SMTPServerDisconnected("connection closed")
        if reply[0] != code and not (code == 250 and reply[0] == 251):
            raise _Negative(step, *reply)

    def _after_refusal(self, outcome: Outcome) -> None:
        """A refused message leaves the connection usable after RSET, unless it was closed (421)."""
        if " 421" in outcome.reason or self.smtp is None:
            self.close()
            return
        try:
            if self.smtp.docmd("RSET")[0] != 250:
                self.close()
        except (OSError, smtplib.SMTPException):
            self.close()


def _stuffed(content: bytes) -> bytes:
    """The content with leading dots doubled, ready for the final dot (RFC 5321 section 4.5.2)."""
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    if body.startswith(b"."):
        body = b"." + body
    return body.replace(b"\r\n.", b"\r\n..")


def queue_id(text: bytes) -> str:
    """The relay's own number of the message; events of some providers name only this."""
    words = re.sub(r"^\d\.\d\.\d\s+", "", text.decode("ascii", "replace"))
    match = QUEUED.search(words)
    return match[1] if match else ""


def _broken(step: str, error: Exception) -> Outcome:
    name = "timeout" if isinstance(error, TimeoutError) else "connection_lost"
    if isinstance(error, smtplib.SMTPConnectError | ConnectionRefusedError):
        name = "refused"
    elif isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return Outcome(Verdict.OUR_FAULT, "tls", counts=True)
    elif isinstance(error, UnicodeError):
        return Outcome(Verdict.REFUSED, f"{step} needs_smtputf8")
    if step == "dot":
        return Outcome(Verdict.UNKNOWN, f"dot {name}", counts=True)
    return Outcome(Verdict.LATER, f"{step} {name}", counts=True)
