"""The kernel's own scheduled work, and its tile."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.enums import JobState
from backoffice.core.models import JobRun
from backoffice.core.services import audit
from backoffice.core.services.jobs import JobContext, job
from backoffice.core.services.planner import refresh_statistics
from backoffice.core.surfaces import Tile

KEEP_FINISHED_JOBS = timedelta(days=90)


@job("core.anchor_audit")
def anchor_audit(context: JobContext) -> None:
    """All chain heads of the day under one hash."""
    audit.anchor_heads(on=dates.today(), actor=Actor.process("anchor_audit"))


@job("core.prune")
def prune(context: JobContext) -> None:
    """Finished task rows and job runs; what is about people has its retention rules."""
    now = dates.now()
    DBTaskResult.objects.finished().filter(finished_at__lt=now - timedelta(days=1)).delete()
    JobRun.objects.filter(state=JobState.DONE, finished_at__lt=now - KEEP_FINISHED_JOBS).delete()
    refresh_statistics()


FAILED_JOBS = Tile(
    _("Failed jobs"),
    "core.view_jobrun",
    lambda day: JobRun.objects.filter(state=JobState.FAILED).count(),
    lambda: reverse("admin:core_jobrun_changelist") + "?state__exact=failed",
    "alarm",
    _("Background work runs."),
    "error",
)
