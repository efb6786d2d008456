"""The words of the queue."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from backoffice.delivery.enums import DeliveryState

OPEN_STATES = (
    DeliveryState.PLANNED,
    DeliveryState.CLAIMED,
    DeliveryState.HANDING,
    DeliveryState.DEFERRED,
)


class DeliveryQuerySet(models.QuerySet):
    def due(self, *, state: str, lane: str, now: datetime) -> DeliveryQuerySet:
        """Rows of a lane in ``state`` that may leave at ``now``, oldest first."""
        ready = Q(not_before__isnull=True) | Q(not_before__lte=now)
        return self.filter(ready, state=state, lane=lane).order_by("id")

    def claimed_too_long(self, *, now: datetime) -> DeliveryQuerySet:
        """Claimed by a worker whose lease has run out: certainly not handed over."""
        return self.filter(state=DeliveryState.CLAIMED, lease_until__lt=now)

    def handing_too_long(self, *, now: datetime) -> DeliveryQuerySet:
        """In hand when the lease ran out: nobody knows whether it left."""
        return self.filter(state=DeliveryState.HANDING, lease_until__lt=now)

    def unfinished(self) -> DeliveryQuerySet:
        """Still to be handed over, or in hand."""
        return self.filter(state__in=OPEN_STATES)

    def of_mailing(self, mailing_id: int) -> DeliveryQuerySet:
        """All rows of one mailing."""
        return self.filter(mailing_ref=mailing_id)
