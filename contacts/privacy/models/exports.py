"""What was handed out on a request for access."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessExport(models.Model):
    """The released export of one case. The link lives for some days, the row for good."""

    case = models.OneToOneField(
        "privacy.PrivacyCase", on_delete=models.PROTECT, related_name="access_export"
    )
    # Record → what staff decided about free text in it: "as_is", "black_out", "withhold".
    decisions = models.JSONField(_("decisions"), default=dict, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_on = models.DateField(_("link until"))
    page = models.ForeignKey(
        "core.StoredDocument", on_delete=models.PROTECT, related_name="+", verbose_name=_("page")
    )
    data = models.ForeignKey(
        "core.StoredDocument", on_delete=models.PROTECT, related_name="+", verbose_name=_("JSON")
    )
    released_at = models.DateTimeField(_("released"))
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    fetched = models.PositiveIntegerField(_("downloads"), default=0)
    fetched_at = models.DateTimeField(_("last download"), null=True, blank=True)

    class Meta:
        verbose_name = _("access export")
        verbose_name_plural = _("access exports")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.case)
