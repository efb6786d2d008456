"""Unsubscribe, preferences, sign-up and the staff pages of the mailings in Chromium."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from backoffice.delivery.models import OutboxMessage, Suppression
from mailings.models import Subscription
from mailings.services.sending import plan_mailing, start_mailing
from tests.mailings.conftest import (  # noqa: F401
    STAFF,
    TODAY,
    mailing,
    organisation,
    outbox_engine,
    person,
    roles,
    topic,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def token(mailing, organisation, person, topic, outbox_engine) -> str:  # noqa: F811
    """The secret of a mail of the newsletter that was sent to a subscriber."""
    person("ada@example.org", ("voting", organisation("Leipzig Library")), name="Ada Ångström")
    Subscription.objects.create(
        topic=topic,
        address="ada@example.org",
        state="active",
        requested_at=timezone.now(),
        confirmed_at=timezone.now(),
    )
    draft = mailing(topic=topic, mail_class="community", name="Newsletter of November")
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    raw = bytes(OutboxMessage.objects.get().raw).replace(b"=\r\n", b"")
    return re.search(rb"/u/([A-Za-z0-9_-]{22})", raw)[1].decode()


def test_a_person_unsubscribes(page, token, assert_accessible, take_screenshots) -> None:
    page.goto(f"/u/{token}")
    assert_accessible(page)
    take_screenshots(page, "unsubscribe")
    page.get_by_role("button", name="Stop this kind of mail").click()
    page.get_by_role("status").wait_for()
    assert_accessible(page)
    take_screenshots(page, "unsubscribed")
    assert Suppression.objects.get().scope == "topic:newsletter"


def test_a_person_chooses_topics(page, token, assert_accessible, take_screenshots) -> None:
    page.goto(f"/news/preferences/{token}")
    assert_accessible(page)
    take_screenshots(page, "preferences")
    page.get_by_role("checkbox", name="Newsletter").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for()
    assert Subscription.objects.get().state == "ended"


def test_somebody_signs_up_without_a_mouse(
    page, token, assert_accessible, take_screenshots
) -> None:
    page.goto("/news/subscribe/")
    assert_accessible(page)
    take_screenshots(page, "subscribe")
    page.get_by_label("E-mail address").fill("new@example.org")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert Subscription.objects.filter(address="new@example.org", state="pending").exists()


def test_the_archive(page, token, assert_accessible, take_screenshots) -> None:
    page.goto("/news/")
    assert_accessible(page)
    page.get_by_role("link", name="Newsletter of November").click()
    assert_accessible(page)
    take_screenshots(page, "archive")


@pytest.fixture
def staff_page(page, client, live_server, django_user_model, settings):
    """A page signed in as administrator in demo mode."""
    settings.ROLLCALL_DEMO = True
    user = django_user_model.objects.create_superuser("staff@example.org", "x")
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return page


def test_staff_pages(staff_page, token, mailing, assert_accessible, take_screenshots) -> None:  # noqa: F811
    from mailings.models import Mailing

    sent = Mailing.objects.get()
    for name, path in (
        ("segment", f"/admin/segments/{sent.segment_id}/"),
        ("preview", f"/admin/mailings/{sent.pk}/preview/"),
        ("report", f"/admin/mailings/{sent.pk}/report/"),
        ("why", f"/admin/mailings/{sent.pk}/why/"),
        ("composer", f"/admin/mailings/mailing/{mailing(segment=sent.segment).pk}/change/"),
        ("outbox", f"/admin/delivery/outboxmessage/{OutboxMessage.objects.get().pk}/change/"),
    ):
        staff_page.goto(path)
        if name in ("preview", "why"):
            staff_page.fill(f"#{name}-person", "Ada" if name == "preview" else "ada@example.org")
            staff_page.press(f"#{name}-person", "Enter")
            staff_page.wait_for_load_state()
            assert "person" not in staff_page.url
        staff_page.wait_for_load_state("networkidle")
        take_screenshots(staff_page, name)
        assert_accessible(staff_page)
        staff_page.set_viewport_size({"width": 1280, "height": 900})
