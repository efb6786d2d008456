"""Append-only, hash-chained record of acts that must be provable. It holds no personal values."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditStream(models.Model):
    """Head of one chain; its row is the lock that keeps a stream in order."""

    name = models.CharField(_("stream"), max_length=80, primary_key=True)
    sequence = models.PositiveBigIntegerField(_("entries"), default=0)
    head = models.CharField(_("head"), max_length=64, default="0" * 64)

    class Meta:
        verbose_name = _("audit stream")
        verbose_name_plural = _("audit streams")

    def __str__(self) -> str:
        return self.name


class AuditEvent(models.Model):
    """One act. UPDATE and DELETE are refused by a trigger on both databases."""

    stream = models.CharField(_("stream"), max_length=80)
    sequence = models.PositiveBigIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("actor"), max_length=80)
    action = models.CharField(_("action"), max_length=80)
    subject = models.CharField(_("subject"), max_length=80, blank=True, db_index=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    previous = models.CharField(_("previous hash"), max_length=64)
    digest = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["stream", "sequence"], name="core_audit_sequence"),
            models.UniqueConstraint(fields=["stream", "previous"], name="core_audit_previous"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} #{self.sequence} {self.action}"


class AuditAnchor(models.Model):
    """All heads of one day under one hash, to be kept outside: a chain alone hides a truncation."""

    day = models.DateField(_("day"), unique=True)
    heads = models.JSONField(_("heads"))
    digest = models.CharField(_("hash"), max_length=64)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("audit anchor")
        verbose_name_plural = _("audit anchors")
        ordering = ["-day"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
