"""What a payer wants on its invoices, and what is known about its VAT id."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from billing.enums import DocumentForm


class BillingProfile(models.Model):
    """What a payer wants on its invoices."""

    organisation = models.OneToOneField(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="billing_profile"
    )
    order_reference = models.CharField(_("purchase order number"), max_length=60, blank=True)
    order_valid_for = models.PositiveSmallIntegerField(
        _("valid for the year"), null=True, blank=True
    )
    buyer_reference = models.CharField(_("buyer reference"), max_length=60, blank=True)
    copy_deputies = models.BooleanField(_("copies to the deputies"), default=False)
    document_form = models.CharField(
        _("form of documents"),
        max_length=12,
        choices=DocumentForm.choices,
        default=DocumentForm.HYBRID,
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("billing profile")
        verbose_name_plural = _("billing profiles")
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return str(self.organisation)


class VatCheck(models.Model):
    """One answer about a VAT id: valid, invalid or unknown; the newest one counts."""

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="vat_checks"
    )
    vat_id = models.CharField(_("VAT id"), max_length=20)
    answer = models.CharField(_("answer"), max_length=8)
    source = models.CharField(_("source"), max_length=8)
    request_id = models.CharField(_("request id"), max_length=60, blank=True)
    # The holder's name as the register gives it, where it does.
    name = models.CharField(_("name in the register"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    checked_at = models.DateTimeField(_("checked"))

    class Meta:
        verbose_name = _("VAT id check")
        verbose_name_plural = _("VAT id checks")
        ordering = ["-checked_at", "-id"]
        default_permissions = ("add", "view")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer__in=["valid", "invalid", "unknown"]),
                name="billing_vatcheck_answer",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["offline", "online", "staff"]),
                name="billing_vatcheck_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vat_id}: {self.answer}"
