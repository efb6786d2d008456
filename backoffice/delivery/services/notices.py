"""Tells other apps what became of a delivery, inside the transaction that settled it."""

from __future__ import annotations

from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import EVENT_HANDLERS


def tell_handlers(delivery: Delivery, event: str) -> None:
    """``event``: skipped, failed, delivered, bounced, complained, uncertain."""
    for _name, handler in EVENT_HANDLERS:
        handler(delivery, event)
