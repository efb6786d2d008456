"""The map of the mail engine's models, and how a person's rows are found."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backoffice.core.personal_data import FINDERS, Finder, Personal, Subject, declare

LOG = Personal(
    "communication", "proof of what was sent to whom", "6(1)(f)", "delivery_end", "blank"
)
# Not blank: the address is part of a unique key, and two removed people may share a mailing.
LOG_ADDRESS = Personal(
    "communication", "proof of what was sent to whom", "6(1)(f)", "delivery_end", "pseudonym"
)
COPY = Personal(
    "communication", "a message kept on a local installation", "6(1)(f)", "outbox_end", "delete_row"
)
# Holds links and codes that open something: erased, never handed out.
SECRET = Personal(
    "communication", "a message kept on a local installation", "6(1)(f)", "outbox_end",
    "delete_row", exported=False,
)  # fmt: skip
INBOUND = Personal(
    "communication", "sorting of bounces and replies", "6(1)(f)", "inbound_end", "delete_row"
)
EVENT = Personal(
    "communication", "what a provider reported", "6(1)(f)", "inbound_end", "blank", exported=False
)
LEDGER = Personal(
    "consent", "never to write to this address again", "6(1)(f)", "suppression", "keep",
    exported=False,
)  # fmt: skip


def declare_delivery() -> None:
    """Declares every text-like field of the app, and the finders."""
    declare(
        "delivery.Delivery",
        personal={"address": LOG_ADDRESS, "domain": LOG},
        none=[
            "kind", "topic", "about", "role_code", "language", "dedupe_key", "message_id",
            "provider_id", "token_hash", "reason", "claimed_by",
        ],
    )  # fmt: skip
    declare("delivery.LaneState", none=["key", "pause_reason"])
    declare("delivery.OutboxMessage", personal={"address": COPY, "subject": COPY, "raw": SECRET})
    declare(
        "delivery.Suppression",
        personal={"address_hash": LEDGER},
        none=["scope", "source", "lifted_evidence"],
    )
    declare(
        "delivery.Permit",
        personal={"address_hash": LEDGER},
        none=["topic", "mail_class", "evidence"],
    )
    declare("delivery.LedgerKey", none=["fingerprint"])
    declare("delivery.DoctorRun", none=["findings"])
    declare(
        "delivery.ProviderEvent",
        personal={"address": EVENT},
        none=[
            "provider",
            "event_key",
            "kind",
            "message_id",
            "provider_id",
            "reject_reason",
            "status",
            "bounce_type",
            "result",
        ],
    )
    declare(
        "delivery.InboundMail",
        personal={"recipient": INBOUND, "sender": INBOUND, "subject": INBOUND, "raw": INBOUND},
        none=["message_key", "taken_by"],
    )
    declare("delivery.AddressScore", personal={"address_hash": LEDGER})
    for finder in (
        Finder("delivery.Delivery", deliveries_of, before=drop_waiting),
        Finder("delivery.OutboxMessage", outbox_of),
        Finder("delivery.InboundMail", inbound_of),
        Finder("delivery.ProviderEvent", events_of),
    ):
        FINDERS.add(finder.label.lower(), finder)


def drop_waiting(pks: list[str]) -> None:
    """Messages that have not left do not leave any more: their address is about to go."""
    from backoffice.delivery.models import Delivery

    Delivery.objects.filter(pk__in=pks, state__in=["planned", "claimed", "deferred"]).update(
        state="skipped", reason="suppressed all", claimed_by="", lease_until=None
    )


def deliveries_of(subject: Subject) -> QuerySet:
    """Rows to the person's addresses or under the person's contact id."""
    from backoffice.delivery.models import Delivery
    from backoffice.delivery.services.forgetting import forgotten_address

    own = Q(address__in=subject.addresses)
    # Older rows hold the keyed hash of the address only.
    own |= Q(address__in=[forgotten_address(address) for address in subject.addresses])
    if subject.contact_id is not None:
        own |= Q(contact_ref=subject.contact_id)
    return Delivery.objects.filter(own)


def outbox_of(subject: Subject) -> QuerySet:
    """Kept copies of messages to the person."""
    from backoffice.delivery.models import OutboxMessage

    return OutboxMessage.objects.filter(
        Q(address__in=subject.addresses) | Q(delivery__in=deliveries_of(subject))
    )


def inbound_of(subject: Subject) -> QuerySet:
    """Mail that came from one of the person's addresses."""
    from backoffice.delivery.models import InboundMail

    return InboundMail.objects.filter(sender__in=subject.addresses)


def events_of(subject: Subject) -> QuerySet:
    """Provider events that name one of the person's addresses."""
    from backoffice.delivery.models import ProviderEvent

    return ProviderEvent.objects.filter(address__in=subject.addresses)
