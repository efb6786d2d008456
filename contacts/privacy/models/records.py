"""The record of processing activities (Art. 30 GDPR), one row per version."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProcessingRecord(models.Model):
    version = models.PositiveIntegerField(_("version"), unique=True)
    made_on = models.DateField(_("made on"))
    # Of what it says, without day and version: a new version only when this differs.
    content_sha256 = models.CharField(_("content hash"), max_length=64)
    english = models.ForeignKey(
        "core.StoredDocument", on_delete=models.PROTECT, related_name="+", verbose_name=_("English")
    )
    german = models.ForeignKey(
        "core.StoredDocument", on_delete=models.PROTECT, related_name="+", verbose_name=_("German")
    )
    data = models.ForeignKey(
        "core.StoredDocument", on_delete=models.PROTECT, related_name="+", verbose_name=_("JSON")
    )

    class Meta:
        verbose_name = _("record of processing activities")
        verbose_name_plural = _("record of processing activities")
        ordering = ["-version"]
        default_permissions = ("add", "view")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.version}"
