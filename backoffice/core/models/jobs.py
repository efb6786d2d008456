"""Background work as staff see it. Arguments are ids only."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.enums import JobState
from backoffice.core.transitions import state_constraint


class JobRun(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("job"), max_length=80, db_index=True)
    arguments = models.JSONField(_("ids"), default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=JobState.choices, default=JobState.QUEUED, db_index=True
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("of"), null=True, blank=True)
    # An error class or code, never a message: messages may quote what was read.
    error = models.CharField(_("error"), max_length=120, blank=True)
    worker = models.CharField(_("worker"), max_length=64, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("requested by"),
    )
    result = models.ForeignKey(
        "core.StoredDocument",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("result file"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    run_after = models.DateTimeField(_("not before"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at"]
        default_permissions = ("view",)
        permissions = [("retry_jobrun", _("Can run a failed job again"))]
        constraints = [
            state_constraint("core_job_state_known", JobState),
            models.CheckConstraint(
                name="core_job_running_facts",
                condition=~models.Q(state="running")
                | (models.Q(started_at__isnull=False) & ~models.Q(worker="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"

    @property
    def share(self) -> int | None:
        """Progress in whole percent, or None while the total is not known."""
        return min(100, self.done * 100 // self.total) if self.total else None


class WorkerHeartbeat(models.Model):
    """A worker process that is alive. The sweeper takes back the jobs of one that has gone."""

    worker = models.CharField(_("worker"), max_length=64, primary_key=True)
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.worker


class ScheduleMark(models.Model):
    """When a scheduled job is due next; claimed by a guarded UPDATE, so one worker starts it."""

    name = models.CharField(_("job"), max_length=80, primary_key=True)
    due_at = models.DateTimeField(_("due"))
    last_started_at = models.DateTimeField(_("last started"), null=True, blank=True)

    class Meta:
        verbose_name = _("scheduled job")
        verbose_name_plural = _("scheduled jobs")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name
