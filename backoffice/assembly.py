"""What billing and the privacy desk add to the assembly pack; neither knows governance."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.registry import PackSection


def fees(since: date, until: date) -> PackSection:
    """Invoices dated within ``[since, until)``: due, credited, paid and open, by currency."""
    from billing.services.reports import fees_of_period

    invoices = reverse("admin:billing_invoice_changelist")
    query = f"{invoices}?issue_date__gte={since}&issue_date__lt={until}"
    found = fees_of_period(since=since, until=until)
    rows: list[list[str | int]] = [
        [row.currency, row.invoices, str(row.invoiced), str(row.credited), str(row.paid),
         str(row.open), str(row.overdue)]
        for row in found
    ]  # fmt: skip
    return PackSection(
        _("Fees due and paid"),
        [_("Currency"), _("Invoices"), _("Invoiced"), _("Credited"), _("Paid"), _("Open"),
         _("Of it overdue")],
        rows,
        note=_("Invoices of the period, with what was paid or credited until today."),
        links=[f"{query}&currency__exact={row.currency}" for row in found],
    )  # fmt: skip


def privacy_cases(since: date, until: date) -> PackSection:
    """Requests received within ``[since, until)``, by kind: how many, and how many are answered."""
    from contacts.privacy.queries import cases_of_period

    cases = reverse("admin:privacy_privacycase_changelist")
    found = cases_of_period(since=since, until=until)
    rows: list[list[str | int]] = [[row.label, row.received, row.answered] for row in found]
    return PackSection(
        _("Requests about personal data"),
        [_("Kind"), _("Received"), _("Answered")],
        rows,
        links=[f"{cases}?kind__exact={row.kind}" for row in found],
    )
