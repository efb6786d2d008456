"""Duties: who does what for an organisation, dated. Changed by ending one row and starting another."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from contacts.duty_rules import distinct_missing, sits_inside
from contacts.enums import ContactKind, DutyRuleKind
from contacts.models import (
    Contact,
    DutyRule,
    Membership,
    Organisation,
    RoleAssignment,
    RoleType,
)
from contacts.services.records import open_follow_up


def assign_duty(
    *,
    organisation: Organisation,
    contact: Contact,
    role_type: RoleType,
    on: date,
    actor: Actor,
    order: int = 1,
    take_over: bool = False,
    source: str = "",
    asked_on: date | None = None,
    agreed_on: date | None = None,
) -> RoleAssignment:
    """Gives the duty to the contact from ``on``.

    ``take_over`` must be said when somebody else holds it: the old row gets its end date and the
    act is in the audit log; without it the duty is refused.

    Raises: RuleBroken when a rule of the agency forbids it or the duty is held by another.
    """
    check_duty_rules(organisation=organisation, contact=contact, role_type=role_type, on=on)
    check_distinct(organisation=organisation, contact=contact, role_type=role_type, order=order)
    exclusive = DutyRule.objects.filter(
        kind=DutyRuleKind.ONE_ORGANISATION, role_type=role_type
    ).exists()
    with transaction.atomic():
        held = (
            RoleAssignment.objects.not_ended()
            .filter(organisation=organisation, role_type=role_type, order=order)
            .first()
        )
        if held and held.contact_id == contact.pk:
            return held
        if held and not take_over:
            raise RuleBroken(
                f"{role_type} {order} of {organisation} is held by somebody else; "
                "take the duty over explicitly.",
                code="duty_held",
            )
        if held:
            end_duty(assignment=held, on=on, actor=actor, reason="taken_over")
        fresh = RoleAssignment(
            organisation=organisation,
            contact=contact,
            role_type=role_type,
            order=order,
            valid_from=on,
            source=source,
            asked_on=asked_on,
            agreed_on=agreed_on,
            exclusive=exclusive,
        )
        fresh._history_user = actor_user(actor)  # type: ignore[attr-defined]
        _save_or_explain(fresh)
        audit.record(
            f"organisation:{organisation.pk}",
            "take_over_duty" if held else "assign_duty",
            actor=actor,
            subject=fresh,
            facts={"role": role_type.code, "order": order, "on": on,
                   "before": held.pk if held else None},
        )  # fmt: skip
    return fresh


def _save_or_explain(duty: RoleAssignment) -> None:
    try:
        with transaction.atomic():
            duty.save()
    except IntegrityError as error:
        raise RuleBroken(
            f"{duty.role_type} {duty.order} was given to somebody else at the same moment, or the "
            "person holds this duty for another organisation.",
            code="duty_held",
        ) from error


def check_duty_rules(
    *, organisation: Organisation, contact: Contact, role_type: RoleType, on: date
) -> None:
    """Raises: RuleBroken with the rule in words."""
    if role_type.person_required and contact.kind != ContactKind.PERSON:
        raise RuleBroken(f"{role_type} must be a person, not a role mailbox.", code="duty_person")
    kinds = set(DutyRule.objects.filter(role_type=role_type).values_list("kind", flat=True))
    if DutyRuleKind.ONE_ORGANISATION in kinds:
        other = (
            RoleAssignment.objects.not_ended()
            .filter(contact=contact, role_type=role_type)
            .exclude(organisation=organisation)
        )
        if other.exists():
            raise RuleBroken(
                f"The holder of “{role_type}” serves one member only and already serves another.",
                code="duty_one_organisation",
            )
    if DutyRuleKind.INSIDE in kinds and not belongs_inside(organisation, contact):
        raise RuleBroken(
            f"The holder of “{role_type}” must sit inside the organisation: the address has another "
            "domain than its web site and its other contacts.",
            code="duty_inside",
        )


def belongs_inside(organisation: Organisation, contact: Contact) -> bool:
    """Whether the contact's address shares a domain with the organisation's site or group address."""
    addresses = contact.addresses.filter(valid_until__isnull=True, address__isnull=False)
    return sits_inside(
        [row.address for row in addresses],  # type: ignore[misc]
        website=organisation.website,
        group_email=organisation.group_email,
    )


def check_distinct(
    *, organisation: Organisation, contact: Contact, role_type: RoleType, order: int
) -> None:
    """The agency wants so many different people over several duties (Crossref: three over five).

    Raises: RuleBroken when this holder would make that impossible, however the rest is filled.
    """
    if order != 1:
        return
    rules = DutyRule.objects.filter(kind=DutyRuleKind.DISTINCT)
    for rule in rules:
        roles = rule.parameter.get("roles", [])
        if role_type.code not in roles:
            continue
        held = RoleAssignment.objects.not_ended().filter(
            organisation=organisation, order=1, role_type__code__in=roles
        )
        holders = {code: str(pk) for code, pk in held.values_list("role_type__code", "contact_id")}
        holders[role_type.code] = str(contact.pk)
        needed = rule.parameter.get("addresses", 1)
        if distinct_missing(holders, roles=roles, needed=needed):
            raise RuleBroken(
                _("At least %(n)s different addresses must cover the duties of %(organisation)s.")
                % {"n": needed, "organisation": organisation},
                code="duty_distinct",
            )


def end_duty(
    *, assignment: RoleAssignment, on: date, actor: Actor, reason: str = "ended"
) -> RoleAssignment:
    """Ends the duty on ``on`` (exclusive). Raises: InvalidTransition when it has ended already."""
    with transaction.atomic():
        guarded_update(
            assignment,
            expect={"valid_until": None},
            set={"valid_until": max(on, assignment.valid_from), "end_reason": reason},
            actor=actor,
        )
        audit.record(
            f"organisation:{assignment.organisation_id}",
            "end_duty",
            actor=actor,
            subject=assignment,
            facts={"role": assignment.role_type.code, "order": assignment.order, "on": on,
                   "reason": reason},
        )  # fmt: skip
    return assignment


def mark_unreachable(
    *, assignment: RoleAssignment, reason: str, on: date, actor: Actor
) -> RoleAssignment:
    """Mail to the holder does not arrive any more: the duty shows it and a task is opened.

    ``reason``: unsubscribed, bounced, complained, on_hold.
    """
    if assignment.unreachable_since or assignment.valid_until:
        return assignment
    with transaction.atomic():
        guarded_update(
            assignment,
            expect={"valid_until": None, "unreachable_since": None},
            set={"unreachable_since": on, "unreachable_reason": reason},
            actor=actor,
        )
        open_follow_up(
            code="name_another_contact",
            title=f"{assignment.role_type}: ask for another contact",
            about=f"contacts.roleassignment:{assignment.pk}",
            organisation=assignment.organisation,
            due_on=None,
            actor=actor,
        )
        audit.record(
            f"organisation:{assignment.organisation_id}",
            "duty_unreachable",
            actor=actor,
            subject=assignment,
            facts={"reason": reason},
        )
    return assignment


def required_roles(organisation: Organisation, *, on: date) -> list[RoleType]:
    """Role types that the organisation's member type must fill on that day."""
    period = (
        Membership.objects.open(on=on)
        .filter(organisation=organisation)
        .select_related("member_type")
        .first()
    )
    if period is None:
        return []
    return list(
        RoleType.objects.filter(
            rules__kind=DutyRuleKind.REQUIRED, rules__member_type=period.member_type
        ).distinct()
    )
