"""Keeps messages in the database instead of sending them: demo, development, tests."""

from __future__ import annotations

from email import message_from_bytes, policy

from backoffice.delivery.models import OutboxMessage
from backoffice.delivery.transports.outcomes import Envelope, Outcome, Verdict


class OutboxTransport:
    """Every hand-over is a row that staff read on the outbox page."""

    name = "outbox"

    def hand_over(self, envelope: Envelope) -> Outcome:
        head = envelope.content.partition(b"\r\n\r\n")[0]
        subject = message_from_bytes(head, policy=policy.default)["Subject"] or ""
        OutboxMessage.objects.create(
            delivery_id=envelope.delivery_id,
            address=envelope.recipient,
            subject=str(subject)[:250],
            raw=envelope.content,
        )
        return Outcome(Verdict.SENT, "outbox")

    def close(self) -> None:
        """Nothing is held open."""
