"""The register of legal acts on a membership; written in the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user
from contacts.models import MembershipAct, Organisation
from contacts.registry import MEMBERSHIP_EVENTS


def record_act(
    *,
    organisation: Organisation,
    kind: str,
    effective_on: date,
    actor: Actor,
    decided_on: date | None = None,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> MembershipAct:
    """Writes the act and its audit entry (which holds no text). Dates are inclusive first days."""
    act = MembershipAct.objects.create(
        organisation=organisation,
        kind=kind,
        decided_on=decided_on or effective_on,
        effective_on=effective_on,
        reason=reason.strip(),
        facts=dict(facts or {}),
        actor=str(actor)[:60],
        acted_by=actor_user(actor),
    )
    audit.record(
        f"organisation:{organisation.pk}",
        kind,
        actor=actor,
        subject=act,
        facts={"on": effective_on, "decided": act.decided_on, **dict(facts or {})},
    )
    return act


def announce(organisation: Organisation, act: str, on: date, actor: Actor) -> None:
    """Tells the other apps, in the same transaction."""
    for _name, tell in MEMBERSHIP_EVENTS:
        tell(organisation.pk, act, on, actor)
