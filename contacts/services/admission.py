"""From an approved application to the record of the organisation, its people and their duties."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.dates import add_months
from backoffice.core.errors import RollcallError, RuleBroken
from backoffice.core.transitions import actor_user
from contacts.enums import AddressKind, BusinessStatus, IdentifierKind
from contacts.identifiers import check_identifier
from contacts.models import (
    Agency,
    Contact,
    Identifier,
    MembershipApplication,
    Organisation,
    OrganisationAddress,
    RoleType,
)
from contacts.services.duties import assign_duty
from contacts.services.people import create_contact, find_contact
from contacts.services.records import add_note


def first_start(applied_on: date, *, wished: date, after_days: int, on_first: bool) -> date:
    """The first day of membership: the wished day, or the first one that the agency's rule allows.

    Source: DataCite Direct Member Agreement (2021): the first of a month, more than 30 days after
    the application.
    """
    day = wished
    if after_days:
        day = max(day, applied_on + timedelta(days=after_days + 1))
    if on_first and day.day != 1:
        day = add_months(day.replace(day=1), 1)
    return day


def earliest_start(application: MembershipApplication, *, wished: date) -> date:
    """The start of this application's membership by the rule of the agency."""
    agency = Agency.objects.get()
    return first_start(
        timezone.localdate(application.applied_at),
        wished=wished,
        after_days=agency.start_after_days,
        on_first=agency.starts_on_first,
    )


def admit_organisation(
    *,
    application: MembershipApplication,
    on: date,
    actor: Actor,
    existing: Organisation | None = None,
) -> Organisation:
    """The organisation with identifiers, addresses, contacts and duties; no membership.

    A known address keeps its contact and its name. On an existing record nothing is overwritten.

    Raises: RuleBroken (an address that may not be entered, a rule about duties, an identifier that
    another organisation has).
    """
    with transaction.atomic():
        organisation = existing or _new_organisation(application, actor)
        _identifiers(organisation, application, actor)
        _addresses(organisation, application, actor)
        for entry in application.contacts:
            _duties_of(organisation, entry, application, on, actor)
    return organisation


def _new_organisation(application: MembershipApplication, actor: Actor) -> Organisation:
    parent = None
    if application.parent_name:
        found = list(
            Organisation.objects.current().filter(name__iexact=application.parent_name)[:2]
        )
        parent = found[0] if len(found) == 1 else None
    organisation = Organisation(
        name=application.organisation_name,
        country=application.country,
        organisation_type=application.organisation_type,
        website=application.website,
        for_profit=application.for_profit,
        annual_revenue=application.annual_revenue,
        doi_estimate=application.doi_estimate,
        language=application.language,
        business_status=BusinessStatus.BUSINESS if application.vat_id else BusinessStatus.UNKNOWN,
        parent=parent,
        source="application",
    )
    organisation._history_user = actor_user(actor)  # type: ignore[attr-defined]
    organisation.save()
    if application.parent_name and parent is None:
        add_note(
            organisation=organisation, actor=actor,
            text=_("Part of, as the application says: %(name)s") % {"name": application.parent_name},
        )  # fmt: skip
    return organisation


def _identifiers(
    organisation: Organisation, application: MembershipApplication, actor: Actor
) -> None:
    for kind, text in (
        (IdentifierKind.ROR, application.ror_id),
        (IdentifierKind.VAT, application.vat_id),
        (IdentifierKind.TAX, application.tax_number),
    ):
        if not text:
            continue
        value = check_identifier(kind, text, country=application.country)
        holder = Identifier.objects.filter(kind=kind, value=value).select_related("organisation")
        taken = holder.first()
        if taken is None:
            Identifier.objects.create(organisation=organisation, kind=kind, value=value)
        elif taken.organisation_id != organisation.pk:
            raise RuleBroken(
                _("%(kind)s %(value)s belongs to %(organisation)s already; use that record.")
                % {"kind": taken.get_kind_display(), "value": value,
                   "organisation": taken.organisation},
                code="identifier_taken",
            )  # fmt: skip


def _addresses(
    organisation: Organisation, application: MembershipApplication, actor: Actor
) -> None:
    postal = {
        "street": application.street, "post_code": application.post_code, "city": application.city,
        "state_code": application.state_code, "country": application.country,
    }  # fmt: skip
    for kind, values in (
        (AddressKind.POSTAL, postal),
        (AddressKind.BILLING, application.billing_address or postal),
    ):
        if values.get("city"):
            OrganisationAddress.objects.get_or_create(
                organisation=organisation, kind=kind, defaults=values
            )


def _duties_of(
    organisation: Organisation,
    entry: dict,
    application: MembershipApplication,
    on: date,
    actor: Actor,
) -> None:
    contact = contact_for(
        address=entry["email"], given_name=entry.get("given_name", ""),
        family_name=entry.get("family_name", ""), language=application.language,
        source="application", on=on, actor=actor,
    )  # fmt: skip
    for code in entry.get("roles", []):
        role = RoleType.objects.get(code=code)
        assign_duty(
            organisation=organisation, contact=contact, role_type=role, on=on, actor=actor,
            source="application", take_over=True, agreed_on=on if role.optional else None,
            asked_on=on if role.optional else None,
        )  # fmt: skip


def contact_for(
    *,
    address: str,
    given_name: str,
    family_name: str,
    language: str,
    source: str,
    on: date,
    actor: Actor,
) -> Contact:
    """The contact who holds the address, or a new one; a known person keeps the name on file.

    Raises: RuleBroken for an address whose person asked to be removed.
    """
    known = find_contact(address)
    if known is not None:
        return known
    try:
        return create_contact(
            address=address, given_name=given_name, family_name=family_name, language=language,
            source=source, on=on, actor=actor,
        )  # fmt: skip
    except RollcallError as error:
        raise RuleBroken(
            _("A person who was named cannot be entered: %(why)s") % {"why": error.message},
            code=error.code,
        ) from error
