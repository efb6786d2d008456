"""Segments and mailings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from backoffice.delivery.enums import MailClass
from mailings.enums import MailingState


class Segment(models.Model):
    """A saved question: who holds which duty at which organisations. ``rule`` is a tree of
    {"all": […]}, {"any": […]}, {"not": …} and {"field", "op", "value"}."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    rule = models.JSONField(_("rule"), default=dict)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Mailing(models.Model):
    """One sending. From the start on, audience and content are frozen and hashed."""

    name = models.CharField(_("name"), max_length=120)
    mail_class = models.CharField(_("class"), max_length=12, choices=MailClass.choices)
    topic = models.ForeignKey(
        "mailings.Topic", null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("topic")
    )
    segment = models.ForeignKey(
        Segment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mailings",
        verbose_name=_("to"),
    )
    exclude = models.ForeignKey(
        Segment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("but not to"),
    )
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(_("text"), help_text=_("Markdown, with merge fields as {{ name }}"))
    subject_de = models.CharField(_("subject in German"), max_length=150, blank=True)
    body_de = models.TextField(_("text in German"), blank=True)
    reply_to = models.EmailField(_("answers to"), blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=MailingState.choices, default=MailingState.DRAFT
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    scheduled_for = models.DateTimeField(_("not before"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # {"en-gb": {"subject", "body"}, …}, the rule trees and their versions, as they were at start.
    frozen = models.JSONField(default=dict, blank=True, editable=False)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, editable=False)
    audience_hash = models.CharField(_("audience hash"), max_length=64, blank=True, editable=False)
    planned = models.PositiveIntegerField(_("planned"), default=0, editable=False)
    # Reason → number of people left out when the audience was made.
    left_out = models.JSONField(_("left out"), default=dict, blank=True, editable=False)
    unreachable_acknowledged = models.PositiveIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-id"]
        default_permissions = ("add", "change", "view")
        permissions = [
            ("send_mailing", _("Can start, pause and cancel a mailing")),
            ("approve_mailing", _("Can approve a mailing of somebody else")),
        ]
        constraints = [
            state_constraint("mailings_mailing_state_known", MailingState),
            models.CheckConstraint(
                name="mailings_mailing_frozen_facts",
                condition=models.Q(state__in=["draft", "approved", "cancelled"])
                | (~models.Q(content_hash="") & models.Q(started_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name
