"""What must be erased again after a backup is restored: keys and hashes only."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ErasureJournal(models.Model):
    case_reference = models.CharField(_("case"), max_length=20, unique=True)
    contact_ref = models.BigIntegerField(_("contact id"), null=True, blank=True)
    user_ref = models.BigIntegerField(_("login id"), null=True, blank=True)
    address_hashes = models.JSONField(_("address hashes"), default=list)
    executed_at = models.DateTimeField(_("executed"))

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasure journal")
        ordering = ["-executed_at"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.case_reference
