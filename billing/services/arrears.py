"""Reminders of what a payer still owes, as evidence for a removal."""

from __future__ import annotations

from datetime import date

from billing.models import DunnedInvoice, Invoice


def reminder_days(organisation_id: int) -> list[date]:
    """Days on which the payer was reminded of an invoice that is open still, oldest first."""
    still_open = Invoice.objects.open().filter(payer=organisation_id)
    rows = DunnedInvoice.objects.filter(
        notice__organisation=organisation_id, invoice__in=still_open.values("pk")
    )
    days = rows.order_by("notice__taken_on").values_list("notice__taken_on", flat=True)
    return sorted(set(days))
