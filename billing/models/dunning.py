"""The ladder of reminders, as data, and each step taken."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from billing.enums import StepAct
from billing.models.invoices import Invoice


class DunningStep(models.Model):
    """One rung. ``days_after_due`` counts from the day after the due date; ``roles`` are role
    codes written to beside the billing duty (empty: billing duties only)."""

    ladder = models.SlugField(_("ladder"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    days_after_due = models.PositiveSmallIntegerField(_("days after the due date"))
    act = models.CharField(_("act"), max_length=16, choices=StepAct.choices)
    roles = models.JSONField(_("also to"), default=list, blank=True)
    subject = models.CharField(_("subject"), max_length=120)
    subject_de = models.CharField(_("subject in German"), max_length=120)
    text = models.TextField(_("text"))
    text_de = models.TextField(_("text in German"))
    # Statutes that ask for a written reminder: a letter to post, beside the mail.
    also_letter = models.BooleanField(_("also as a letter"), default=False)
    active = models.BooleanField(_("in use"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("dunning step")
        verbose_name_plural = _("dunning steps")
        ordering = ["ladder", "position"]
        default_permissions = ("change", "view")
        constraints = [
            models.UniqueConstraint(fields=["ladder", "position"], name="billing_step_position")
        ]

    def __str__(self) -> str:
        return f"{self.ladder} {self.position}"


class DunningNotice(models.Model):
    """A step taken for one payer on one day, over all its open items that reached the step."""

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="dunning_notices"
    )
    step = models.ForeignKey(DunningStep, on_delete=models.PROTECT, related_name="notices")
    taken_on = models.DateField(_("taken"))
    open_amount = models.DecimalField(_("open amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    # How it went: "mail", "both", or "letter" when nobody could be reached.
    way = models.CharField(_("way"), max_length=8, default="mail")
    letter = models.OneToOneField(
        "core.StoredDocument",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="dunning_notice",
        verbose_name=_("letter"),
    )
    posted_on = models.DateField(_("posted"), null=True, blank=True)
    posted_by = models.CharField(_("posted by"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("dunning notice")
        verbose_name_plural = _("dunning notices")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("send_dunningnotice", _("Can send reminders"))]

    def __str__(self) -> str:
        return f"{self.step} {self.taken_on}"


class DunnedInvoice(models.Model):
    """An invoice within a notice; each step happens to an invoice once."""

    notice = models.ForeignKey(DunningNotice, on_delete=models.PROTECT, related_name="invoices")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="dunned")
    step = models.ForeignKey(DunningStep, on_delete=models.PROTECT, related_name="+")
    open_amount = models.DecimalField(_("open amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("reminded invoice")
        verbose_name_plural = _("reminded invoices")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["invoice", "step"], name="billing_dunned_once")
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.step_id}"
