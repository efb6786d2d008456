"""Hands over to a provider's HTTP interface through anymail, one recipient per call."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection

from backoffice.delivery.transports.outcomes import Envelope, Outcome, Verdict

SKIPPED_HEADERS = {"to", "from", "subject", "reply-to", "mime-version", "content-type"}


class ProviderTransport:
    """A kept-alive session of one anymail backend."""

    def __init__(self, provider: str) -> None:
        self.backend: Any = get_connection(f"anymail.backends.{provider}.EmailBackend")

    def hand_over(self, envelope: Envelope) -> Outcome:
        """Tries once; what the provider's answer does not say is "unknown"."""
        message = rebuilt(envelope)
        try:
            self.backend.send_messages([message])
        except AnymailRecipientsRefused:
            return Outcome(Verdict.REFUSED, "provider refused")
        except AnymailAPIError as error:
            return _api_outcome(error)
        except requests.exceptions.ConnectTimeout:
            return Outcome(Verdict.LATER, "connect timeout", counts=True)
        except requests.exceptions.ReadTimeout:
            return Outcome(Verdict.UNKNOWN, "answer timeout", counts=True)
        except requests.exceptions.ConnectionError:
            return Outcome(Verdict.LATER, "connect", counts=True)
        except AnymailError as error:
            return Outcome(Verdict.OUR_FAULT, type(error).__name__, counts=True)
        return _status_outcome(message)

    def close(self) -> None:
        self.backend.close()


def _api_outcome(error: AnymailAPIError) -> Outcome:
    cause = error.__cause__
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return Outcome(Verdict.LATER, "connect timeout", counts=True)
    if isinstance(cause, requests.exceptions.ReadTimeout):
        return Outcome(Verdict.UNKNOWN, "answer timeout", counts=True)
    if isinstance(cause, requests.exceptions.ConnectionError):
        return Outcome(Verdict.LATER, "connect", counts=True)
    status = error.status_code
    if status in (401, 402, 403):
        return Outcome(Verdict.OUR_FAULT, f"api {status}", counts=True)
    if status == 429 or (status and status >= 500):
        return Outcome(Verdict.LATER, f"api {status}", counts=True)
    return Outcome(Verdict.REFUSED, f"api {status}")


def _status_outcome(message: EmailMultiAlternatives) -> Outcome:
    """A provider may answer 200 and still have refused the one recipient."""
    status = message.anymail_status  # type: ignore[attr-defined]
    recipient = next(iter(status.recipients.values()), None)
    if recipient is None:
        return Outcome(Verdict.UNKNOWN, "no status")
    if recipient.status in ("invalid", "rejected", "failed"):
        return Outcome(Verdict.REFUSED, f"provider {recipient.status}")
    return Outcome(Verdict.SENT, "provider", provider_id=str(recipient.message_id or "")[:160])


def rebuilt(envelope: Envelope) -> EmailMultiAlternatives:
    """The compiled message as Django's object, which anymail takes apart again."""
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
    message.metadata = {"rollcall": envelope.message_id}  # type: ignore[attr-defined]
    message.envelope_sender = envelope.sender  # type: ignore[attr-defined]
    return message
