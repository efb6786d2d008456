"""Exports to bookkeeping that were made: what has left, in which form, with which hash."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerExport(models.Model):
    """One export of all documents dated from ``start`` to ``end``, both inclusive."""

    form = models.CharField(_("form"), max_length=12)
    start = models.DateField(_("from"))
    end = models.DateField(_("to"))
    documents = models.PositiveIntegerField(_("documents"))
    digest = models.CharField("SHA-256", max_length=64)
    made_at = models.DateTimeField(_("made"))
    made_by = models.CharField(_("made by"), max_length=60)

    class Meta:
        verbose_name = _("export to bookkeeping")
        verbose_name_plural = _("exports to bookkeeping")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__gte=models.F("start")), name="billing_export_span"
            )
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.start} – {self.end}"
