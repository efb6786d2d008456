"""Money received, and which invoice it settles. What is open is computed from these rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from billing.enums import AsideKind, EntryState, PaymentKind, PaymentMethod
from billing.models.invoices import Invoice
from billing.querysets import PaymentQuerySet


class BankStatement(models.Model):
    """One statement as imported; an overlapping file adds only what is new."""

    account = models.CharField(_("account"), max_length=60)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    number = models.CharField(_("statement"), max_length=60, blank=True)
    opening = models.DecimalField(
        _("opening balance"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    closing = models.DecimalField(
        _("closing balance"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    closed_on = models.DateField(_("date"), null=True, blank=True)
    file_sha256 = models.CharField("SHA-256", max_length=64)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    imported_at = models.DateTimeField(_("imported"), auto_now_add=True)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-id"]
        default_permissions = ("add", "view")

    def __str__(self) -> str:
        return f"{self.account} {self.number}"


class BankEntry(models.Model):
    """A movement on the account; positive when money came in."""

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="entries")
    key = models.CharField(_("key"), max_length=64, unique=True)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    booked_on = models.DateField(_("booked"))
    value_on = models.DateField(_("value date"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    reference = models.CharField(_("reference"), max_length=140, blank=True)
    bank_reference = models.CharField(_("bank reference"), max_length=140, blank=True)
    counterparty = models.CharField(_("name"), max_length=200, blank=True)
    counterparty_iban = models.CharField("IBAN", max_length=34, blank=True)
    charges = models.DecimalField(_("charges"), max_digits=12, decimal_places=2, default=0)
    is_reversal = models.BooleanField(_("reversal"), default=False)
    return_reason = models.CharField(_("return reason"), max_length=40, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=EntryState.choices, default=EntryState.OPEN
    )
    aside_kind = models.CharField(
        _("set aside as"), max_length=12, choices=AsideKind.choices, blank=True
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        ordering = ["-booked_on", "-id"]
        default_permissions = ("view",)
        permissions = [("match_bankentry", _("Can match bank entries"))]
        constraints = [state_constraint("billing_entry_state_known", EntryState)]
        indexes = [models.Index(fields=["state", "booked_on"], name="billing_entry_state")]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount}"

    @property
    def payment(self) -> Payment | None:
        """The live payment made of this entry."""
        return self.payments.filter(voided_at__isnull=True).first()


class Payment(models.Model):
    """Money in (positive) or out again (negative: refund, returned). Never deleted: voided."""

    kind = models.CharField(
        _("kind"), max_length=8, choices=PaymentKind.choices, default=PaymentKind.PAYMENT
    )
    organisation = models.ForeignKey(
        "contacts.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    received_on = models.DateField(_("received"))
    method = models.CharField(
        _("method"), max_length=10, choices=PaymentMethod.choices, default=PaymentMethod.TRANSFER
    )
    reference = models.CharField(_("reference"), max_length=140, blank=True)
    # Bank charges kept from the amount, positive; they count as paid.
    charges = models.DecimalField(_("bank charges"), max_digits=12, decimal_places=2, default=0)
    # The movement behind it. A voided payment keeps it, so that the entry can be matched anew.
    entry = models.ForeignKey(
        BankEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    # What the bank booked, where that is another currency than the invoice's; the difference in
    # value is the exchange, which the ledger export books.
    bank_amount = models.DecimalField(
        _("booked by the bank"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    bank_currency = models.CharField(_("currency booked"), max_length=3, blank=True)
    original = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversals"
    )
    dedupe_key = models.CharField(max_length=80, null=True, blank=True, unique=True, editable=False)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    void_reason = models.CharField(_("why voided"), max_length=200, blank=True)

    history = HistoricalRecords()
    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-received_on", "-id"]
        default_permissions = ("view",)
        permissions = [
            ("record_payment", _("Can record payments")),
            ("allocate_payment", _("Can allocate payments")),
            ("refund_payment", _("Can refund payments")),
        ]
        constraints = [
            models.CheckConstraint(
                name="billing_payment_sign",
                condition=models.Q(kind="payment", amount__gt=0)
                | models.Q(kind__in=["refund", "returned"], amount__lt=0, original__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["entry"],
                condition=models.Q(voided_at__isnull=True),
                name="billing_payment_one_per_entry",
            ),
            models.CheckConstraint(
                name="billing_payment_bank_amount_with_currency",
                condition=models.Q(bank_amount__isnull=True, bank_currency="")
                | (models.Q(bank_amount__isnull=False) & ~models.Q(bank_currency="")),
            ),
            models.CheckConstraint(
                name="billing_payment_void_has_reason",
                condition=models.Q(voided_at__isnull=True) | ~models.Q(void_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received_on} {self.amount} {self.currency}"


class Allocation(models.Model):
    """So much of a payment settles that invoice; taken back by voiding this row alone."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    allocated_on = models.DateField(_("allocated"))
    voided_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="billing_allocation_positive"
            )
        ]
        indexes = [models.Index(fields=["invoice", "voided_at"], name="billing_allocation_invoice")]

    def __str__(self) -> str:
        return f"{self.amount}"
