"""What has been billed, once: taken with the invoice, given back by its cancellation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition
from backoffice.core.transitions import write_history
from billing.enums import InvoiceState
from billing.models import BilledClaim, BillingRun, Invoice
from billing.services.purposes import claim_purpose
from billing.services.usage_corrections import give_back, take_up


def claim(*, invoice: Invoice, snapshot: dict[str, Any], run: BillingRun, actor: Actor) -> None:
    """The unique key that a second run, or a second worker, cannot take again."""
    claims = {(line["organisation"], line["claim"]) for line in snapshot["lines"]}
    BilledClaim.objects.bulk_create(
        BilledClaim(
            organisation_id=organisation,
            component=component[:90],
            year=run.year,
            purpose=claim_purpose(run),
            invoice=invoice,
        )
        for organisation, component in sorted(claims)
    )
    corrections = {pk for line in snapshot["lines"] for pk in line.get("corrections", ())}
    if corrections:
        take_up(invoice=invoice, correction_ids=sorted(corrections), run=run, actor=actor)


def cancel_state(*, invoice: Invoice, actor: Actor, at: datetime) -> None:
    """Marks a cancelled invoice and gives its billed items back, in the caller's transaction."""
    if not Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.ISSUED).update(
        state=InvoiceState.CANCELLED
    ):
        raise InvalidTransition(_("Only an issued invoice can be cancelled."))
    BilledClaim.objects.filter(invoice=invoice, released_at__isnull=True).update(released_at=at)
    give_back(invoice=invoice, actor=actor)
    invoice.refresh_from_db()
    write_history(invoice, actor=actor)
