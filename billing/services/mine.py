"""The documents a billing contact may see after signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from billing.messages import download_token, share_token
from billing.models import Invoice
from billing.services.payments import payment_state
from contacts.models import RoleAssignment

SHOWN = 60


@dataclass(frozen=True)
class Own:
    """An invoice of an own organisation, with the token of its page."""

    invoice: Invoice
    state: str
    open_amount: Decimal
    token: str


@dataclass(frozen=True)
class Elsewhere:
    """What an own organisation has in the invoice to its lead or sponsor; net, before a cap."""

    invoice: Invoice
    organisation_id: int
    organisation: str
    amount: Decimal
    token: str


@dataclass(frozen=True)
class Mine:
    own: list[Own]
    elsewhere: list[Elsewhere]


def billing_organisations(contact_id: int, *, on: date) -> list[int]:
    """Organisations for which the contact holds a billing duty on that day."""
    duties = RoleAssignment.objects.open(on=on).filter(contact=contact_id, role_type__bills=True)
    return list(duties.values_list("organisation_id", flat=True).distinct())


def holds_billing_duty(contact_id: int) -> bool:
    """Whether the page concerns this contact at all."""
    return RoleAssignment.objects.filter(
        contact=contact_id, role_type__bills=True, valid_until__isnull=True
    ).exists()


def documents_of(contact_id: int, *, on: date) -> Mine:
    """Newest first; a bounded number of each."""
    organisations = billing_organisations(contact_id, on=on)
    rows = Invoice.objects.issued().filter(payer__in=organisations).with_open_amount()
    own = [
        Own(row, payment_state(row, on=on), row.open_amount, download_token(row))
        for row in rows.select_related("payer").order_by("-issue_date", "-sequence")[:SHOWN]
    ]
    shares = (
        Invoice.objects.issued()
        .filter(kind="invoice", lines__organisation__in=organisations)
        .exclude(payer__in=organisations)
        .exclude(state="cancelled")
        .values("pk", "lines__organisation", "lines__organisation__name")
        .annotate(amount=Sum("lines__net_amount", filter=Q(lines__organisation__in=organisations)))
        .order_by("-issue_date", "pk", "lines__organisation")[:SHOWN]
    )
    documents = Invoice.objects.in_bulk([row["pk"] for row in shares])
    elsewhere = [
        Elsewhere(
            documents[row["pk"]],
            row["lines__organisation"],
            row["lines__organisation__name"],
            row["amount"],
            share_token(documents[row["pk"]], row["lines__organisation"]),
        )
        for row in shares
    ]
    return Mine(own, elsewhere)
