"""Legal acts of membership. Each is dated, has an actor and a reason, and is in the audit log."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from backoffice.core.actor import Actor
from backoffice.core.dates import add_months
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import EndReason, LinkKind, SuspensionReason
from contacts.models import (
    Agency,
    Membership,
    MemberType,
    Organisation,
    OrganisationLink,
    Suspension,
)
from contacts.registry import MEMBERSHIP_EVENTS


def _announce(organisation: Organisation, act: str, on: date, actor: Actor) -> None:
    for _name, tell in MEMBERSHIP_EVENTS:
        tell(organisation.pk, act, on, actor)


def start_membership(
    *,
    organisation: Organisation,
    member_type: MemberType,
    on: date,
    actor: Actor,
    lead: Organisation | None = None,
    source: str = "",
) -> Membership:
    """Opens a period from ``on`` (inclusive), with the link to its lead where the type needs one.

    Raises: RuleBroken when a period is open already or the lead is missing or cannot lead.
    """
    if member_type.led_by and lead is None:
        raise RuleBroken(f"{member_type} stands below a {member_type.led_by}: name the lead.")
    with transaction.atomic():
        period = Membership(
            organisation=organisation, member_type=member_type, valid_from=on, source=source
        )
        period._history_user = actor_user(actor)  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                period.save()
        except IntegrityError as error:
            raise RuleBroken(
                f"{organisation} has an open membership already; end it first.",
                code="membership_open",
            ) from error
        if lead is not None and member_type.led_by:
            link_to_lead(
                organisation=organisation, lead=lead, kind=member_type.led_by, on=on, actor=actor
            )
        audit.record(
            f"organisation:{organisation.pk}",
            "start_membership",
            actor=actor,
            subject=period,
            facts={"member_type": member_type.code, "on": on},
        )
        _announce(organisation, "start", on, actor)
    return period


def end_membership(
    *,
    organisation: Organisation,
    on: date,
    reason: str,
    actor: Actor,
    notice_on: date | None = None,
) -> Membership:
    """Ends the open period on ``on`` (exclusive: the first day without membership), and its links.

    Raises: InvalidTransition when no period is open; RuleBroken for a lead that still has others
    below it.
    """
    period = Membership.objects.not_ended().filter(organisation=organisation).first()
    if period is None:
        raise InvalidTransition(f"{organisation} has no open membership.")
    below = OrganisationLink.objects.open(on=on).filter(lead=organisation)
    if below.exists():
        raise RuleBroken(
            f"{below.count()} organisations stand below {organisation}; move them first.",
            code="lead_has_organisations",
        )
    with transaction.atomic():
        guarded_update(
            period,
            expect={"valid_until": None},
            set={
                "valid_until": max(on, period.valid_from),
                "end_reason": EndReason(reason),
                "notice_on": notice_on,
            },
            actor=actor,
        )
        for link in OrganisationLink.objects.not_ended().filter(organisation=organisation):
            _end_link(link, on=on, actor=actor)
        audit.record(
            f"organisation:{organisation.pk}",
            "end_membership",
            actor=actor,
            subject=period,
            facts={"reason": reason, "on": on, "notice_on": notice_on},
        )
        _announce(organisation, "end", on, actor)
    return period


def resignation_date(notice_on: date, *, months: int) -> date:
    """First day without membership for a notice received on ``notice_on``.

    Source: DataCite Direct Member Agreement (2021): two months before 31 December, i.e. by 31
    October; later notices take effect a year later.
    """
    end = date(notice_on.year + 1, 1, 1)
    latest = add_months(end, -months)
    return end if notice_on < latest else date(notice_on.year + 2, 1, 1)


def resign(*, organisation: Organisation, notice_on: date, actor: Actor) -> Membership:
    """The member gives notice; the end follows from the agency's rule."""
    months = Agency.objects.get().notice_months
    return end_membership(
        organisation=organisation,
        on=resignation_date(notice_on, months=months),
        reason=EndReason.RESIGNED,
        notice_on=notice_on,
        actor=actor,
    )


def link_to_lead(
    *, organisation: Organisation, lead: Organisation, kind: str, on: date, actor: Actor
) -> OrganisationLink:
    """Puts the organisation below a lead from ``on``.

    Raises: RuleBroken when it has a lead already, or the lead's member type does not lead.
    """
    if not (
        Membership.objects.open(on=on).filter(organisation=lead, member_type__leads=True).exists()
    ):
        raise RuleBroken(f"{lead} does not lead a consortium on {on:%Y-%m-%d}.", code="not_a_lead")
    link = OrganisationLink(
        organisation=organisation, lead=lead, kind=LinkKind(kind), valid_from=on
    )
    link._history_user = actor_user(actor)  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError as error:
        raise RuleBroken(
            f"{organisation} stands below a lead already.", code="link_open"
        ) from error
    audit.record(
        f"organisation:{organisation.pk}",
        "link_to_lead",
        actor=actor,
        subject=link,
        facts={"lead": lead.pk, "kind": kind, "on": on},
    )
    return link


def _end_link(link: OrganisationLink, *, on: date, actor: Actor) -> None:
    guarded_update(
        link,
        expect={"valid_until": None},
        set={"valid_until": max(on, link.valid_from)},
        actor=actor,
    )


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
        raise RuleBroken(f"{organisation} is not a member on {on:%Y-%m-%d}.", code="not_a_member")
    row = Suspension(
        organisation=organisation,
        reason=SuspensionReason(reason),
        valid_from=on,
        note=note,
        flows_down=flows_down,
    )
    row._history_user = actor_user(actor)  # type: ignore[attr-defined]
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise RuleBroken(
                f"{organisation} is suspended already.", code="already_suspended"
            ) from error
        audit.record(
            f"organisation:{organisation.pk}",
            "suspend",
            actor=actor,
            subject=row,
            facts={"reason": reason, "on": on},
        )
        _announce(organisation, "suspend", on, actor)
    return row


def reinstate(*, organisation: Organisation, on: date, actor: Actor) -> Suspension:
    """Lifts the open suspension. Raises: InvalidTransition when there is none."""
    row = Suspension.objects.not_ended().filter(organisation=organisation).first()
    if row is None:
        raise InvalidTransition(f"{organisation} is not suspended.")
    with transaction.atomic():
        guarded_update(
            row,
            expect={"valid_until": None},
            set={"valid_until": max(on, row.valid_from)},
            actor=actor,
        )
        audit.record(
            f"organisation:{organisation.pk}", "reinstate", actor=actor, subject=row,
            facts={"on": on},
        )  # fmt: skip
        _announce(organisation, "reinstate", on, actor)
    return row


def move_member(
    *,
    organisation: Organisation,
    on: date,
    actor: Actor,
    member_type: MemberType | None = None,
    lead: Organisation | None = None,
) -> Membership:
    """One dated act: to another consortium, into one, or out of one.

    The old period (if the type changes) and the old link end on ``on``; the new ones start then.

    Raises: RuleBroken, InvalidTransition; nothing is written then.
    """
    period = (
        Membership.objects.not_ended()
        .filter(organisation=organisation)
        .select_related("member_type")
        .first()
    )
    if period is None:
        raise InvalidTransition(f"{organisation} has no open membership.")
    target = member_type or period.member_type
    if target.led_by and lead is None:
        raise RuleBroken(f"{target} stands below a {target.led_by}: name the lead.")
    with transaction.atomic():
        for link in OrganisationLink.objects.not_ended().filter(organisation=organisation):
            _end_link(link, on=on, actor=actor)
        if target.pk != period.member_type_id:
            guarded_update(
                period,
                expect={"valid_until": None},
                set={"valid_until": max(on, period.valid_from), "end_reason": EndReason.MOVED},
                actor=actor,
            )
            period = Membership(organisation=organisation, member_type=target, valid_from=on)
            period._history_user = actor_user(actor)  # type: ignore[attr-defined]
            period.save()
        if lead is not None and target.led_by:
            link_to_lead(
                organisation=organisation, lead=lead, kind=target.led_by, on=on, actor=actor
            )
        audit.record(
            f"organisation:{organisation.pk}",
            "move_member",
            actor=actor,
            subject=period,
            facts={"member_type": target.code, "lead": lead.pk if lead else None, "on": on},
        )
        _announce(organisation, "move", on, actor)
    return period
