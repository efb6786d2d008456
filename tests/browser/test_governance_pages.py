"""Candidates, supporters and members at meetings in a real browser: keyboard-sized, axe clean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backoffice.core import dates
from backoffice.presets import load_groups
from governance.demo_record import drawn_face
from governance.enums import MeetingState
from governance.models import AgendaItem, Body, Election, Meeting, MinutesObjection, Nomination
from governance.services import minutes, nominations, proposals
from tests.factories import roll as cast
from tests.governance import world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]


@pytest.fixture
def call(db) -> Election:
    """A call that is open for ten days, with an independent candidate who has a picture."""
    world.make_members(6)
    election = world.draft(
        nominations_until=dates.today() + timedelta(days=10),
        opens_at=dates.now() + timedelta(days=40), closes_at=dates.now() + timedelta(days=50),
        record_date=dates.today() + timedelta(days=30),
    )  # fmt: skip
    contest = election.contests.get(code="board")
    member = world.Organisation.objects.order_by("pk")[1]
    nominations.nominate(
        contest=contest, organisation=member, contact=member.duties.get().contact,
        statement="Fees that stay fair.", independent=True, photo=drawn_face(1),
        on=dates.today(), actor=world.SYSTEM,
    )  # fmt: skip
    return election


def sign_in(context: BrowserContext, live_server, client, user) -> None:
    client.force_login(user)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def test_a_voting_contact_stands_proposes_and_supports(
    page: Page, context, live_server, client, call, assert_accessible, take_screenshots
) -> None:
    member = world.Organisation.objects.order_by("pk")[0]
    contact = member.duties.get().contact
    contact.user = world.user("voter")
    contact.save()
    sign_in(context, live_server, client, contact.user)
    page.goto("/vote/my/stand/")
    assert_accessible(page)
    take_screenshots(page, "stand")
    page.get_by_role("button", name="We support this candidate").click()
    expect(page.get_by_text(f"Supported by {member}")).to_be_visible()
    page.get_by_label("Office").select_option(index=1)
    page.get_by_label("For the member").first.select_option(index=1)
    page.get_by_label("Statement").fill("Open metadata for all.")
    page.get_by_label("Photo").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    page.get_by_role("button", name="I stand for this office").click()
    expect(page.get_by_text("The picture cannot be read")).to_be_visible()
    expect(page.get_by_label("Statement")).to_have_value("Open metadata for all.")
    assert_accessible(page)
    page.get_by_role("button", name="I stand for this office").click()
    expect(page.get_by_text("Your nomination has come in.")).to_be_visible()
    page.get_by_role("link", name="Propose somebody else").click()
    assert_accessible(page)
    take_screenshots(page, "propose")
    page.get_by_label("Office").select_option(index=1)
    page.get_by_label("Given name").fill("Noor")
    page.get_by_label("Family name").fill("Okafor")
    page.get_by_label("E-mail address").fill("noor@elsewhere.example.org")
    page.get_by_label("Member the person belongs to").fill("Member 0000")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Several members fit")).to_be_visible()
    page.get_by_label("Member the person belongs to").fill("Member 00003")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("We have asked this person by mail.")).to_be_visible()
    assert Nomination.objects.count() == 3


def test_a_candidate_answers_by_the_link(
    page: Page, call, assert_accessible, take_screenshots
) -> None:
    member = world.Organisation.objects.order_by("pk")[2]
    nomination = proposals.propose_candidate(
        contest=call.contests.get(code="board"), organisation=member, given_name="Noor",
        family_name="Okafor", address="noor@elsewhere.example.org",
        proposer=member.duties.get().contact, on=dates.today(), actor=world.SYSTEM,
    )  # fmt: skip
    page.goto(f"/vote/candidature/{nomination.pk}/{proposals.answer_token(nomination)}/")
    assert_accessible(page)
    take_screenshots(page, "candidature")
    page.get_by_label("Statement").fill("I stand.")
    page.get_by_role("button", name="Yes, I stand").click()
    expect(page.get_by_text("You have said yes.")).to_be_visible()
    assert_accessible(page)


def test_minutes_are_read_and_objected_to(
    page: Page, context, live_server, client, assert_accessible, take_screenshots, time_machine
) -> None:
    world.make_members(4)
    meeting = Meeting.objects.create(
        body=Body.objects.get(code="assembly"), kind="ordinary", title="General Assembly",
        starts_at=datetime(2026, 10, 1, 14, tzinfo=UTC), state=MeetingState.HELD,
        called_on=dates.today() - timedelta(days=90),
    )  # fmt: skip
    AgendaItem.objects.create(meeting=meeting, position=1, title="Fees")
    minutes.write_minutes(
        meeting=meeting, text="# Assembly\n\n## 1. Fees\n\n* Passed, **40** to 2.",
        signed_by="A. Chair", actor=world.SYSTEM,
    )  # fmt: skip
    minutes.send_minutes(meeting=meeting, on=dates.today(), actor=world.SYSTEM)
    path = f"/vote/minutes/{meeting.pk}/{minutes.minutes_token(meeting)}/"
    page.goto(path)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert_accessible(page)
    contact = world.Organisation.objects.order_by("pk")[0].duties.get().contact
    contact.user = world.user("voter")
    contact.save()
    sign_in(context, live_server, client, contact.user)
    page.goto(path)
    assert_accessible(page)
    take_screenshots(page, "minutes")
    page.get_by_label("For the member").select_option(index=1)
    page.get_by_label("What is wrong").fill("It was 41 to 2.")
    page.get_by_role("button", name="Send the objection").click()
    expect(page.get_by_text("Your objection has come in.")).to_be_visible()
    assert MinutesObjection.objects.count() == 1


def test_the_board_page_of_staff(
    page: Page, context, live_server, client, settings, assert_accessible, take_screenshots,
    tmp_path: Path,
) -> None:  # fmt: skip
    settings.ROLLCALL_DEMO = True  # waives the second factor, not the permissions
    world.make_members(4)
    load_groups("datacite", world.SYSTEM, dates.today())
    sign_in(context, live_server, client, cast.staff("returning"))
    body = Body.objects.get(code="board")
    page.goto(f"/admin/bodies/{body.pk}/")
    expect(page.get_by_text("0 of 14 seats are taken")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "board-page")
    page.get_by_role("link", name="Fill a seat").click()
    expect(page.get_by_label("Seat")).to_be_visible()
    assert_accessible(page)
