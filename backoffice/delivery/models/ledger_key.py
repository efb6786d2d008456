"""Which key the stored hashes of addresses are of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerKey(models.Model):
    """One row a key that was ever in use; the hashes are of the highest version."""

    version = models.PositiveSmallIntegerField(_("version"), unique=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=16)
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger key")
        verbose_name_plural = _("ledger keys")
        ordering = ["version"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.version}"
