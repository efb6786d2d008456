"""Hands over to a provider's HTTP interface through anymail, one recipient per call.

Before the request has left, a failure means: certainly not sent. After it, whatever is not a clear
answer of the provider means: nobody knows.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection
from urllib3.exceptions import NameResolutionError, NewConnectionError

from backoffice.delivery.transports.outcomes import Envelope, Outcome, Verdict

SKIPPED_HEADERS = {"to", "from", "subject", "reply-to", "mime-version", "content-type"}
TIMEOUTS = (10, 60)  # seconds to connect, seconds to wait for the answer
ABOUT_RECIPIENT = re.compile(r"recipient|'to'|\"to\"|to parameter|to address", re.IGNORECASE)
# anymail raises for what a provider's interface does not have.
ENVELOPE_SENDER = frozenset({"mailgun", "sparkpost", "mailjet", "amazon_ses"})
TRACKING_SWITCHES = frozenset({"mailgun", "postmark", "sparkpost", "mailjet"})


class ProviderTransport:
    """A kept-alive session of one anymail backend."""

    def __init__(self, provider: str) -> None:
        self.name = provider
        options: dict[str, Any] = {} if provider == "amazon_ses" else {"timeout": TIMEOUTS}
        self.backend: Any = get_connection(f"anymail.backends.{provider}.EmailBackend", **options)

    def hand_over(self, envelope: Envelope) -> Outcome:
        """Tries once; what the provider's answer does not say is "unknown"."""
        message = self.rebuilt(envelope)
        try:
            self.backend.open()
            self.backend.send_messages([message])
        except AnymailRecipientsRefused:
            return Outcome(Verdict.REFUSED, "provider refused")
        except AnymailAPIError as error:
            return _api_outcome(error)
        except requests.exceptions.RequestException as error:
            return _network_outcome(error)
        except AnymailError as error:
            return Outcome(Verdict.OUR_FAULT, type(error).__name__, counts=True)
        return _status_outcome(message)

    def close(self) -> None:
        self.backend.close()

    def rebuilt(self, envelope: Envelope) -> EmailMultiAlternatives:
        """The compiled message as Django's object, which anymail takes apart again."""
        message = _parsed(envelope)
        message.metadata = {"rollcall": envelope.message_id}  # type: ignore[attr-defined]
        if self.name in ENVELOPE_SENDER:
            message.envelope_sender = envelope.sender  # type: ignore[attr-defined]
        if self.name in TRACKING_SWITCHES:
            message.track_opens = message.track_clicks = False  # type: ignore[attr-defined]
        return message


def _network_outcome(error: Exception) -> Outcome:
    """By how far the request had come: nothing connected is certain, everything else is not."""
    if isinstance(error, requests.exceptions.SSLError):
        return Outcome(Verdict.OUR_FAULT, "tls", counts=True)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Outcome(Verdict.LATER, "connect timeout", counts=True)
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(reason, NewConnectionError | NameResolutionError):
        return Outcome(Verdict.LATER, "connect", counts=True)
    if isinstance(error, requests.exceptions.Timeout):
        return Outcome(Verdict.UNKNOWN, "answer timeout", counts=True)
    return Outcome(Verdict.UNKNOWN, "answer connection_lost", counts=True)


def _api_outcome(error: AnymailAPIError) -> Outcome:
    cause = error.__cause__
    status = error.status_code
    if status is None and isinstance(cause, requests.exceptions.RequestException):
        return _network_outcome(cause)
    reason = f"api {status or 'unknown'}"
    if status is None or 200 <= status < 300 or status in (500, 502, 504):
        # Accepted with an answer that cannot be read, or lost behind the provider's door.
        return Outcome(Verdict.UNKNOWN, reason, counts=True)
    if status in (408, 425, 429) or status > 500:
        return Outcome(Verdict.LATER, reason, counts=True)
    body = getattr(error.response, "text", "") or ""
    if status in (400, 406, 422) and ABOUT_RECIPIENT.search(body):
        return Outcome(Verdict.REFUSED, reason)
    return Outcome(Verdict.OUR_FAULT, reason, counts=True)


def _status_outcome(message: EmailMultiAlternatives) -> Outcome:
    """A provider may answer 200 and still have refused the one recipient."""
    status = message.anymail_status  # type: ignore[attr-defined]
    recipient = next(iter(status.recipients.values()), None)
    if recipient is None:
        return Outcome(Verdict.UNKNOWN, "no status", counts=True)
    if recipient.status in ("invalid", "rejected", "failed"):
        return Outcome(Verdict.REFUSED, f"provider {recipient.status}")
    if recipient.status not in ("sent", "queued"):
        # anymail knows no more when the answer spells the address in another way than we do.
        answered = getattr(status.esp_response, "status_code", None) or 0
        if answered >= 400:
            return Outcome(Verdict.REFUSED, f"api {answered}")
        return Outcome(Verdict.UNKNOWN, "no status", counts=True)
    return Outcome(Verdict.SENT, "provider", provider_id=str(recipient.message_id or "")[:160])


def _parsed(envelope: Envelope) -> EmailMultiAlternatives:
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(parsed, ParsedMessage)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    headers = {k: str(v) for k, v in parsed.items() if k.lower() not in SKIPPED_HEADERS}
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"]),
        body=text.get_content() if text else "",
        from_email=str(parsed["From"]),
        to=[envelope.recipient],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers=headers,
    )
    if html:
        message.attach_alternative(html.get_content(), "text/html")
    for part in parsed.iter_attachments():
        message.attach(part.get_filename(), part.get_payload(decode=True), part.get_content_type())
    return message
