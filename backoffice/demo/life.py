"""Demo data of the roll at work: applications, a hand-over, a round of confirmations, look-alikes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.surfaces import DemoContext
from backoffice.demo.roll import staff_address
from contacts.models import (
    ContactConfirmation,
    Identifier,
    MembershipApplication,
    MemberType,
    Organisation,
    RoleAssignment,
    RoleType,
)
from contacts.services import (
    agreements,
    applications,
    confirmation,
    duplicate_finder,
    handover,
    rounds,
)

FORM = Actor.link("application_form")
# (organisation, country, city, given name, family name, how far: applied, reviewed, signed)
APPLICANTS = (
    ("Tidewater College of Art", "IE", "Galway", "Nuala", "Farrell", "applied"),
    ("Observatory of the High Fells", "NO", "Tromsø", "Eirik", "Sandvik", "reviewed"),
    ("Press of the Lower Danube", "RO", "Galați", "Ilinca", "Moraru", "signed"),
)


def load_life(context: DemoContext) -> None:
    if MembershipApplication.objects.exists():
        return
    staff = Actor.user(User.objects.get(email=staff_address("membership")))
    at = dates.now()
    for row in APPLICANTS:
        _apply(*row, context=context, staff=staff, at=at)
    _hand_over(context, staff, at)
    _round(context, staff, at)
    _look_alikes(context)


def _apply(
    name: str, country: str, city: str, given: str, family: str, far: str, *,
    context: DemoContext, staff: Actor, at: datetime,
) -> None:  # fmt: skip
    host = name.rpartition(" ")[2].lower() + ".example.org"
    mail = f"{given}.{family}@{host}".lower()
    kind = MemberType.objects.filter(billed=True, led_by="", votes=True, leads=False).first()
    if kind is None:
        return
    fields: dict[str, Any] = {
        "organisation_name": name, "country": country, "city": city, "street": "Quay 3",
        "post_code": "1001", "website": f"https://www.{host}", "member_type": kind,
        "applicant_given_name": given, "applicant_family_name": family, "applicant_email": mail,
        "doi_estimate": 300, "annual_revenue": 400_000,
    }  # fmt: skip
    application = applications.submit_application(
        fields=fields, actor=FORM, at=at,
        contacts=[{"roles": _required(), "given_name": given, "family_name": family, "email": mail}],
    )  # fmt: skip
    applications.confirm_application(
        token=applications.application_token(application), actor=FORM, at=at
    )
    application.refresh_from_db()
    if far == "applied":
        return
    found = {"sanctions_checked_on": context.today, "duplicates_note": "none found"}
    applications.review_application(application=application, fields=found, actor=staff)
    if far == "signed":
        _sign(application, context, staff, at)


def _required() -> list[str]:
    return list(RoleType.objects.filter(optional=False).values_list("code", flat=True))


def _sign(application, context: DemoContext, staff: Actor, at: datetime) -> None:
    day = context.today
    applications.approve_application(application=application, on=day, actor=staff)
    made = application.organisation
    assert made is not None
    made.source = "demo"  # only demo data may be there when the loader runs again
    made.save()
    agreements.send_agreement(application=application, on=day, actor=staff)
    agreements.sign_agreement(
        token=agreements.signing_token(application), name="Ilinca Moraru", position="Director",
        sha256=application.agreement_sha256, actor=FORM, at=at, on=day,
    )  # fmt: skip


def _hand_over(context: DemoContext, staff: Actor, at: datetime) -> None:
    """One question that was answered and waits for approval."""
    duty = (
        RoleAssignment.objects.open(on=context.today)
        .filter(role_type__optional=False, order=1, organisation__source="demo")
        .select_related("organisation", "role_type")
        .order_by("-pk")
        .first()
    )
    if duty is None:
        return
    asked = handover.ask_handover(
        organisation=duty.organisation, role_type=duty.role_type, on=context.today, actor=staff
    )
    handover.answer_handover(
        token=handover.handover_token(asked), given_name="Solveig", family_name="Thorsen",
        email="solveig.thorsen@successor.example.org", at=at, on=context.today,
    )  # fmt: skip


def _round(context: DemoContext, staff: Actor, at: datetime) -> None:
    """This year's confirmation, started twelve days ago: most have answered, two with changes."""
    day = context.today - timedelta(days=12)
    current = rounds.start_round(
        year=context.today.year, closes_on=context.today + timedelta(days=30), on=day, actor=staff
    )
    rounds.ask_members(round_id=current.pk, on=day, at=at, actor=staff)
    rows = ContactConfirmation.objects.filter(round=current).order_by("pk")
    for number, row in enumerate(rows):
        if number % 3 == 2:
            continue
        changes = [_change(row, number)] if number in (4, 10) else []
        confirmation.answer(
            token=rounds.confirmation_token(row), changes=[c for c in changes if c], at=at,
            on=context.today,
        )  # fmt: skip


def _change(row: ContactConfirmation, number: int) -> dict[str, Any]:
    line = next((line for line in confirmation.duty_lines(row) if line.holder), None)
    if line is None or line.holder is None:
        return {}
    return {
        "role": line.role.code, "order": line.order, "was": line.holder.pk, "what": "other",
        "given_name": "Marek", "family_name": "Dvořák",
        "email": f"marek.{number}@successor.example.org",
    }  # fmt: skip


def _look_alikes(context: DemoContext) -> None:
    """A second record of a member, as an import would have made it, for the duplicate desk."""
    first = Organisation.objects.filter(source="demo").order_by("pk").first()
    if first is None:
        return
    twin = Organisation.objects.create(
        name=first.name.replace("University", "Univ."), country=first.country, source="demo",
        website=first.website + "/en/",
    )  # fmt: skip
    Identifier.objects.create(organisation=twin, kind="ror", value="https://ror.org/05dxps055")
    duplicate_finder.find_duplicates(on=context.today, actor=context.actor)
