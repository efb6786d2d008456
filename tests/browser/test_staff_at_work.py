"""Staff in a real browser: second factor, dashboard, palette, organisation page, desks, history."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from playwright.sync_api import Page, expect

from contacts.models import Organisation
from tests.factories import roll

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Accessible = Callable[[Page], None]
Shots = Callable[[Page, str], list]


@pytest.fixture
def house(settings, client, live_server):
    cache.clear()
    roll.agency()
    quarry = roll.member("Quarry University", website="https://quarry.example.org")
    zoe = roll.person("zoe@quarry.example.org", "Zoë", "Quist")
    roll.duty(quarry, zoe, "voting")
    roll.member("Felsen Institute")
    return quarry


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", "test-password")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_second_factor_is_set_up_before_the_admin_opens(
    house: Organisation, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    roll.staff("membership")
    page.goto("/accounts/login/")
    assert_accessible(page)
    take_screenshots(page, "sign-in")
    sign_in(page, "membership@agency.example.org")
    page.goto("/admin/")
    expect(page).to_have_url(re.compile(r"/accounts/2fa/"))
    assert_accessible(page)
    page.goto("/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        page.fill("input[name=password]", "test-password")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    secret = page.locator("#id_code").evaluate(
        "() => document.querySelector('input[disabled], #authenticator_secret')?.value || ''"
    )
    assert secret, "the page shows the secret to type in"
    assert_accessible(page)
    take_screenshots(page, "second-factor")
    counter = next(totp.yield_hotp_counters_from_time())
    page.fill("#id_code", totp.format_hotp_value(totp.hotp_value(secret, counter)))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Good day")).to_be_visible()


def test_staff_find_and_change_a_member(
    house: Organisation,
    settings,
    page: Page,
    assert_accessible: Accessible,
    take_screenshots: Shots,
) -> None:
    settings.ROLLCALL_DEMO = True
    roll.staff("membership")
    sign_in(page, "membership@agency.example.org")
    page.goto("/admin/")
    assert_accessible(page)
    take_screenshots(page, "dashboard")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.keyboard.press("Control+k")
    page.keyboard.type("quarry", delay=20)
    hit = page.get_by_role("link", name="Quarry University")
    expect(hit.first).to_be_visible()
    hit.first.click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="Quarry University").first).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "organisation")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Add a note").click()
    page.fill("textarea[name=text]", "Called about the open duty.")
    page.get_by_role("button", name="Add a note").click()
    expect(page.get_by_text("Called about the open duty.").first).to_be_visible()
    page.goto("/admin/duty-board/")
    expect(page.locator("table").get_by_text("nobody named").first).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "duty-board")
    page.goto(f"/admin/contacts/organisation/{house.pk}/history/")
    assert_accessible(page)
    take_screenshots(page, "history")
    page.goto("/admin/contacts/organisation/")
    take_screenshots(page, "list")


def test_the_import_desk_tests_before_it_writes(
    house: Organisation, settings, page: Page, assert_accessible: Accessible,
    take_screenshots: Shots,
) -> None:  # fmt: skip
    settings.ROLLCALL_DEMO = True
    roll.staff("membership")
    sign_in(page, "membership@agency.example.org")
    page.goto("/admin/imports/")
    assert_accessible(page)
    page.select_option("select[name=kind]", "organisations")
    page.set_input_files(
        "input[name=file]",
        {"name": "new.csv", "mimeType": "text/csv",
         "buffer": b"name,country\nNew Academy,DE\n,DE\nOdd Place,Atlantis\n"},
    )  # fmt: skip
    page.get_by_role("button", name="Upload and test").click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("The organisation has no name.")).to_be_visible()
    expect(page.get_by_text("Atlantis")).to_be_visible()
    assert not Organisation.objects.filter(name="New Academy").exists()
    take_screenshots(page, "import-desk")


def test_a_person_asks_for_removal(
    house: Organisation, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    page.goto("/")
    assert_accessible(page)
    take_screenshots(page, "front-door")
    page.goto("/p/request/")
    assert_accessible(page)
    take_screenshots(page, "removal-form")
    page.fill("input[name=address]", "zoe@quarry.example.org")
    page.get_by_role("button", name="Send the request").press("Enter")
    expect(page.get_by_text("Your request has been received.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Deutsch").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("html").get_attribute("lang") == "de"
    page.goto("/p/request/")
    expect(page.get_by_text("Meine Daten löschen")).to_be_visible()
