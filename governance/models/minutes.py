"""Minutes of a meeting and what members object to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Minutes(models.Model):  # type: ignore[django-manager-missing]
    """Written until they are dispatched; from then on the text stands as it went out."""

    meeting = models.OneToOneField(
        "governance.Meeting", on_delete=models.PROTECT, related_name="minutes"
    )
    text = models.TextField(_("minutes"), help_text=_("Markdown: # heading, * list, **strong**."))
    # As on the paper: who chaired and who kept the minutes.
    signed_by = models.CharField(_("signed by"), max_length=300, blank=True)
    text_sha256 = models.CharField(_("text hash"), max_length=64, blank=True, editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return f"{self.meeting}"


class MinutesObjection(models.Model):
    """A member objects within the window; the board settles it, with the outcome."""

    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="objections")
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    received_on = models.DateField(_("received"))
    text = models.TextField(_("objection"), max_length=4000)
    settled_on = models.DateField(_("settled"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), max_length=2000, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("objection to minutes")
        verbose_name_plural = _("objections to minutes")
        ordering = ["received_on", "id"]
        default_permissions = ("add", "view")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(settled_on__isnull=True) | ~models.Q(outcome=""),
                name="governance_objection_settled_facts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}"
