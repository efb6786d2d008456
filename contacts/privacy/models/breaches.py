"""The register of breaches (Art. 33 (5) GDPR), with the clock of 72 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.transitions import state_constraint
from contacts.privacy.enums import BreachState

HOURS = 72


class Breach(models.Model):
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=BreachState.choices, default=BreachState.OPEN
    )
    summary = models.CharField(_("what happened"), max_length=300)
    # The hour from which the clock runs: when somebody here became aware.
    detected_at = models.DateTimeField(_("noticed"))
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Kinds of data of the map.
    categories = models.JSONField(_("kinds of data"), default=list, blank=True)
    people = models.PositiveIntegerField(_("people concerned"), null=True, blank=True)
    consequences = models.TextField(_("likely consequences"), blank=True)
    measures = models.TextField(_("measures"), blank=True)
    risk = models.BooleanField(_("risk to people"), null=True, blank=True)
    high_risk = models.BooleanField(_("high risk"), default=False)
    authority_told_at = models.DateTimeField(_("authority told"), null=True, blank=True)
    authority_reference = models.CharField(_("reference there"), max_length=80, blank=True)
    # Why the authority was not told, or not within 72 hours.
    authority_reason = models.CharField(_("why not, or why late"), max_length=300, blank=True)
    people_told_at = models.DateTimeField(_("people told"), null=True, blank=True)
    people_reason = models.CharField(_("why people were not told"), max_length=300, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("register of breaches")
        ordering = ["-detected_at"]
        default_permissions = ("add", "view", "change")
        constraints = [
            state_constraint("privacy_breach_state_known", BreachState),
            models.CheckConstraint(
                name="privacy_breach_assessed_facts",
                condition=models.Q(state="open") | models.Q(risk__isnull=False),
            ),
            models.CheckConstraint(
                name="privacy_breach_closed_facts",
                condition=~models.Q(state="closed")
                | (
                    models.Q(closed_at__isnull=False)
                    & (models.Q(authority_told_at__isnull=False) | ~models.Q(authority_reason=""))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def authority_due_at(self) -> datetime:
        return self.detected_at + timedelta(hours=HOURS)
