"""What staff keep for themselves in the admin: saved views and help texts."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """Filter, columns and sort of a list under a name; private unless shared."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, verbose_name=_("owner")
    )
    model = models.CharField(_("list"), max_length=80, db_index=True)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(_("filter and sort"), max_length=2000, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    shared = models.BooleanField(_("shared with all staff"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["model", "name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "model", "name"], name="core_savedview_name")
        ]

    def __str__(self) -> str:
        return self.name


class FieldHelp(models.Model):
    """Help text beside a field that staff may write in their own words."""

    model = models.CharField(_("record"), max_length=80)
    field = models.CharField(_("field"), max_length=80)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    text = models.TextField(_("help text"), max_length=600)

    class Meta:
        verbose_name = _("help text")
        verbose_name_plural = _("help texts")
        constraints = [
            models.UniqueConstraint(
                fields=["model", "field", "language"], name="core_fieldhelp_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model}.{self.field}"
