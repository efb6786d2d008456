"""Minutes from the draft to approval, objections, and members' own motions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from backoffice.core.errors import BadInput, InvalidTransition, NotAllowed, RuleBroken
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery
from governance import mail
from governance.enums import MeetingState
from governance.models import AgendaItem, Body, Meeting, Minutes, MinutesObjection
from governance.services import meetings
from governance.services.minutes import (
    approval,
    minutes_token,
    object_to_minutes,
    send_minutes,
    settle_objection,
    write_minutes,
)
from governance.wording import as_html
from tests.governance import world

pytestmark = pytest.mark.django_db
SENT = date(2027, 5, 3)
LAST = date(2027, 5, 31)
TEXT = "# General Assembly\n\n## 1. Fees of 2028\n\nPassed with **40** to 2."


@pytest.fixture
def meeting() -> Meeting:
    world.make_members(4)
    found = Meeting.objects.create(
        body=Body.objects.get(code="assembly"), kind="ordinary", title="General Assembly 2027",
        starts_at=datetime(2027, 4, 28, 14, tzinfo=UTC), state=MeetingState.HELD,
        called_on=date(2027, 2, 1),
    )  # fmt: skip
    AgendaItem.objects.create(meeting=found, position=1, title="Fees of 2028")
    return found


def written(meeting: Meeting) -> Minutes:
    return write_minutes(
        meeting=meeting, text=TEXT, signed_by="A. Chair (President)", actor=world.SYSTEM
    )


def member(number: int):
    return world.Organisation.objects.order_by("pk")[number]


def test_minutes_are_dispatched_once_and_stand_as_they_went_out(meeting: Meeting) -> None:
    with pytest.raises(BadInput, match="Write the minutes"):
        send_minutes(meeting=meeting, on=SENT, actor=world.SYSTEM)
    written(meeting)
    member(3).duties.update(valid_until=date(2027, 1, 1))
    send_minutes(meeting=meeting, on=SENT, actor=world.SYSTEM)
    assert Delivery.objects.filter(kind="governance.minutes").count() == 3
    with pytest.raises(RuleBroken, match="do not change"):
        written(meeting)
    with pytest.raises(InvalidTransition):
        send_minutes(meeting=meeting, on=SENT, actor=world.SYSTEM)
    assert Delivery.objects.filter(kind="governance.minutes").count() == 3
    assert len(Minutes.objects.get().text_sha256) == 64


def test_no_minutes_before_the_meeting_was_held(meeting: Meeting) -> None:
    Meeting.objects.update(state=MeetingState.CALLED)
    meeting.refresh_from_db()
    with pytest.raises(RuleBroken, match="was held"):
        written(meeting)


def test_four_weeks_without_objection_approve_them(meeting: Meeting) -> None:
    written(meeting)
    assert approval(meeting, on=SENT).state == "draft"
    send_minutes(meeting=meeting, on=SENT, actor=world.SYSTEM)
    assert approval(meeting, on=LAST) == approval(meeting, on=SENT)
    assert (approval(meeting, on=LAST).state, approval(meeting, on=LAST).last_day) == ("open", LAST)
    assert approval(meeting, on=LAST + timedelta(days=1)).state == "approved"


def test_an_objection_holds_approval_back_until_it_is_settled(meeting: Meeting) -> None:
    minutes = written(meeting)
    with pytest.raises(RuleBroken, match="time for objections"):
        object_to_minutes(minutes=minutes, organisation=member(0), text="x", on=SENT,
                          actor=world.SYSTEM)  # fmt: skip
    send_minutes(meeting=meeting, on=SENT, actor=world.SYSTEM)
    minutes.refresh_from_db()
    minutes.meeting.refresh_from_db()
    objection = object_to_minutes(
        minutes=minutes, organisation=member(0), text="It was 41 to 2.", on=LAST,
        contact=member(0).duties.get().contact, actor=world.SYSTEM,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        object_to_minutes(minutes=minutes, organisation=member(1), text="x", on=LAST,
                          contact=member(0).duties.get().contact, actor=world.SYSTEM)  # fmt: skip
    with pytest.raises(RuleBroken):
        object_to_minutes(minutes=minutes, organisation=member(0), text="late", actor=world.SYSTEM,
                          on=LAST + timedelta(days=1))  # fmt: skip
    assert approval(meeting, on=LAST + timedelta(days=1)).state == "objected"
    settle_objection(objection=objection, outcome="Corrected.", on=LAST, actor=world.SYSTEM)
    with pytest.raises(InvalidTransition):
        settle_objection(objection=objection, outcome="Again.", on=LAST, actor=world.SYSTEM)
    assert approval(meeting, on=LAST + timedelta(days=1)).state == "approved"


def test_the_mail_carries_the_text_and_the_page_takes_objections_of_voting_contacts(
    meeting: Meeting, client: Client, time_machine
) -> None:
    written(meeting)
    send_minutes(meeting=meeting, on=SENT, actor=world.SYSTEM)
    delivery = Delivery.objects.filter(kind="governance.minutes").first()
    build = mail.KINDS["governance.minutes"].build
    path = f"/vote/minutes/{meeting.pk}/{minutes_token(meeting)}/"
    assert path not in build(delivery, lambda purpose: "x").text, "a preview opens nothing"
    delivery.state = DeliveryState.HANDING
    message = build(delivery, lambda purpose: "x")
    assert path in message.text
    assert "Passed with **40** to 2." in message.text
    assert "<strong>40</strong>" in message.html
    time_machine.move_to(datetime(2027, 5, 20, tzinfo=UTC))
    assert "Passed with <strong>40</strong>" in client.get(path).content.decode()
    assert client.get(path[:-3] + "xx/").status_code == 404
    client.post(path, {"organisation": member(0).pk, "text": "Anonymous."})
    assert not MinutesObjection.objects.exists()
    contact = member(0).duties.get().contact
    contact.user = world.user("voter")
    contact.save()
    client.force_login(contact.user)
    client.post(path, {"organisation": member(1).pk, "text": "For another member."})
    assert not MinutesObjection.objects.exists()
    assert client.post(path, {"organisation": member(0).pk, "text": "41 to 2."}).status_code == 302
    assert MinutesObjection.objects.get().organisation == member(0)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://x.example/1.png)"],
)
def test_minutes_carry_nothing_a_reader_would_run_or_fetch(text: str) -> None:
    html = as_html(text)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_a_members_motion_comes_onto_the_agenda_in_time(
    meeting: Meeting, client: Client, time_machine
) -> None:
    Meeting.objects.update(state=MeetingState.CALLED)
    time_machine.move_to(datetime(2027, 4, 20, 9, tzinfo=UTC))
    contact = member(0).duties.get().contact
    contact.user = world.user("mover")
    contact.save()
    client.force_login(contact.user)
    body = {"meeting": meeting.pk, "organisation": member(0).pk, "title": "Open minutes",
            "text": "The assembly resolves to publish its minutes."}  # fmt: skip
    page = client.get("/vote/my/motion/").content.decode()
    assert "General Assembly 2027" in page
    assert client.post("/vote/my/motion/", body).status_code == 302
    item = meeting.agenda.get(position=2)
    assert (item.proposed_by, item.received_on) == (member(0), date(2027, 4, 20))
    client.post("/vote/my/motion/", body | {"organisation": member(1).pk})
    assert meeting.agenda.count() == 2
    with pytest.raises(RuleBroken, match="later motions"):
        meetings.submit_motion(
            meeting=Meeting.objects.get(), organisation=member(0), contact=contact, title="x",
            text="y", on=date(2027, 4, 21), actor=world.SYSTEM,
        )  # fmt: skip
    time_machine.move_to(datetime(2027, 4, 21, 9, tzinfo=UTC))
    client.force_login(contact.user)
    assert client.post("/vote/my/motion/", body).status_code == 200
    assert meeting.agenda.count() == 2
