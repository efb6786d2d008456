"""Facts about money that documents need: exchange rates, and the share of dues not deductible."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class ExchangeRate(models.Model):
    """Units of ``currency`` for one euro, as the ECB published them on that day."""

    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    rate = models.DecimalField(_("for one euro"), max_digits=14, decimal_places=6)
    source = models.CharField(_("source"), max_length=120)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["-day", "currency"]
        default_permissions = ("add", "view")
        constraints = [
            models.UniqueConstraint(fields=["day", "currency"], name="billing_rate_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="billing_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.currency} {self.rate}"


class NonDeductibleShare(models.Model):
    """The part of a year's dues that members in the USA may not deduct, in per cent.

    Source: Internal Revenue Code § 6033(e): an association that lobbies tells its members with the
    dues, or pays the proxy tax.
    """

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    percent = models.DecimalField(_("not deductible, per cent"), max_digits=5, decimal_places=2)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("share of dues not deductible")
        verbose_name_plural = _("shares of dues not deductible")
        ordering = ["-year"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100),
                name="billing_share_is_a_percentage",
            )
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.percent} %"
