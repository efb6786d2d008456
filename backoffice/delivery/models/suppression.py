"""Addresses that must not be written to, as keyed hashes: survives erasure and imports."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.delivery.enums import SuppressionReason


class Suppression(models.Model):
    """Lifted only by the person's own fresh opt-in, or by staff with recorded evidence."""

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
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "scope"],
                condition=models.Q(lifted_at__isnull=True),
                name="delivery_suppressed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.address_hash[:8]}"
