"""Segments and mailings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from mailings.enums import MAILING_CLASSES, FollowUp, MailingState


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
    mail_class = models.CharField(_("class"), max_length=12, choices=MAILING_CLASSES)
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
    # A follow-up goes to a part of the audience of another mailing.
    follows = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="followed_by",
        verbose_name=_("follows"),
        editable=False,
    )
    follow_kind = models.CharField(
        _("goes"), max_length=10, choices=FollowUp.choices, blank=True, editable=False
    )
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(_("text"), help_text=_("Markdown, with merge fields as {{ name }}"))
    subject_de = models.CharField(_("subject in German"), max_length=150, blank=True)
    body_de = models.TextField(_("text in German"), blank=True)
    in_archive = models.BooleanField(
        _("in the archive"), default=True, help_text=_("Of a public topic, for everybody to read.")
    )
    reply_to = models.EmailField(_("answers to"), blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=MailingState.choices, default=MailingState.DRAFT
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    scheduled_for = models.DateTimeField(
        _("not before"),
        null=True,
        blank=True,
        help_text=_("Empty: at once. The audience is made at that moment, the text now."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    edited_by = models.ForeignKey(
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
    # Why it started although mail_doctor was red.
    doctor_override = models.CharField(
        _("started in spite of the mail check"), max_length=200, blank=True, editable=False
    )
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
                | models.Q(state="scheduled", scheduled_for__isnull=False)
                & ~models.Q(content_hash="")
                | (~models.Q(content_hash="") & models.Q(started_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="mailings_mailing_no_answer", condition=~models.Q(mail_class="answer")
            ),
            models.CheckConstraint(
                name="mailings_mailing_follow_facts",
                condition=models.Q(follows__isnull=True, follow_kind="")
                | (models.Q(follows__isnull=False) & ~models.Q(follow_kind="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MailingFile(models.Model):
    """A file for one organisation, attached to the mail of each of its people in the audience."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="files")
    organisation = models.ForeignKey(
        "contacts.Organisation",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    document = models.ForeignKey(
        "core.StoredDocument", on_delete=models.PROTECT, related_name="+", verbose_name=_("file")
    )
    file_name = models.CharField(_("file name"), max_length=120)

    class Meta:
        verbose_name = _("file of a mailing")
        verbose_name_plural = _("files of mailings")
        ordering = ["organisation__name"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["mailing", "organisation"], name="mailings_file_once")
        ]

    def __str__(self) -> str:
        return self.file_name
