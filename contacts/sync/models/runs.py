"""Each run of a sync, so that a sync that died is seen the next day and not weeks later."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.sync.enums import System


class SyncRun(models.Model):
    """One run. At most one a system is open; one whose heartbeat stopped is closed by the next."""

    system = models.CharField(_("system"), max_length=12, choices=System.choices)
    started_at = models.DateTimeField(_("started"))
    heartbeat_at = models.DateTimeField(editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # Word → number: created, updated, unchanged, ended, refused, drifted, ours, theirs.
    counts = models.JSONField(_("numbers"), default=dict, blank=True)
    # Empty when it came to its end: unreachable, sign_in, limit, server, killed.
    error = models.CharField(_("error"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-started_at", "-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["system"],
                condition=models.Q(finished_at__isnull=True),
                name="sync_run_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.started_at:%Y-%m-%d %H:%M}"
