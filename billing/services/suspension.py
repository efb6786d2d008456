"""Suspension for arrears and its lifting, through the roll's own services."""

from __future__ import annotations

from datetime import date

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from billing.models import Invoice
from contacts.enums import SuspensionReason
from contacts.models import Organisation, Suspension
from contacts.services.suspension import reinstate, suspend


def suspend_for_arrears(*, organisation: Organisation, on: date, actor: Actor) -> bool:
    """Suspends from `on`; False when a suspension is open already."""
    if Suspension.objects.open(on=on).filter(organisation=organisation).exists():
        return False
    suspend(organisation=organisation, reason=SuspensionReason.ARREARS, on=on, actor=actor)
    audit.record("dunning", "suspend", actor=actor, subject=organisation, facts={"on": on})
    return True


def lift_if_settled(*, organisation_id: int, on: date, actor: Actor) -> bool:
    """Ends a suspension for arrears once nothing is overdue; True when one was ended."""
    open_one = (
        Suspension.objects.not_ended()
        .filter(organisation_id=organisation_id, reason=SuspensionReason.ARREARS)
        .first()
    )
    if open_one is None:
        return False
    if Invoice.objects.overdue(on=on).filter(payer_id=organisation_id).exists():
        return False
    organisation = Organisation.objects.get(pk=organisation_id)
    reinstate(organisation=organisation, on=on, actor=actor)
    audit.record("dunning", "reinstate", actor=actor, subject=organisation, facts={"on": on})
    return True
