"""The transport that the settings name."""

from __future__ import annotations

from django.conf import settings

from backoffice.delivery.transports.outbox import OutboxTransport
from backoffice.delivery.transports.outcomes import Transport
from backoffice.delivery.transports.smtp import Relay, SmtpTransport


def make_transport() -> Transport:
    """A fresh transport; the caller keeps it for its loop and closes it."""
    name = settings.ROLLCALL_TRANSPORT
    if name == "outbox":
        return OutboxTransport()
    if name == "smtp":
        return SmtpTransport(
            Relay(
                host=settings.ROLLCALL_SMTP_HOST,
                port=settings.ROLLCALL_SMTP_PORT,
                tls=settings.ROLLCALL_SMTP_TLS,
                user=settings.ROLLCALL_SMTP_USER,
                password=settings.ROLLCALL_SMTP_PASSWORD,
                local_name=settings.ROLLCALL_INBOUND_DOMAIN,
            )
        )
    from backoffice.delivery.transports.provider import ProviderTransport

    return ProviderTransport(name)
