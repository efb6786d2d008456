"""Suspension and reinstatement: dated rows that flow down from a lead, each act with its reason."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import ActKind, SuspensionReason
from contacts.models import Membership, Organisation, Suspension
from contacts.services.acts import announce, record_act


def suspend(
    *,
    organisation: Organisation,
    reason: str,
    on: date,
    actor: Actor,
    note: str = "",
    flows_down: bool = True,
) -> Suspension:
    """Suspends a member from ``on``. Raises: RuleBroken when it is no member or is suspended."""
    if not Membership.objects.open(on=on).filter(organisation=organisation).exists():
        raise RuleBroken(
            _("%(name)s is not a member on %(day)s.") % {"name": organisation, "day": on},
            code="not_a_member",
        )
    row = Suspension(
        organisation=organisation,
        reason=SuspensionReason(reason),
        valid_from=on,
        note=note[:200],
        flows_down=flows_down,
    )
    row._history_user = actor_user(actor)  # type: ignore[attr-defined]
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise RuleBroken(
                _("%(name)s is suspended already.") % {"name": organisation},
                code="already_suspended",
            ) from error
        record_act(
            organisation=organisation, kind=ActKind.SUSPENDED, effective_on=on, actor=actor,
            reason=note, facts={"reason": reason, "flows_down": flows_down},
        )  # fmt: skip
        announce(organisation, "suspend", on, actor)
    return row


def reinstate(*, organisation: Organisation, on: date, actor: Actor, note: str = "") -> Suspension:
    """Lifts the open suspension. Raises: InvalidTransition when there is none."""
    row = Suspension.objects.not_ended().filter(organisation=organisation).first()
    if row is None:
        raise InvalidTransition(_("%(name)s is not suspended.") % {"name": organisation})
    with transaction.atomic():
        guarded_update(
            row,
            expect={"valid_until": None},
            set={"valid_until": max(on, row.valid_from)},
            actor=actor,
        )
        record_act(
            organisation=organisation, kind=ActKind.REINSTATED, effective_on=on, actor=actor,
            reason=note, facts={"reason": row.reason},
        )  # fmt: skip
        announce(organisation, "reinstate", on, actor)
    return row
