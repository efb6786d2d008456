"""How long vouchers are kept."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.core.retention import RETENTION, RetentionRule, Sweep
from billing.models import Invoice
from billing.personal_data import VOUCHER_YEARS


def vouchers_over(day: date) -> QuerySet:
    """Invoices whose eight years from the end of the year are over: for people, because the time
    does not end while the assessment of the tax is open (§ 147 (3) AO)."""
    return Invoice.objects.filter(issue_date__lt=date(day.year - VOUCHER_YEARS, 1, 1))


def register_rules() -> None:
    RETENTION.add("tax_records", RetentionRule(
        _("8 years from the end of the year of the voucher"),
        _("staff look at them: the time does not end while the tax assessment is open"),
        _("§ 147 AO, § 257 HGB, § 14b UStG"),
        (Sweep("billing.Invoice", vouchers_over, for_people=True),),
    ))  # fmt: skip
    RETENTION.add("profile_end", RetentionRule(
        _("as long as the organisation is billed"), _("emptied at the removal of the person"),
        _("what the payer wants on invoices"),
    ))  # fmt: skip
