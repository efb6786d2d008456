"""Tells other apps what became of a delivery, inside the transaction that settled it."""

from __future__ import annotations

import logging

from django.db import OperationalError, transaction

from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import EVENT_HANDLERS

logger = logging.getLogger("rollcall.delivery")


def tell_handlers(delivery: Delivery, event: str) -> None:
    """``event``: skipped, failed, delivered, bounced, complained, uncertain.

    A handler that fails is undone and logged: the loop goes on, and what became of the message is
    recorded all the same.
    """
    for name, handler in EVENT_HANDLERS:
        try:
            with transaction.atomic():
                handler(delivery, event)
        except OperationalError:
            raise
        except Exception:
            logger.exception("handler %s failed for delivery %s", name, delivery.pk)
