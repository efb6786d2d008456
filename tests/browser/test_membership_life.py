"""From the application form to the member, and the yearly look at its people, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from backoffice.core import dates
from contacts.models import ContactConfirmation, MembershipApplication, MemberType, RoleType
from contacts.services import agreements, applications, handover, rounds
from tests.factories import roll

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Accessible = Callable[[Page], None]
Shots = Callable[[Page, str], list]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
def house(settings, live_server):
    settings.ROLLCALL_DEMO = True
    cache.clear()
    roll.agency()
    roll.staff("membership")


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "membership@agency.example.org")
    page.fill("input[name=password]", "test-password")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def narrow_enough(page: Page) -> None:
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 392, f"the page scrolls sideways on a phone: {width}"


def fill_application(page: Page) -> None:
    page.goto("/apply/")
    page.select_option("select[name=member_type]", label="Direct Member")
    for name, value in (
        ("organisation_name", "Quarrystone University"), ("website", "quarrystone.example.org"),
        ("street", "Quarry Lane 4"), ("city", "Dublin"), ("applicant_family_name", "Byrne"),
        ("applicant_email", "aoife@quarrystone.example.org"),
        ("duty_billing-family_name", "Moss"),
        ("duty_billing-email", "accounts@quarrystone.example.org"),
    ):  # fmt: skip
        page.fill(f"[name='{name}']", value)
    page.select_option("select[name=country]", "IE")


def test_an_organisation_applies_signs_and_is_a_member(
    house, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    fill_application(page)
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_text("Without this we cannot take")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "apply")
    narrow_enough(page)
    page.check("input[name=terms]")
    page.check("input[name=told]")
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    found = MembershipApplication.objects.get()
    page.goto(f"/apply/{applications.application_token(found)}/")
    page.get_by_role("button", name="Yes, it was me").click()
    expect(page.get_by_text("being checked")).to_be_visible()
    assert_accessible(page)

    page.set_viewport_size(DESKTOP)
    roll.member("Quarrystone University Press", website="https://quarrystone.example.org")
    sign_in(page)
    page.goto(f"/admin/contacts/membershipapplication/{found.pk}/change/")
    expect(page.get_by_text("May be known already")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "application-review")
    page.set_viewport_size(DESKTOP)
    page.get_by_role("link", name="Review", exact=True).click()
    page.fill("textarea[name=duplicates_note]", "The press is another legal entity.")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("link", name="Approve").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Send the agreement").click()
    page.get_by_role("button", name="Send the agreement").click()
    expect(page.get_by_text("The link to sign goes to the applicant.")).to_be_visible()

    found.refresh_from_db()
    page.goto(f"/apply/sign/{agreements.signing_token(found)}/")
    assert_accessible(page)
    take_screenshots(page, "agreement")
    narrow_enough(page)
    page.fill("input[name=name]", "Aoife Byrne")
    page.check("input[name=entitled]")
    page.get_by_role("button", name="Sign the agreement").click()
    expect(page.get_by_text("The agreement is signed.")).to_be_visible()

    page.set_viewport_size(DESKTOP)
    page.goto(f"/admin/contacts/membershipapplication/{found.pk}/do/countersign/")
    page.get_by_role("button", name="Countersign").click()
    expect(page.get_by_text("Countersigned; the member is accepted.")).to_be_visible()
    take_screenshots(page, "application-accepted")


@pytest.fixture
def quarry(house):
    made = roll.member("Quarry University", country="IE", website="https://quarry.example.org")
    roll.duty(made, roll.person("zoe@quarry.example.org", "Zoë", "Quist"), "voting")
    roll.duty(made, roll.person("ben@quarry.example.org", "Ben", "Bo"), "service")
    lead = roll.member("Felsen Consortium", kind="consortium")
    roll.duty(lead, roll.person("ute@felsen.example.org", "Ute", "Fels"), "service")
    return made


def test_people_are_confirmed_and_handed_over_by_link(
    quarry, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    today = dates.today()
    made = rounds.start_round(
        year=today.year, closes_on=dates.add_months(today, 1), on=today, actor=roll.STAFF
    )
    rounds.ask_members(round_id=made.pk, on=today, at=dates.now(), actor=roll.STAFF)
    row = ContactConfirmation.objects.get(organisation=quarry)
    page.goto(f"/duty/confirm/{rounds.confirmation_token(row)}/")
    assert_accessible(page)
    take_screenshots(page, "confirm-contacts")
    narrow_enough(page)
    page.select_option("select[name='voting_1-what']", "other")
    page.get_by_text("Name and address, if they have changed").first.click()
    page.fill("[name='voting_1-family_name']", "Nix")
    page.fill("[name='voting_1-email']", "nell@quarry.example.org")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("We look at what you changed")).to_be_visible()

    asked = handover.ask_handover(
        organisation=quarry, role_type=RoleType.objects.get(code="billing"), on=today,
        actor=roll.STAFF,
    )  # fmt: skip
    page.goto(f"/duty/hand-over/{handover.handover_token(asked)}/")
    assert_accessible(page)
    take_screenshots(page, "hand-over")
    narrow_enough(page)

    page.set_viewport_size(DESKTOP)
    sign_in(page)
    page.goto(f"/admin/contacts/contactconfirmation/{row.pk}/change/")
    expect(page.get_by_text("nell@quarry.example.org")).to_be_visible()
    page.get_by_role("link", name="Approve").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("The differences are applied.")).to_be_visible()
    for address, name in (
        ("/admin/confirmations/", "confirmation-round"),
        ("/admin/duty-board/", "duty-board"),
        (f"/admin/contacts/organisation/{quarry.pk}/change/", "organisation-page"),
        (f"/admin/contacts/organisation/{quarry.pk}/change/?tab=membership", "organisation-acts"),
    ):
        page.set_viewport_size(DESKTOP)
        page.goto(address)
        assert_accessible(page)
        take_screenshots(page, name)
    page.set_viewport_size(DESKTOP)
    page.goto(f"/admin/organisations/{quarry.pk}/move/")
    page.select_option("select[name=member_type]", label="Consortium Organisation")
    page.fill("input[name=lead]", "Felsen Consortium")
    page.get_by_role("button", name="Show what this does").click()
    expect(page.get_by_text("It loses its vote on that day.")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "move-preview")


def reads_german(page: Page) -> None:
    """Nothing of the page's own words is English; what members wrote is theirs."""
    # The island has no other name in German.
    text = page.locator("main").inner_text().replace("Isle of Man", "")
    left = re.findall(
        r".*\b(?:the|of|and|your|you|with|for|this|please|send|until|from)\b.*", text, re.I
    )
    assert page.locator("html").get_attribute("lang") == "de"
    assert left == [], f"English on a German page: {left}"


@pytest.fixture
def german_page(browser: Browser, live_server) -> Iterator[Page]:
    """Somebody in Germany who likes it dark."""
    profile = browser.new_context(
        base_url=live_server.url, viewport=DESKTOP, locale="de-DE", color_scheme="dark",
        reduced_motion="reduce",
    )  # fmt: skip
    profile.set_default_timeout(10_000)
    yield profile.new_page()
    profile.close()


def test_the_same_pages_in_german_dark_and_by_keyboard(
    quarry, german_page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    page = german_page

    def looked_at(name: str) -> None:
        reads_german(page)
        assert_accessible(page)
        take_screenshots(page, f"{name}-de-dark")
        narrow_enough(page)
        page.set_viewport_size(DESKTOP)

    page.goto("/apply/")
    page.locator("[name=organisation_name]").focus()
    page.keyboard.type("Steinbruch-Hochschule")
    page.get_by_role("button", name="Antrag absenden").press("Enter")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    looked_at("apply")

    today = dates.today()
    sent = applications.submit_application(
        fields={"organisation_name": "Steinbruch-Hochschule", "country": "DE",
                "member_type": MemberType.objects.get(code="direct_member"),
                "applicant_email": "ute@steinbruch.example.org", "language": "de"},
        contacts=[], actor=roll.STAFF, at=dates.now(),
    )  # fmt: skip
    page.goto(f"/apply/{applications.application_token(sent)}/")
    looked_at("application")
    applications.confirm_application(
        token=applications.application_token(sent), actor=roll.STAFF, at=dates.now()
    )
    page.reload()
    looked_at("application-confirmed")

    made = rounds.start_round(
        year=today.year, closes_on=dates.add_months(today, 1), on=today, actor=roll.STAFF
    )
    rounds.ask_members(round_id=made.pk, on=today, at=dates.now(), actor=roll.STAFF)
    row = ContactConfirmation.objects.get(organisation=quarry)
    page.goto(f"/duty/confirm/{rounds.confirmation_token(row)}/")
    looked_at("confirm-contacts")
    asked = handover.ask_handover(
        organisation=quarry, role_type=RoleType.objects.get(code="billing"), on=today,
        actor=roll.STAFF,
    )  # fmt: skip
    page.goto(f"/duty/hand-over/{handover.handover_token(asked)}/")
    looked_at("hand-over")
    page.goto("/p/request/")
    looked_at("privacy-request")
