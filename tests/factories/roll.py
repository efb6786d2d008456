"""A standing cast for tests: an agency, its staff, members with people."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import Group

from backoffice.core.actor import Actor
from backoffice.core.models import Issuer, User
from backoffice.presets import load_groups
from contacts.models import Contact, MemberType, Organisation, RoleType
from contacts.services import duties, membership, people
from contacts.services.presets import load_preset

DAY = date(2026, 11, 20)
SINCE = date(2024, 1, 1)
STAFF = Actor.process("test")


def agency(preset: str = "datacite") -> None:
    """Preset, groups and issuer."""
    load_groups(preset, STAFF, DAY)
    load_preset(preset, STAFF, DAY)
    Issuer.objects.create(
        valid_from=date(2010, 1, 1), legal_name="Test Agency e. V.", short_name="Test Agency",
        street="Street 1", post_code="30167", city="Hannover", country="DE", currency="EUR",
        email="office@agency.example.org", website="https://agency.example.org",
        vat_id="DE136695976", tax_number="25/206/12345", register_entry="VR 1",
    )  # fmt: skip


def staff(group: str, email: str = "") -> User:
    """A login in one of the staff groups; agency() first."""
    user = User.objects.create_user(
        email or f"{group.split()[0]}@agency.example.org", "test-password", name=group.title(),
        is_staff=True,
    )  # fmt: skip
    user.groups.set(Group.objects.filter(name=group))
    return user


def member(
    name: str, *, country: str = "DE", kind: str = "direct_member", lead: Organisation | None = None,
    since: date = SINCE, **fields,
) -> Organisation:  # fmt: skip
    made = Organisation.objects.create(name=name, country=country, **fields)
    membership.start_membership(
        organisation=made, member_type=MemberType.objects.get(code=kind), on=since, actor=STAFF,
        lead=lead,
    )  # fmt: skip
    return made


def person(address: str, given: str = "", family: str = "", **fields) -> Contact:
    return people.create_contact(
        address=address, given_name=given, family_name=family, on=SINCE, actor=STAFF, **fields
    )


def duty(organisation: Organisation, contact: Contact, code: str, order: int = 1):
    return duties.assign_duty(
        organisation=organisation, contact=contact, role_type=RoleType.objects.get(code=code),
        on=SINCE, order=order, actor=STAFF,
    )  # fmt: skip
