"""The communications role in a real browser: segment, text, preview, start, report as it moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.presets import load_groups
from mailings.models import Mailing
from mailings.services.sending import plan_mailing
from tests.mailings.conftest import (  # noqa: F401
    STAFF,
    TODAY,
    organisation,
    outbox_engine,
    person,
    roles,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROLE = "communications"


@pytest.fixture
def desk(page, settings, django_user_model, organisation, person) -> Page:  # noqa: F811
    """Signed in with the rights of the communications group and nothing else."""
    cache.clear()
    settings.ROLLCALL_DEMO = True
    load_groups("datacite", STAFF, TODAY)
    user = django_user_model.objects.create_user(
        "comms@agency.example.org", "test-password", is_staff=True
    )
    user.groups.add(Group.objects.get(name__istartswith=ROLE))
    leipzig, ghent = organisation("Leipzig Library"), organisation("Ghent University", "BE")
    person("ada@example.org", ("voting", leipzig), name="Ada Ångström")
    person("bo@example.org", ("voting", ghent), name="Bo Berg")
    person("cy@example.org", ("billing", ghent), name="Cy Dahl")
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "comms@agency.example.org")
    page.fill("input[name=password]", "test-password")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def choose(page: Page, line: int, field: str, value: str) -> None:
    page.select_option(f"[name=b0-all-{line}-field]", field)
    page.select_option(f"[name=b0-all-{line}-value]", value)


def test_from_a_segment_to_a_report(
    desk: Page,
    outbox_engine,  # noqa: F811
    assert_accessible: Callable[[Page], None],
    take_screenshots: Callable[[Page, str], list],
) -> None:
    desk.goto("/admin/segments/new/")
    desk.fill("#segment-name", "Voters")
    choose(desk, 0, "duty", "voting")
    expect(desk.locator("#segment-count")).to_contain_text("2 people")
    desk.select_option("[name=b0-all-1-field]", "country")
    desk.fill("[name=b0-all-1-value]", "be")
    expect(desk.locator("#segment-count")).to_contain_text("1 person")
    desk.fill("[name=b0-all-1-value]", "")
    desk.select_option("[name=b0-all-1-field]", "")
    expect(desk.locator("#segment-count")).to_contain_text("2 people")
    assert_accessible(desk)
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator("#segment-name")).to_have_value("Voters")

    desk.goto("/admin/mailings/mailing/add/")
    desk.fill("#id_name", "Assembly")
    desk.select_option("#id_mail_class", "governance")
    desk.locator("#id_segment").evaluate(
        "(box) => { box.value = [...box.options].find(o => o.text === 'Voters')?.value; }"
    )
    desk.fill("#id_subject", "Invitation")
    desk.fill(
        "#id_body", "{{ greeting }}\n\n[[button: Agenda | https://example.org/a]]\n\nSee you."
    )
    desk.get_by_role("button", name="Save", exact=True).click()
    draft = Mailing.objects.get()
    desk.goto(f"/admin/mailings/{draft.pk}/preview/")
    expect(desk.get_by_text("nothing stands in the way")).to_be_visible()
    frame = desk.frame_locator("iframe.rc-mailframe")
    expect(frame.get_by_text("See you.")).to_be_visible()
    assert frame.get_by_text("See you.").evaluate("(p) => p.querySelector('a') === null")
    assert_accessible(desk)

    desk.goto(f"/admin/mailings/mailing/{draft.pk}/change/")
    desk.get_by_role("link", name="Start", exact=True).click()
    desk.get_by_role("button", name="Start").click()
    desk.wait_for_load_state()
    plan_mailing(mailing=Mailing.objects.get(), actor=STAFF, at=timezone.now())
    desk.goto(f"/admin/mailings/{draft.pk}/report/")
    expect(desk.get_by_text("0 of 2 have left or are settled")).to_be_visible()
    assert_accessible(desk)
    outbox_engine.round()
    expect(desk.get_by_text("2 of 2 have left or are settled")).to_be_visible(timeout=30_000)
    take_screenshots(desk, "report-live")
