"""The legal document. An issued invoice is a snapshot and never changes."""

from __future__ import annotations

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from billing.enums import FlagKind, InvoiceKind, InvoiceState
from billing.models.runs import BillingRun, RunItem
from billing.models.schedules import FeeSchedule
from billing.querysets import InvoiceQuerySet


class Invoice(models.Model):
    """Amounts positive also on a correction; ``kind`` says that it reduces another invoice.

    ``snapshot`` holds seller, buyer, account, texts and language as printed; ``xml`` is the
    original of the e-invoice. The due date is the last day on which payment is in time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(
        _("kind"), max_length=12, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE
    )
    state = models.CharField(
        _("state"), max_length=10, choices=InvoiceState.choices, default=InvoiceState.DRAFT
    )
    number = models.CharField(_("number"), max_length=30, null=True, blank=True, unique=True)
    series = models.CharField(_("series"), max_length=40)
    sequence = models.PositiveBigIntegerField(_("sequence"), null=True, blank=True)
    run = models.ForeignKey(
        BillingRun, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices"
    )
    item = models.OneToOneField(
        RunItem, null=True, blank=True, on_delete=models.PROTECT, related_name="invoice"
    )
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    payer = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="invoices"
    )
    schedule = models.ForeignKey(
        FeeSchedule, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices"
    )
    issue_date = models.DateField(_("invoice date"))
    due_date = models.DateField(_("due"))
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    currency = models.CharField(_("currency"), max_length=3)
    net_amount = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    tax_amount = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2)
    gross_amount = models.DecimalField(_("gross"), max_digits=14, decimal_places=2)
    regime = models.CharField(_("tax treatment"), max_length=20)
    tax_category = models.CharField(_("tax category"), max_length=3)
    tax_rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=2)
    legal_ground = models.CharField(_("legal ground"), max_length=200)
    order_reference = models.CharField(_("purchase order number"), max_length=60, blank=True)
    payment_reference = models.CharField(
        _("payment reference"), max_length=30, blank=True, db_index=True
    )
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    snapshot = models.JSONField(_("as printed"), encoder=DjangoJSONEncoder)
    xml = models.TextField("XML", blank=True)
    xml_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    # Which rules the XML was checked with, and what they said about the document.
    rules_version = models.CharField(_("rule set"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    document = models.OneToOneField(
        "core.StoredDocument",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invoice",
    )
    # Set by the transaction that planned the mail; a second one finds it and does nothing.
    sent_at = models.DateTimeField(_("handed to the mail"), null=True, blank=True)
    unsent_reason = models.CharField(_("why not mailed"), max_length=60, blank=True)
    # Sent as a letter by hand.
    posted_on = models.DateField(_("posted"), null=True, blank=True)
    posted_by = models.CharField(_("posted by"), max_length=60, blank=True)

    history = HistoricalRecords(excluded_fields=["xml", "snapshot"])
    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issue_date", "-sequence"]
        default_permissions = ("view",)
        permissions = [
            ("correct_invoice", _("Can correct or cancel an invoice")),
            ("send_invoice", _("Can send an invoice again")),
            ("flag_invoice", _("Can mark an invoice as disputed or paused")),
            ("export_invoice", _("Can export invoices")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["series", "sequence"], name="billing_invoice_sequence"),
            state_constraint("billing_invoice_state_known", InvoiceState),
            models.CheckConstraint(
                name="billing_invoice_number_when_issued",
                condition=models.Q(state="draft", number__isnull=True, sequence__isnull=True)
                | (
                    ~models.Q(state="draft")
                    & models.Q(number__isnull=False, sequence__isnull=False)
                    & ~models.Q(xml_sha256="")
                ),
            ),
            models.CheckConstraint(
                name="billing_invoice_gross_adds_up",
                condition=models.Q(
                    gross_amount=Round(models.F("net_amount") + models.F("tax_amount"), 2)
                ),
            ),
            models.CheckConstraint(
                name="billing_invoice_correction_names_original",
                condition=models.Q(kind="invoice", corrects__isnull=True)
                | (~models.Q(kind="invoice") & models.Q(corrects__isnull=False)),
            ),
            models.CheckConstraint(
                name="billing_invoice_amount_positive", condition=models.Q(gross_amount__gte=0)
            ),
        ]
        indexes = [models.Index(fields=["payer", "state"], name="billing_invoice_payer")]

    def __str__(self) -> str:
        return self.number or "–"


class InvoiceLine(models.Model):
    """``net_amount`` = quantity × unit price, rounded half up; ``explanation`` is data."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"))
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="invoice_lines"
    )
    component = models.CharField(_("component"), max_length=40)
    code = models.CharField(_("code"), max_length=24)
    label = models.CharField(_("label"), max_length=200)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=6)
    net_amount = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    tax_category = models.CharField(_("tax category"), max_length=3)
    tax_rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=2)
    account = models.CharField(_("revenue account"), max_length=12, blank=True)
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    explanation = models.JSONField(_("explanation"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["invoice_id", "position"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="billing_line_position")
        ]

    def __str__(self) -> str:
        return self.label


class BilledClaim(models.Model):
    """What has been billed: one row per member, component, period and purpose while the invoice
    lives. The unique key is what makes a second run bill nothing twice."""

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="billed_claims"
    )
    component = models.CharField(_("component"), max_length=90)
    year = models.PositiveSmallIntegerField(_("year"))
    purpose = models.CharField(_("purpose"), max_length=20)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="claims")
    released_at = models.DateTimeField(_("given back"), null=True, blank=True)

    class Meta:
        verbose_name = _("billed item")
        verbose_name_plural = _("billed items")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "component", "year", "purpose"],
                condition=models.Q(released_at__isnull=True),
                name="billing_claim_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.component} {self.year}"


class InvoiceFlag(models.Model):
    """Disputed, waiting for a purchase order, paused: dated, half-open; stops reminders."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(_("kind"), max_length=16, choices=FlagKind.choices)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("invoice flag")
        verbose_name_plural = _("invoice flags")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "kind"],
                condition=models.Q(valid_until__isnull=True),
                name="billing_flag_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="billing_flag_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.valid_from}"
