"""Queryset words of governance."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Q

from governance.enums import Channel, ElectionState


class TermQuerySet(models.QuerySet):
    def sitting(self, *, on: date):
        """Terms that hold the day: from included, until excluded."""
        return self.filter(valid_from__lte=on).filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=on)
        )


class ElectionQuerySet(models.QuerySet):
    def due_to_open(self, *, now: datetime):
        """Rehearsed elections whose opening time has come."""
        return self.filter(state=ElectionState.REHEARSED, opens_at__lte=now, closes_at__gt=now)

    def due_to_close(self, *, now: datetime):
        """Open elections whose closing time has come."""
        return self.filter(state=ElectionState.OPEN, closes_at__lte=now)

    def due_to_destroy(self, *, on: date):
        """Certified elections whose objection period is over on the day."""
        return self.filter(state=ElectionState.CERTIFIED, destroy_after__lte=on)

    def public(self):
        """Elections whose board may be seen: from the fixed definition on."""
        return self.exclude(state__in=[ElectionState.DRAFT, ElectionState.CANCELLED])

    def running(self):
        """Neither drafts nor over."""
        done = [ElectionState.DESTROYED, ElectionState.CANCELLED, ElectionState.CERTIFIED]
        return self.exclude(state__in=done)


class RollQuerySet(models.QuerySet):
    def entitled(self):
        """Entries that may vote."""
        return self.filter(included=True)

    def by_link(self):
        """Entitled entries whose link is not closed for paper."""
        return self.entitled().filter(channel=Channel.LINK)

    def not_voted(self):
        """Entitled entries without an envelope, by link."""
        return self.by_link().filter(voted=False)

    def unreachable(self):
        """Entitled entries that no mail reaches."""
        return self.entitled().exclude(unreachable="")
