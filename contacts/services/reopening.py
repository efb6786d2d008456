"""Takes back an end that was set by mistake. A removal for privacy is never taken back."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update
from contacts.models import RoleAssignment
from contacts.services.duties import check_duty_rules

# Ends that are acts of their own: a removal, a merge, a successor who has taken over.
FINAL = frozenset({"removed", "merge", "taken_over"})


def may_reopen(duty: RoleAssignment) -> bool:
    """Whether the end of this duty can be taken back at all."""
    return (
        duty.valid_until is not None
        and duty.end_reason not in FINAL
        and duty.contact.erased_at is None
        and duty.contact.merged_into_id is None
        and duty.organisation.archived_on is None
    )


def reopen_duty(*, duty: RoleAssignment, actor: Actor) -> RoleAssignment:
    """The duty goes on as if it had not ended.

    Raises: RuleBroken when its end is final, a rule forbids it or somebody else holds it now;
    InvalidTransition when it has changed meanwhile.
    """
    if not may_reopen(duty):
        raise RuleBroken("The end of this duty cannot be taken back.", code="duty_final")
    check_duty_rules(organisation=duty.organisation, contact=duty.contact,
                     role_type=duty.role_type, on=dates.today())  # fmt: skip
    try:
        with transaction.atomic():
            guarded_update(
                duty, expect={"valid_until": duty.valid_until},
                set={"valid_until": None, "end_reason": ""}, actor=actor, reason="end taken back",
            )  # fmt: skip
            audit.record(f"organisation:{duty.organisation_id}", "reopen_duty", actor=actor,
                         subject=duty, facts={"role": duty.role_type.code, "order": duty.order})  # fmt: skip
    except IntegrityError as error:
        raise RuleBroken("Somebody else holds this duty now.", code="duty_held") from error
    return duty
