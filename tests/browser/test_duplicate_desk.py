"""The duplicate desk and the merge page in a real browser: keyboard, axe, desktop, phone, dark."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from contacts.models import Identifier, Note, Organisation
from contacts.services.duplicate_finder import find_duplicates
from tests.browser.test_staff_at_work import sign_in
from tests.factories import roll

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Accessible = Callable[[Page], None]
Shots = Callable[[Page, str], list]


@pytest.fixture
def house(settings, live_server):
    cache.clear()
    settings.ROLLCALL_DEMO = True
    roll.agency()
    roll.staff("membership")
    quarry = roll.member("Universität Steinbruch", website="https://quarry.example.org")
    second = roll.member("Universitaet Steinbruch", group_email="office@quarry.example.org",
                         website="http://www.quarry.example.org/")  # fmt: skip
    roll.duty(quarry, roll.person("zoe@quarry.example.org", "Zoë", "Quist"), "billing")
    roll.duty(second, roll.person("ada@quarry.example.org", "Ada", "Lane"), "billing")
    Identifier.objects.create(organisation=second, kind="symbol", value="QUARRY")
    Note.objects.create(organisation=second, text="Met at the assembly.")
    roll.person("z.quist@quarry.example.org", "Zoe", "Quist")
    for name in ("Felsen Institut GmbH", "Felsen-Institut"):
        roll.member(name)
    find_duplicates(on=roll.DAY, actor=roll.STAFF)
    return quarry


def test_staff_work_off_the_queue(
    house: Organisation, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    sign_in(page, "membership@agency.example.org")
    page.goto("/admin/duplicates/")
    assert_accessible(page)
    take_screenshots(page, "duplicate-desk")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name=re.compile("Not duplicates.*Felsen")).first.press("Enter")
    expect(page.get_by_text("Remembered: not duplicates.")).to_be_visible()
    page.get_by_role("link", name="Compare and merge").first.press("Enter")
    expect(page.get_by_text("Both are members.")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "merge-page")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.classList.add('dark')")
    take_screenshots(page, "merge-page-dark")
    assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("input[name=f_name][value=loser]").check()
    page.get_by_role("button", name="Merge into").press("Enter")
    expect(page.get_by_text("Merged into Universitaet")).to_be_visible()
    house.refresh_from_db()
    assert house.name == "Universitaet Steinbruch"
    assert house.identifiers.get().value == "QUARRY"
    page.goto(f"/admin/contacts/organisation/{house.pk}/history/")
    assert_accessible(page)
    take_screenshots(page, "history")
