"""The agency as seller and sender, dated: a document takes the row valid on its own day."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Issuer(models.Model):
    valid_from = models.DateField(_("valid from"), unique=True)
    legal_name = models.CharField(_("legal name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=60)
    street = models.CharField(_("street"), max_length=200)
    post_code = models.CharField(_("post code"), max_length=20)
    city = models.CharField(_("city"), max_length=100)
    state_code = models.CharField(_("state"), max_length=10, blank=True)
    country = models.CharField(_("country"), max_length=2)
    register_entry = models.CharField(
        _("register entry"), max_length=120, blank=True, help_text=_("BT-30, e.g. court and number")
    )
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True, help_text="BT-32")
    vat_id = models.CharField(_("VAT id"), max_length=20, blank=True, help_text="BT-31")
    email = models.EmailField(_("office address"))
    billing_email = models.EmailField(_("billing address"), blank=True)
    privacy_email = models.EmailField(_("privacy address"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.URLField(_("web site"))
    privacy_notice_url = models.URLField(_("privacy notice"), blank=True)
    page_size = models.CharField(
        _("paper"), max_length=6, default="A4", choices=[("A4", "A4"), ("Letter", "Letter")]
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return f"{self.legal_name} ({self.valid_from:%Y-%m-%d})"


class BankAccount(models.Model):
    issuer = models.ForeignKey(
        Issuer, on_delete=models.CASCADE, related_name="bank_accounts", verbose_name=_("issuer")
    )
    label = models.CharField(_("bank"), max_length=120)
    holder = models.CharField(_("account holder"), max_length=120)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    account_number = models.CharField(_("account number"), max_length=40, blank=True)
    routing_number = models.CharField(_("routing number"), max_length=20, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")

    def __str__(self) -> str:
        return f"{self.label} {self.iban or self.account_number}"
