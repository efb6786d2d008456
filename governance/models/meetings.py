"""Meetings, their agenda, and the log of dispatch that proves the notice."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from governance.enums import MeetingKind, MeetingState


class Meeting(models.Model):  # type: ignore[django-manager-missing]
    body = models.ForeignKey("governance.Body", on_delete=models.PROTECT, related_name="meetings")
    kind = models.CharField(_("kind"), max_length=14, choices=MeetingKind.choices)
    title = models.CharField(_("title"), max_length=200)
    starts_at = models.DateTimeField(_("starts"))
    place = models.CharField(_("place or address of the room"), max_length=300, blank=True)
    virtual = models.BooleanField(_("virtual"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED
    )
    called_on = models.DateField(_("notice dispatched"), null=True, blank=True)
    minutes_sent_on = models.DateField(_("minutes dispatched"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-starts_at"]
        default_permissions = ("add", "change", "view")
        permissions = [("call_meeting", _("Can call a meeting"))]
        constraints = [
            state_constraint("governance_meeting_state_known", MeetingState),
            models.CheckConstraint(
                condition=models.Q(state__in=["planned", "cancelled"])
                | models.Q(called_on__isnull=False),
                name="governance_meeting_called_facts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.starts_at:%Y-%m-%d}"


class AgendaItem(models.Model):
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    # A member's motion: who moved it and when it came in.
    proposed_by = models.ForeignKey(
        "contacts.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    received_on = models.DateField(_("received"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="governance_agenda_place")
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"


class NoticeSent(models.Model):
    """Evidence: to which member the notice was dispatched on which day."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="notices")
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    dispatched_on = models.DateField(_("dispatched"))
    # Id of the delivery, empty where nobody could be reached by mail.
    delivery_ref = models.BigIntegerField(_("delivery"), null=True, blank=True)
    reason = models.CharField(_("why no mail"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "organisation"], name="governance_notice_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id}/{self.organisation_id}"
