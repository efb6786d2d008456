"""Provider webhooks through anymail: verified there, stored here, processed by a job."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from anymail.signals import inbound, tracking
from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services import jobs
from backoffice.delivery.models import Delivery, ProviderEvent
from backoffice.delivery.provider_events import INTERESTING, bounce_type, kind_of, status_of
from backoffice.delivery.services.events import note_event
from backoffice.delivery.services.inbound import receive_mail
from backoffice.delivery.services.unsubscribing import unsubscribe


def connect() -> None:
    """Listens to anymail's signals; called once by the wiring."""
    tracking.connect(on_tracking, dispatch_uid="rollcall.tracking")
    inbound.connect(on_inbound, dispatch_uid="rollcall.inbound")


def on_tracking(sender: Any, event: Any, esp_name: str, **_: Any) -> None:
    """Stores the event once. Opens and clicks are not even stored."""
    if event.event_type not in INTERESTING:
        return
    metadata = event.metadata or {}
    reason = str(event.reject_reason or "")[:30]
    with transaction.atomic():
        row, created = ProviderEvent.objects.get_or_create(
            provider=esp_name[:30],
            event_key=_key(event),
            defaults={
                "kind": event.event_type[:30],
                "message_id": str(metadata.get("rollcall", ""))[:160],
                "provider_id": str(event.message_id or "")[:160],
                "address": str(event.recipient or "")[:254].lower(),
                "reject_reason": reason,
                "status": status_of(event.mta_response, event.description, _own_status(event)),
                "bounce_type": bounce_type(event.esp_event)[:30],
                "happened_at": event.timestamp,
            },
        )
        if created:
            jobs.enqueue("delivery.process_event", row.pk)


def _key(event: Any) -> str:
    """Providers repeat an event with the same id; some give one id to several recipients, some
    none at all."""
    raw = event.event_id or json.dumps(event.esp_event, sort_keys=True, default=str)
    parts = "\x1f".join([str(raw), event.event_type, str(event.recipient or "").lower()])
    return hashlib.sha256(parts.encode()).hexdigest()


def _own_status(event: Any) -> object:
    return event.esp_event.get("status") if isinstance(event.esp_event, dict) else ""


def on_inbound(sender: Any, event: Any, esp_name: str, **_: Any) -> None:
    """Stores the message; whatever arrived for several of our addresses is stored for each."""
    message = event.message
    recipient = message.envelope_recipient or (message.to[0].addr_spec if message.to else "")
    receive_mail(raw=message.as_bytes(), recipient=recipient)


def process_event(*, event: ProviderEvent, at: datetime) -> str:
    """Applies a stored event once. An event of a message we do not know is kept for a look."""
    if event.processed_at is not None:
        return event.result
    delivery = _delivery_of(event)
    result = "unknown message"
    if delivery is not None:
        kind = kind_of(
            event=event.kind,
            reject_reason=event.reject_reason,
            status=event.status,
            word=event.bounce_type,
        )
        result = kind if _apply(delivery, kind, event.status, at) else f"{kind}, nothing new"
    ProviderEvent.objects.filter(pk=event.pk).update(processed_at=at, result=result)
    return result


def _apply(delivery: Delivery, kind: str, status: str, at: datetime) -> bool:
    if kind == "unsubscribe":
        return bool(unsubscribe(delivery, actor=Actor.process("provider")))
    return note_event(delivery=delivery, kind=kind, status=status, at=at, on=dates.today())


def _delivery_of(event: ProviderEvent) -> Delivery | None:
    """By our Message-ID in the metadata, then by the provider's id; never by the address alone."""
    for field, value in (
        ("message_id", event.message_id),
        ("provider_id", event.provider_id),
        ("message_id", event.provider_id),
    ):
        found = Delivery.objects.filter(**{field: value}).first() if value else None
        if found is not None:
            return found
    return None
