"""Scheduled jobs: declared once, started by whichever worker comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from backoffice.core.models import ScheduleMark
from backoffice.core.registry import Registry
from backoffice.core.services import jobs


@dataclass(frozen=True)
class Schedule:
    """Every ``every``; with ``at`` on the clock of the agency's time zone (daily jobs)."""

    job: str
    every: timedelta
    at: time | None = None

    def next_after(self, moment: datetime) -> datetime:
        if self.at is None:
            return moment + self.every
        local = timezone.localtime(moment)
        candidate = local.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        while candidate <= local:
            candidate += self.every
        return candidate


SCHEDULES: Registry[Schedule] = Registry("scheduled jobs")


def run_due(*, now: datetime) -> list[str]:
    """Queues every scheduled job that is due and moves its mark; names of what was queued.

    A missed time is made up once, not once for every missed time.
    """
    started = []
    marks = {mark.name: mark for mark in ScheduleMark.objects.all()}
    for name, schedule in SCHEDULES:
        mark = marks.get(name)
        if mark is None:
            with transaction.atomic():
                ScheduleMark.objects.get_or_create(
                    name=name, defaults={"due_at": schedule.next_after(now)}
                )
            continue
        if mark.due_at > now:
            continue
        with transaction.atomic():
            if ScheduleMark.objects.filter(name=name, due_at=mark.due_at).update(
                due_at=schedule.next_after(now), last_started_at=now
            ):
                jobs.enqueue(schedule.job)
                started.append(name)
    return started
