"""What comes back: provider events, inbound mail, and the bounce score of an address."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderEvent(models.Model):
    """A webhook's event: stored and acknowledged first, processed later, once."""

    provider = models.CharField(_("provider"), max_length=30)
    # The provider's event id, or the hash of the event when it has none.
    event_key = models.CharField(_("event id"), max_length=128)
    kind = models.CharField(_("event"), max_length=30)
    message_id = models.CharField("Message-ID", max_length=160, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=254, blank=True)
    reject_reason = models.CharField(_("reason"), max_length=30, blank=True)
    # Enhanced status of RFC 3463, and the provider's own word for the kind of bounce.
    status = models.CharField(_("status"), max_length=12, blank=True)
    bounce_type = models.CharField(_("kind of bounce"), max_length=30, blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_key"], name="delivery_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.pk}"


class InboundMail(models.Model):
    """A message that came in, kept until it is sorted and its retention is over."""

    message_key = models.CharField(_("hash"), max_length=64, unique=True)
    recipient = models.CharField(_("to"), max_length=254)
    sender = models.CharField(_("from"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    raw = models.BinaryField(_("message"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    # Name of the handler that took it; empty: nobody did, a person looks at it.
    taken_by = models.CharField(_("taken by"), max_length=60, blank=True)
    # A program wrote it: it must not be answered by a program (RFC 3834).
    automatic = models.BooleanField(_("automatic"), default=False)
    # The message that an unproven report speaks of, for the person who looks at it.
    speaks_of = models.ForeignKey(
        "delivery.Delivery",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("speaks of"),
    )

    class Meta:
        verbose_name = _("inbound mail")
        verbose_name_plural = _("inbound mail")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("sort_inboundmail", _("Can settle inbound mail by hand"))]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class AddressScore(models.Model):
    """Bounce points of an address (hard 1, soft 0.5, one score a day); about the address, not the
    person: a new address of the same contact starts at nothing."""

    address_hash = models.CharField(_("address hash"), max_length=64, unique=True)
    points = models.DecimalField(_("points"), max_digits=4, decimal_places=1, default=0)
    scored_on = models.DateField(_("last bounce"))

    class Meta:
        verbose_name = _("bounce score")
        verbose_name_plural = _("bounce scores")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.address_hash[:8]} {self.points}"


class DoctorRun(models.Model):
    """What mail_doctor found when: a large mailing does not start while there is a problem."""

    at = models.DateTimeField(_("at"))
    # [{"level", "subject", "text"}]
    findings = models.JSONField(_("findings"), default=list)
    problems = models.PositiveSmallIntegerField(_("problems"), default=0)

    class Meta:
        verbose_name = _("check of the mail set-up")
        verbose_name_plural = _("checks of the mail set-up")
        ordering = ["-at"]
        default_permissions = ("view",)
        permissions = [("run_doctor", _("Can check the mail set-up"))]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
