"""Django's mail backend: every ``send_mail()`` of the project and its libraries comes through here."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class GatedBackend(BaseEmailBackend):
    """Suppression, log and lanes for mail that does not know of them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many messages were taken over by the engine."""
        from backoffice.delivery.services.direct import send_direct

        return sum(bool(send_direct(message)) for message in email_messages if message.recipients())
