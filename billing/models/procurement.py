"""What purchasing departments ask for: papers about the supplier, and order numbers asked in time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from billing.enums import OrderState, PaperKind


class SupplierPaper(models.Model):
    """A paper about the agency as supplier, for everybody who holds a link to an invoice.

    ``year`` 0 holds for any year. A newer paper of the same kind, year and language takes its place.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=PaperKind.choices)
    year = models.PositiveSmallIntegerField(_("year"), default=0)
    title = models.CharField(_("title"), max_length=120)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    document = models.OneToOneField(
        "core.StoredDocument", on_delete=models.PROTECT, related_name="supplier_paper"
    )
    made_from = models.CharField(_("made from"), max_length=40, blank=True)
    added_at = models.DateTimeField(_("added"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("supplier paper")
        verbose_name_plural = _("supplier papers")
        ordering = ["-year", "kind", "-id"]
        default_permissions = ("add", "view")
        permissions = [("withdraw_supplierpaper", _("Can withdraw supplier papers"))]
        constraints = [
            state_constraint("billing_paper_kind_known", PaperKind, field="kind"),
            models.UniqueConstraint(
                fields=["kind", "year", "language"],
                condition=models.Q(withdrawn_at__isnull=True) & ~models.Q(kind="other"),
                name="billing_paper_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.year}" if self.year else self.title


class OrderRequest(models.Model):
    """The payer is asked for its purchase order number before the invoice of a year is made."""

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="order_requests"
    )
    year = models.PositiveSmallIntegerField(_("year billed"))
    state = models.CharField(
        _("state"), max_length=10, choices=OrderState.choices, default=OrderState.ASKED
    )
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.CharField(_("asked by"), max_length=60)
    # What the payer is told to expect, net; empty where it was not computed yet.
    expected_amount = models.DecimalField(
        _("expected amount"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    mailed_count = models.PositiveSmallIntegerField(_("mails sent"), default=0)
    mailed_at = models.DateTimeField(_("last mail"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.CharField(_("answered by"), max_length=60, blank=True)
    order_reference = models.CharField(_("purchase order number"), max_length=60, blank=True)
    buyer_reference = models.CharField(_("buyer reference"), max_length=60, blank=True)
    message = models.CharField(_("message of the payer"), max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("purchase order request")
        verbose_name_plural = _("purchase order requests")
        ordering = ["-id"]
        default_permissions = ("add", "view")
        constraints = [
            state_constraint("billing_order_state_known", OrderState),
            models.UniqueConstraint(
                fields=["organisation", "year"],
                condition=models.Q(state="asked"),
                name="billing_order_one_open",
            ),
            models.CheckConstraint(
                name="billing_order_answered_facts",
                condition=~models.Q(state="answered")
                | (models.Q(answered_at__isnull=False) & ~models.Q(answered_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"
