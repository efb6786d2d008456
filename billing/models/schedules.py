"""Published tariffs: what a run is computed from."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class FeeSchedule(models.Model):
    """One version of one tariff. ``data`` is the JSON that billing.fees reads.

    A version that has computed a run never changes; a new version replaces it for later runs. On any
    day an agency has at most one current version: PostgreSQL excludes an overlap (migrations 0003 and
    0007), the service checks under a lock on SQLite, and a nightly job looks again.
    """

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    agency = models.CharField(_("agency"), max_length=20)
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    data = models.JSONField(_("components"), encoder=DjangoJSONEncoder)
    digest = models.CharField("SHA-256", max_length=64)
    source = models.CharField(_("source"), max_length=300)
    loaded_at = models.DateTimeField(_("loaded"), auto_now_add=True)
    # None: a proposal, to be simulated; no run bills by it and it may overlap with anything.
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    # Set when a newer version of the same code was published; only current versions may not overlap.
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("fee schedule")
        verbose_name_plural = _("fee schedules")
        ordering = ["code", "-version"]
        default_permissions = ("add", "view")
        permissions = [
            ("simulate_fees", _("Can simulate fees")),
            ("publish_feeschedule", _("Can publish and end fee schedules")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="billing_schedule_version"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="billing_schedule_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def status(self) -> str:
        """`proposal`, `current` or `superseded`."""
        if self.published_at is None:
            return "proposal"
        return "current" if self.superseded_at is None else "superseded"
