"""Addresses that must not be written to, as keyed hashes: survives erasure and imports."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.delivery.enums import SuppressionReason


class Suppression(models.Model):
    """Lifted only by the person's own fresh opt-in, or by staff with recorded evidence; a fresh
    opt-in to one topic otherwise opens that topic alone (``Permit``)."""

    address_hash = models.CharField(_("address hash"), max_length=64, db_index=True)
    key_version = models.PositiveSmallIntegerField(_("key version"), default=1)
    normal_form = models.PositiveSmallIntegerField(_("normal form"), default=1)
    # "all", "optional", "class:contract", "topic:newsletter", "hold" (the address, not the person)
    scope = models.CharField(_("scope"), max_length=80)
    reason = models.CharField(_("reason"), max_length=20, choices=SuppressionReason.choices)
    source = models.CharField(_("source"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_evidence = models.CharField(_("evidence"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        ordering = ["-id"]
        default_permissions = ("view", "add")
        permissions = [("lift_suppression", _("Can lift a suppression with evidence"))]
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "scope"],
                condition=models.Q(lifted_at__isnull=True),
                name="delivery_suppressed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.address_hash[:8]}"


class Permit(models.Model):
    """The person's own fresh, confirmed opt-in to one topic, against whatever else is suppressed.

    It opens this topic and nothing else, and ends with the next suppression that reaches the
    topic. A keyed hash like the ledger itself.
    """

    address_hash = models.CharField(_("address hash"), max_length=64)
    key_version = models.PositiveSmallIntegerField(_("key version"), default=1)
    topic = models.CharField(_("topic"), max_length=60)
    mail_class = models.CharField(_("class"), max_length=12)
    # "subscription:12": where the proof of the opt-in is.
    evidence = models.CharField(_("evidence"), max_length=80)
    created_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("permit")
        verbose_name_plural = _("permits")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "topic"],
                condition=models.Q(ended_at__isnull=True),
                name="delivery_permit_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.address_hash[:8]}"
