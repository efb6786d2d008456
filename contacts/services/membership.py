"""Periods of membership and links to a lead: dated rows, each act in the register with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.dates import add_months
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import ActKind, EndReason, LinkKind
from contacts.models import Membership, MemberType, Organisation, OrganisationLink
from contacts.services.acts import announce, record_act
from contacts.services.records import open_follow_up


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
        record_act(
            organisation=organisation, kind=ActKind.STARTED, effective_on=on, actor=actor,
            facts={"member_type": member_type.code, "lead": lead.pk if lead else None},
        )  # fmt: skip
        announce(organisation, "start", on, actor)
    return period


def end_membership(
    *,
    organisation: Organisation,
    on: date,
    reason: str,
    actor: Actor,
    notice_on: date | None = None,
    note: str = "",
    kind: str = ActKind.ENDED,
    facts: Mapping[str, Any] | None = None,
) -> Membership:
    """Ends the membership on ``on`` (exclusive: the first day without it), and its links.

    An end that lies later is brought forward. ``kind`` is the act as it stands in the register,
    ``note`` its reason in words. Repositories that are still there become a task.

    Raises: InvalidTransition when no period is open then; RuleBroken for a lead that still has others
    below it.
    """
    periods = running_periods(organisation, on=on)
    if not periods:
        raise InvalidTransition(_("%(name)s has no open membership.") % {"name": organisation})
    below = OrganisationLink.objects.open(on=on).filter(lead=organisation)
    if below.exists():
        raise RuleBroken(
            _("%(n)s organisations stand below %(name)s; move them first.")
            % {"n": below.count(), "name": organisation},
            code="lead_has_organisations",
        )
    with transaction.atomic():
        for period in periods:
            guarded_update(
                period,
                expect={"valid_until": period.valid_until},
                set={
                    "valid_until": max(on, period.valid_from),
                    "end_reason": EndReason(reason),
                    "notice_on": notice_on,
                },
                actor=actor,
            )
        end_links(running_links(organisation, on=on), on=on, actor=actor)
        record_act(
            organisation=organisation, kind=kind, effective_on=on, decided_on=notice_on,
            reason=note, actor=actor, facts={"reason": str(EndReason(reason)), **(facts or {})},
        )  # fmt: skip
        _ask_about_repositories(organisation, on, actor)
        announce(organisation, "end", on, actor)
    return periods[0]


def running_periods(organisation: Organisation, *, on: date) -> list[Membership]:
    """Periods that have no end, or one after ``on``; the one that is running first."""
    later = Q(valid_until__isnull=True) | Q(valid_until__gt=on)
    rows = Membership.objects.filter(later, organisation=organisation)
    return list(rows.select_related("member_type").order_by("valid_from"))


def _ask_about_repositories(organisation: Organisation, on: date, actor: Actor) -> None:
    if organisation.repositories.filter(active=True).exists():
        open_follow_up(
            code="repositories_left", title=_("Repositories: find the member who takes them over"),
            about=f"contacts.organisation:{organisation.pk}", organisation=organisation, due_on=on,
            actor=actor,
        )  # fmt: skip


def resignation_date(notice_on: date, *, months: int) -> date:
    """First day without membership for a notice received on ``notice_on``.

    Source: DataCite Direct Member Agreement (2021): two months before 31 December, i.e. by 31
    October; later notices take effect a year later.
    """
    end = date(notice_on.year + 1, 1, 1)
    latest = add_months(end, -months)
    return end if notice_on < latest else date(notice_on.year + 2, 1, 1)


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


def running_links(organisation: Organisation, *, on: date) -> list[OrganisationLink]:
    """Links to a lead that have no end, or one after ``on``."""
    later = Q(valid_until__isnull=True) | Q(valid_until__gt=on)
    return list(OrganisationLink.objects.filter(later, organisation=organisation))


def end_links(links: list[OrganisationLink], *, on: date, actor: Actor) -> None:
    """Ends exactly these links on ``on`` (exclusive). Raises: InvalidTransition when one of them has
    changed since it was read."""
    for link in links:
        guarded_update(
            link,
            expect={"valid_until": link.valid_until},
            set={"valid_until": max(on, link.valid_from)},
            actor=actor,
        )
