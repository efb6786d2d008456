"""The yearly act: a run and its items, frozen from computing to issue."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from billing.enums import ItemState, RunPurpose, RunState
from billing.models.schedules import FeeSchedule
from billing.models.usage import UsageSnapshot


class BillingRun(models.Model):
    """Dates inclusive; amounts in the schedule's currency. Approver and preparer differ."""

    title = models.CharField(_("title"), max_length=120)
    purpose = models.CharField(_("purpose"), max_length=14, choices=RunPurpose.choices)
    year = models.PositiveSmallIntegerField(_("year billed"))
    quarter = models.PositiveSmallIntegerField(_("quarter"), default=0)
    schedule = models.ForeignKey(FeeSchedule, on_delete=models.PROTECT, related_name="runs")
    snapshot = models.ForeignKey(
        UsageSnapshot, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    invoice_date = models.DateField(_("invoice date"))
    state = models.CharField(
        _("state"), max_length=10, choices=RunState.choices, default=RunState.DRAFT
    )
    # Whole amounts above which an item is parked, and the change to last year that is shown.
    amount_limit = models.DecimalField(
        _("park above"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    change_percent = models.PositiveSmallIntegerField(_("show changes above, per cent"), default=50)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    preparer = models.CharField(_("prepared by"), max_length=60, blank=True)
    approver = models.CharField(_("approved by"), max_length=60, blank=True)
    item_count = models.PositiveIntegerField(_("items"), default=0)
    parked_count = models.PositiveIntegerField(_("parked"), default=0)
    gross_total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, default=0)
    # SHA-256 over all ready items: approved is exactly what was reviewed.
    preview_digest = models.CharField("SHA-256", max_length=64, blank=True)
    # What the last computing changed against the preview before it, for staff to look at.
    preview_changes = models.JSONField(
        _("changes to the preview before"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    computed_at = models.DateTimeField(_("computed"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("billing run")
        verbose_name_plural = _("billing runs")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("prepare_billingrun", _("Can prepare a billing run")),
            ("approve_billingrun", _("Can approve a billing run")),
            ("issue_billingrun", _("Can issue a billing run")),
        ]
        constraints = [
            state_constraint("billing_run_state_known", RunState),
            models.CheckConstraint(
                name="billing_run_approved_by_another",
                condition=models.Q(approver="") | ~models.Q(approver=models.F("preparer")),
            ),
            models.CheckConstraint(
                name="billing_run_approved_facts",
                condition=~models.Q(state__in=["approved", "issuing", "issued", "closed"])
                | (~models.Q(approver="") & ~models.Q(preview_digest="")),
            ),
            models.UniqueConstraint(
                fields=["purpose", "year", "quarter"],
                condition=models.Q(purpose__in=["annual", "registration"])
                & ~models.Q(state__in=["dropped", "issued", "closed"]),
                name="billing_run_one_in_work",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RunItem(models.Model):
    """What one payer will get, or why not. ``payload`` holds lines, tax decision and snapshot."""

    run = models.ForeignKey(BillingRun, on_delete=models.CASCADE, related_name="items")
    payer = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="run_items"
    )
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    # "scope" or "outside": category O never stands beside another (EN 16931 BR-O-11).
    part = models.CharField(_("part"), max_length=10, default="scope")
    state = models.CharField(_("state"), max_length=8, choices=ItemState.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    net_amount = models.DecimalField(_("net"), max_digits=14, decimal_places=2, default=0)
    tax_amount = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2, default=0)
    gross_amount = models.DecimalField(_("gross"), max_digits=14, decimal_places=2, default=0)
    last_year_amount = models.DecimalField(
        _("last year"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    # Codes of what staff should look at: "no_billing_contact", "change", "zero_amount"…
    exceptions = models.JSONField(_("exceptions"), default=list, blank=True)
    payload = models.JSONField(_("content"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("run item")
        verbose_name_plural = _("run items")
        ordering = ["run_id", "id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["run", "payer", "period_start", "part"], name="billing_item_once"
            ),
            state_constraint("billing_item_state_known", ItemState),
            models.CheckConstraint(
                name="billing_item_parked_has_reason",
                condition=~models.Q(state="parked") | ~models.Q(reason=""),
            ),
        ]
        indexes = [models.Index(fields=["run", "state"], name="billing_item_run_state")]

    def __str__(self) -> str:
        return f"{self.payer_id} {self.gross_amount}"


class RunHold(models.Model):
    """Staff keep a payer out of this run, whatever is computed."""

    run = models.ForeignKey(BillingRun, on_delete=models.CASCADE, related_name="holds")
    payer = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="run_holds"
    )
    reason = models.CharField(_("reason"), max_length=200)
    held_by = models.CharField(_("held by"), max_length=60)

    class Meta:
        verbose_name = _("payer kept out")
        verbose_name_plural = _("payers kept out")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["run", "payer"], name="billing_hold_once")]

    def __str__(self) -> str:
        return f"{self.payer_id}: {self.reason}"


class RunInput(models.Model):
    """The facts about every member from which a run was computed, as the fee engine took them."""

    run = models.OneToOneField(BillingRun, on_delete=models.CASCADE, related_name="inputs")
    # A list of members in the form that `simulate_fees` reads, so that anybody can compute it again.
    members = models.JSONField(_("members"), encoder=DjangoJSONEncoder)
    # Corrections of earlier usage that were looked at and change no amount.
    corrections_without_effect = models.JSONField(_("corrections without effect"), default=list)
    digest = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = _("input of a run")
        verbose_name_plural = _("inputs of runs")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.run_id} {self.digest[:12]}"
