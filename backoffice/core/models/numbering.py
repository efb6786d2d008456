from django.db import models
from django.utils.translation import gettext_lazy as _


class NumberSeries(models.Model):
    """A counter without holes: it is raised in the transaction that issues the document."""

    key = models.CharField(_("series"), max_length=60, primary_key=True)
    last = models.PositiveBigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.key}: {self.last}"
