"""Questions to the roll that other apps ask. Dates are days in the agency's time zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from contacts.enums import ApplicationState, HoldState
from contacts.models import (
    ContactAddress,
    Membership,
    MembershipApplication,
    Organisation,
    OrganisationLink,
    RoleAssignment,
    Suspension,
)
from contacts.querysets import open_on


@dataclass(frozen=True)
class Reachable:
    """A holder of a duty with the address to write to; ``why_not`` is empty when mail may go."""

    organisation_id: int
    contact_id: int
    assignment_id: int
    role_code: str
    order: int
    name: str
    given_name: str
    family_name: str
    address: str
    language: str
    why_not: str = ""
    # Since when mail does not reach the holder, where that is known.
    since: date | None = None


def duty_holders(
    *,
    on: date,
    organisation_ids: Iterable[int] | None = None,
    role_codes: Iterable[str] | None = None,
    votes: bool | None = None,
    bills: bool | None = None,
) -> list[Reachable]:
    """Open duties with the holder's primary address, by organisation, role position and order.

    Includes holders who cannot be reached, with the reason; erased contacts are left out.
    """
    duties = (
        RoleAssignment.objects.open(on=on)
        .filter(contact__erased_at__isnull=True)
        .select_related("contact", "role_type")
        .prefetch_related(
            Prefetch(
                "contact__addresses",
                queryset=ContactAddress.objects.filter(
                    valid_until__isnull=True, primary=True, address__isnull=False
                ),
                to_attr="current_addresses",
            )
        )
        .order_by("organisation_id", "role_type__position", "order")
    )
    if organisation_ids is not None:
        duties = duties.filter(organisation_id__in=list(organisation_ids))
    if role_codes is not None:
        duties = duties.filter(role_type__code__in=list(role_codes))
    if votes is not None:
        duties = duties.filter(role_type__votes=votes)
    if bills is not None:
        duties = duties.filter(role_type__bills=bills)
    return [_reachable(duty) for duty in duties]


def _reachable(duty: RoleAssignment) -> Reachable:
    current = getattr(duty.contact, "current_addresses", [])  # prefetched by the caller
    address = current[0] if current else None
    why_not, since = "", None
    if address is None:
        why_not = "no_address"
    elif duty.contact.restricted_at is not None:
        why_not, since = "restricted", duty.contact.restricted_at.date()
    elif duty.unreachable_since is not None:
        why_not, since = duty.unreachable_reason or "unreachable", duty.unreachable_since
    elif address.hold_state == HoldState.HELD:
        why_not, since = "address_on_hold", address.bounced_on
    return Reachable(
        organisation_id=duty.organisation_id,
        contact_id=duty.contact_id,
        assignment_id=duty.pk,
        role_code=duty.role_type.code,
        order=duty.order,
        name=duty.contact.full_name,
        given_name=duty.contact.given_name,
        family_name=duty.contact.family_name,
        address=address.address if address else "",
        language=duty.contact.language,
        why_not=why_not,
        since=since,
    )


def billing_holders(organisation_id: int, *, on: date) -> list[Reachable]:
    """Whom an invoice may be sent to, holder first, then deputies."""
    return duty_holders(on=on, organisation_ids=[organisation_id], bills=True)


def voting_holders(*, on: date, organisation_ids: Iterable[int] | None = None) -> list[Reachable]:
    """Who may vote for which organisation: order 1 is the voter, the rest are deputies."""
    return duty_holders(on=on, organisation_ids=organisation_ids, votes=True)


def member_types_on(on: date, organisation_ids: Iterable[int] | None = None) -> dict[int, str]:
    """Organisation id → code of its member type on that day."""
    rows = Membership.objects.open(on=on)
    if organisation_ids is not None:
        rows = rows.filter(organisation_id__in=list(organisation_ids))
    return dict(rows.values_list("organisation_id", "member_type__code"))


def leads_on(on: date, *, kind: str = "consortium") -> dict[int, int]:
    """Organisation id → id of the lead of its consortium (or its sponsor) on that day."""
    return dict(
        OrganisationLink.objects.open(on=on)
        .filter(kind=kind)
        .values_list("organisation_id", "lead_id")
    )


def below_lead(lead_id: int, *, on: date, kind: str = "consortium") -> list[int]:
    """Ids of the organisations below a lead on that day."""
    return [org for org, lead in leads_on(on, kind=kind).items() if lead == lead_id]


@dataclass(frozen=True)
class Standing:
    """Computed, never stored. ``code``: none, good, suspended, ended, future."""

    code: str
    member_type: str
    since: date | None
    reason: str = ""


def standing_on(organisation: Organisation, *, on: date) -> Standing:
    """The organisation's standing on that day, with the reason in a word."""
    rows = organisation.memberships.select_related("member_type").order_by("-valid_from")
    # A period that never began (its notice was taken back) says nothing.
    periods = [period for period in rows if period.valid_until != period.valid_from]
    current = next(
        (p for p in periods if p.valid_from <= on and (not p.valid_until or p.valid_until > on)),
        None,
    )
    if current is None:
        if not periods:
            return Standing("none", "", None)
        latest = periods[0]
        if latest.valid_from > on:
            return Standing("future", latest.member_type.label, latest.valid_from)
        return Standing("ended", latest.member_type.label, latest.valid_until, latest.end_reason)
    lead_ids = OrganisationLink.objects.filter(open_on(on), organisation=organisation).values(
        "lead_id"
    )
    own = Suspension.objects.open(on=on).filter(organisation=organisation).first()
    flowing = (
        Suspension.objects.open(on=on).filter(organisation__in=lead_ids, flows_down=True).first()
    )
    suspended = own or flowing
    if suspended:
        reason = suspended.reason if own else f"lead_{suspended.reason}"
        return Standing("suspended", current.member_type.label, suspended.valid_from, reason)
    return Standing("good", current.member_type.label, current.valid_from)


def applicants_before_payment(*, year: int | None = None) -> list[MembershipApplication]:
    """Approved applications for a billed membership that has not started yet, with their
    organisation; those that start in ``year`` only, where it is given."""
    before = (
        ApplicationState.APPROVED, ApplicationState.AGREEMENT_SENT,
        ApplicationState.AGREEMENT_SIGNED, ApplicationState.AWAITING_PAYMENT,
    )  # fmt: skip
    rows = MembershipApplication.objects.filter(
        state__in=before, member_type__billed=True, organisation__isnull=False,
        effective_on__isnull=False,
    ).select_related("organisation", "member_type")  # fmt: skip
    return list(rows.filter(effective_on__year=year) if year else rows)
