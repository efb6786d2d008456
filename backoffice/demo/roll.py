"""Demo data of the kernel and the roll: issuer, staff, organisations, contacts, duties."""

from __future__ import annotations

import csv
import gzip
from datetime import date, timedelta
from pathlib import Path

from django.contrib.auth.models import Group

from backoffice.core.actor import Actor
from backoffice.core.errors import Unreadable
from backoffice.core.models import BankAccount, Issuer, User
from backoffice.core.surfaces import DemoContext
from backoffice.demo.words import BODIES, FAMILY, GIVEN, PASSWORD, PLACES, STAFF
from contacts.enums import BusinessStatus, IdentifierKind
from contacts.models import (
    Contact,
    Identifier,
    MemberType,
    Organisation,
    OrganisationAddress,
    Repository,
    RoleType,
)
from contacts.services import duties, endings, membership, people, records, suspension

START = date(2021, 1, 1)


def staff_address(group: str) -> str:
    return f"{group.split()[0]}@rollcall.example"


def load_house(context: DemoContext) -> None:
    """Issuer and one login a staff group."""
    issuer, _created = Issuer.objects.get_or_create(
        valid_from=START,
        defaults={
            "legal_name": "Meridian Identifier Agency e. V.", "short_name": "Meridian",
            "street": "Ankerplatz 7", "post_code": "30167", "city": "Hannover", "country": "DE",
            "register_entry": "VR 20 4711, Amtsgericht Hannover", "tax_number": "25/206/30171",
            "vat_id": "DE136695976", "email": "office@rollcall.example",
            "billing_email": "billing@rollcall.example",
            "privacy_email": "privacy@rollcall.example", "phone": "+49 511 5550 100",
            "website": "https://meridian.example", "currency": "EUR",
            "privacy_notice_url": "https://meridian.example/privacy",
        },
    )  # fmt: skip
    BankAccount.objects.get_or_create(
        issuer=issuer, iban="DE89370400440532013000",
        defaults={"label": "Musterbank", "holder": issuer.legal_name, "bic": "COBADEFFXXX"},
    )  # fmt: skip
    for group, name in STAFF:
        user = User.objects.filter(email=staff_address(group)).first()
        if user is None:
            user = User.objects.create_user(
                staff_address(group), PASSWORD, name=name, is_staff=True
            )
        user.groups.set(Group.objects.filter(name=group))


def _names(context: DemoContext) -> list[tuple[str, str, str]]:
    """(name, country, type) of N organisations: invented, or from a ROR-format file."""
    if context.source:
        return _names_from(Path(context.source), context.organisations)
    invented = [
        (f"{place} {body}", country, kind) for body, kind in BODIES for place, country in PLACES
    ]
    chosen = invented[: min(context.organisations, len(invented))]
    extra = context.organisations - len(chosen)
    for number in range(max(0, extra)):
        place, country = PLACES[number % len(PLACES)]
        body, kind = BODIES[number % len(BODIES)]
        chosen.append((f"{place} {body} {number // len(PLACES) + 2}", country, kind))
    return chosen


def _names_from(path: Path, limit: int) -> list[tuple[str, str, str]]:
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8", newline="") as handle:
            rows = csv.DictReader(handle)
            return [
                (row["name"], row.get("country_code", ""), "")
                for _index, row in zip(range(limit), rows, strict=False)
            ]
    except (OSError, KeyError) as error:
        raise Unreadable(f"{path} is not a ROR-format CSV that can be read.") from error


def symbol(number: int) -> str:
    """A, B, … as letters: AAAA, AAAB, …"""
    letters = ""
    for _place in range(4):
        letters = chr(65 + number % 26) + letters
        number //= 26
    return f"D{letters}"


def load_roll(context: DemoContext) -> None:
    """Organisations with consortia of several sizes, duties with a few gaps, repositories."""
    if Organisation.objects.filter(source="demo").exists():
        return
    types = {row.code: row for row in MemberType.objects.all()}
    roles = list(RoleType.objects.filter(optional=False))
    lead: Organisation | None = None
    below = 0
    for number, (name, country, kind) in enumerate(_names(context)):
        organisation = _organisation(number, name, country, kind, context)
        code, joined = "direct_member", START + timedelta(days=31 * (number % 48))
        if "direct_member" not in types:
            code = "member"
        elif number % 18 == 0:
            code, lead, below = "consortium", organisation, 0
        elif lead is not None and below < 8 and number % 3 != 2:
            code, below = "consortium_organization", below + 1
        elif number % 29 == 28:
            code = "member_only"
        joined = max(joined, START) if code != "consortium" else START
        membership.start_membership(
            organisation=organisation, member_type=types[code], on=joined, actor=context.actor,
            lead=lead if types[code].led_by else None,
        )  # fmt: skip
        _duties(organisation, number, types[code], roles, joined, context)
    _stories(context)


def _organisation(number, name, country, kind, context: DemoContext) -> Organisation:
    profit = kind == "publisher" or number % 41 == 40
    organisation = Organisation.objects.create(
        name=name, country=country, organisation_type=kind, focus_area="general", source="demo",
        for_profit=profit, annual_revenue=3_000_000 + number * 50_000 if profit else None,
        website=f"https://www.org{number}.example.org", doi_estimate=(number * 37) % 4_000,
        business_status=_tax_status(number),
        business_evidence_on=START, language="de" if country in ("DE", "AT") else "en-gb",
    )  # fmt: skip
    Identifier.objects.create(
        organisation=organisation, kind=IdentifierKind.SYMBOL, value=symbol(number)
    )
    place = name.split(" ")[0]
    OrganisationAddress.objects.create(
        organisation=organisation, kind="billing", recipient=name, department="Finance",
        street=f"{number % 90 + 1} Example Street", post_code=f"{10000 + number}", city=place,
        country=country, state_code="CA" if country == "US" else "",
    )  # fmt: skip
    Repository.objects.create(
        organisation=organisation, symbol=f"{symbol(number)}.MAIN", name=f"{name} Repository",
        url=f"https://data.org{number}.example.org",
    )  # fmt: skip
    return organisation


def _tax_status(number: int) -> str:
    """Businesses in other EU states need a VAT id; a few lack it, so that the run parks them."""
    return BusinessStatus.BUSINESS if number % 3 else BusinessStatus.NOT_BUSINESS


def _person(number: int, turn: int, organisation: Organisation, context: DemoContext) -> Contact:
    # 30 and 25 names in step give 150 different people before one repeats.
    given = GIVEN[(number + turn * 13) % len(GIVEN)]
    family = FAMILY[(number + turn * 9) % len(FAMILY)]
    local = f"{given}.{family}".lower().replace("ë", "e")
    return people.create_contact(
        address=f"{local}.{number}.{turn}@org{number}.example.org", given_name=given,
        family_name=family, on=START, actor=context.actor, source="demo",
        language=organisation.language,
    )  # fmt: skip


def _duties(organisation, number, member_type, roles, joined, context: DemoContext) -> None:
    """Two people share the duties; every eleventh member lacks one."""
    staff = [_person(number, turn, organisation, context) for turn in range(2)]
    if not member_type.billed:
        roles = [role for role in roles if not role.votes and not role.bills]
    for position, role in enumerate(roles):
        if number % 11 == 10 and position == number % max(1, len(roles)):
            continue
        duties.assign_duty(
            organisation=organisation, contact=staff[position % 2], role_type=role, on=joined,
            actor=context.actor, source="demo",
        )  # fmt: skip


def _stories(context: DemoContext) -> None:
    """A few lived lives: a suspension, a resignation, a note, a task."""
    members = list(
        Organisation.objects.filter(
            source="demo", memberships__member_type__leads=False,
            memberships__member_type__votes=True, memberships__valid_until__isnull=True,
        ).order_by("pk")[:12]
    )  # fmt: skip
    actor = Actor.user(User.objects.get(email=staff_address("membership")))
    if len(members) < 8:
        return
    suspension.suspend(
        organisation=members[3], reason="arrears", on=context.today - timedelta(days=20),
        actor=actor, note="two reminders without answer",
    )  # fmt: skip
    endings.resign(
        organisation=members[5], notice_on=context.today - timedelta(days=40), actor=actor
    )
    records.add_note(
        organisation=members[0], actor=actor,
        text="Asked whether a second technical contact can be named. They will answer in spring.",
    )  # fmt: skip
    records.open_follow_up(
        code="", about="", organisation=members[1], actor=actor,
        title="Send the new agreement text", due_on=context.today + timedelta(days=9),
    )  # fmt: skip
