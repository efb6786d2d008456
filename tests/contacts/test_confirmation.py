"""The yearly round: asked once, answered once, approved, reminded, counted by country."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.models import JobRun
from backoffice.delivery.models import Delivery
from contacts.admin.confirmations import change_words
from contacts.messages_duties import confirm_contacts
from contacts.models import (
    ConfirmationRound,
    Contact,
    ContactAddress,
    ContactConfirmation,
    FollowUp,
    RoleAssignment,
)
from contacts.services import confirmation, rounds
from contacts.services.duties import mark_unreachable
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
CLOSES = date(2026, 12, 31)


@pytest.fixture
def quarry():
    cache.clear()
    roll.agency()
    made = roll.member("Quarry", country="IE", website="https://quarry.example.org")
    roll.duty(made, roll.person("zoe@quarry.example.org", "Zoë", "Quist"), "voting")
    roll.duty(made, roll.person("ben@quarry.example.org", "Ben", "Bo"), "service")
    return made


def start() -> ConfirmationRound:
    made = rounds.start_round(year=2026, closes_on=CLOSES, on=roll.DAY, actor=roll.STAFF)
    rounds.ask_members(round_id=made.pk, on=roll.DAY, at=NOW, actor=roll.STAFF)
    return made


def question() -> ContactConfirmation:
    start()
    return ContactConfirmation.objects.get()


def link(row: ContactConfirmation) -> str:
    return f"/duty/confirm/{rounds.confirmation_token(row)}/"


def change(row, code: str, what: str, **values) -> dict:
    held = RoleAssignment.objects.not_ended().filter(role_type__code=code).first()
    return {"what": what, "role": code, "order": 1, "was": held and held.contact_id,
            "given_name": "", "family_name": "", "email": "", **values}  # fmt: skip


def answered(*changes: dict, row: ContactConfirmation) -> ContactConfirmation:
    return confirmation.answer(
        token=rounds.confirmation_token(row), changes=changes, at=NOW, on=roll.DAY
    )


def test_every_member_is_asked_once_however_often_the_job_runs(quarry) -> None:
    made = start()
    assert rounds.ask_members(round_id=made.pk, on=roll.DAY, at=NOW, actor=roll.STAFF) == 0
    assert Delivery.objects.filter(kind="contacts.confirm_contacts").count() == 1
    assert JobRun.objects.filter(name="contacts.ask_confirmations").count() == 1
    with pytest.raises(RuleBroken):
        rounds.start_round(year=2026, closes_on=CLOSES, on=roll.DAY, actor=roll.STAFF)
    with pytest.raises(BadInput):
        rounds.start_round(year=2027, closes_on=roll.DAY, on=roll.DAY, actor=roll.STAFF)


def test_a_member_of_whom_nobody_can_be_reached_becomes_a_task(quarry) -> None:
    for duty in RoleAssignment.objects.all():
        mark_unreachable(assignment=duty, reason="bounced", on=roll.DAY, actor=roll.STAFF)
    start()
    assert not ContactConfirmation.objects.exists()
    assert FollowUp.objects.filter(code=rounds.NOBODY).count() == 1


def test_all_right_is_one_click_and_a_get_is_none(quarry, client) -> None:
    row = question()
    delivery = Delivery.objects.get(kind="contacts.confirm_contacts")
    assert link(row) in confirm_contacts(delivery).text
    page = client.get(link(row)).content.decode()
    assert "Zoë Quist" in page
    assert "Ben Bo" in page
    row.refresh_from_db()
    assert row.state == "asked"
    client.post(link(row), {})
    row.refresh_from_db()
    assert (row.state, row.changes) == ("kept", [])
    assert client.get("/duty/confirm/nonsense/").status_code == 404


def test_differences_wait_for_approval_and_are_applied_together(quarry, client) -> None:
    row = question()
    client.post(
        link(row),
        {"voting_1-what": "other", "voting_1-family_name": "Nix",
         "voting_1-email": "nell@quarry.example.org", "service_1-what": "address",
         "service_1-email": "ben.bo@quarry.example.org", "billing_1-what": "other",
         "billing_1-family_name": "Kim", "billing_1-email": "kim@quarry.example.org"},
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.state, len(row.changes)) == ("answered", 3)
    assert {words["what"] for words in change_words(row)} == {"somebody else", "new address"}
    assert not Contact.objects.filter(family_name="Nix").exists()
    confirmation.approve_confirmation(row=row, on=roll.DAY, actor=roll.STAFF)
    held = {d.role_type.code: d.contact for d in RoleAssignment.objects.not_ended()}
    assert (held["voting"].family_name, held["billing"].family_name) == ("Nix", "Kim")
    assert ContactAddress.objects.get(valid_until=None, contact=held["service"]).address == (
        "ben.bo@quarry.example.org"
    )
    with pytest.raises(InvalidTransition):
        confirmation.approve_confirmation(row=row, on=roll.DAY, actor=roll.STAFF)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"voting_1-what": "other", "voting_1-family_name": "N"}, "Give the address"),
        ({"voting_1-what": "name"}, "Give the name"),
        ({"voting_1-family_name": "N"}, "Say what has changed"),
        ({"voting_1-what": "address", "voting_1-email": "x"}, "no e-mail address"),
    ],
)
def test_a_change_that_names_nobody_is_shown_again(quarry, client, data, words) -> None:
    row = question()
    answer = client.post(link(row), data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "asked"


def test_a_new_name_and_an_end_are_applied(quarry) -> None:
    row = answered(
        change(None, "voting", "name", given_name="Zoë", family_name="Quist-Ray"),
        change(None, "service", "end"), row=question(),
    )  # fmt: skip
    confirmation.approve_confirmation(row=row, on=roll.DAY, actor=roll.STAFF)
    assert Contact.objects.filter(family_name="Quist-Ray").exists()
    assert not RoleAssignment.objects.not_ended().filter(role_type__code="service").exists()


def test_a_duty_that_changed_hands_meanwhile_stops_the_whole_answer(quarry) -> None:
    row = answered(
        change(None, "service", "end"),
        change(None, "voting", "other", family_name="Nix", email="nell@quarry.example.org"),
        row=question(),
    )
    other = roll.person("new@quarry.example.org", "New")
    from contacts.models import RoleType
    from contacts.services.duties import assign_duty

    assign_duty(
        organisation=quarry, contact=other, role_type=RoleType.objects.get(code="voting"),
        on=roll.DAY, actor=roll.STAFF, take_over=True,
    )  # fmt: skip
    with pytest.raises(InvalidTransition, match="changed hands"):
        confirmation.approve_confirmation(row=row, on=roll.DAY, actor=roll.STAFF)
    row.refresh_from_db()
    assert row.state == "answered"
    assert RoleAssignment.objects.not_ended().filter(role_type__code="service").exists()
    confirmation.refuse_confirmation(row=row, reason="old", on=roll.DAY, actor=roll.STAFF)


def test_reminders_stop_with_the_answer_and_the_round_closes(quarry) -> None:
    row = question()
    assert rounds.remind(on=roll.DAY + timedelta(days=13), actor=roll.STAFF) == 0
    for days, expected in ((14, 1), (15, 0), (28, 1), (40, 0)):
        assert rounds.remind(on=roll.DAY + timedelta(days=days), actor=roll.STAFF) == expected
    reminder = Delivery.objects.filter(kind="contacts.confirm_contacts").order_by("pk").last()
    assert confirm_contacts(reminder).subject.startswith("Reminder")
    assert rounds.close_rounds(on=CLOSES, actor=roll.STAFF) == 0
    assert rounds.close_rounds(on=CLOSES + timedelta(days=1), actor=roll.STAFF) == 1
    with pytest.raises(InvalidTransition):
        answered(row=row)


def test_response_by_country(quarry) -> None:
    other = roll.member("Felsen", country="DE")
    roll.duty(other, roll.person("x@felsen.example.org"), "service")
    made = start()
    row = ContactConfirmation.objects.get(organisation=quarry)
    answered(row=row)
    states, countries = rounds.round_counts(made)
    assert states == {"asked": 1, "kept": 1}
    assert [(c.country, c.asked, c.percent) for c in countries] == [("DE", 1, 0), ("IE", 1, 100)]


def test_the_desk_starts_a_round_only_for_who_may(quarry, client, settings) -> None:
    settings.ROLLCALL_DEMO = True
    data = {"year": "2026", "closes_on": "2099-12-31"}
    client.force_login(roll.staff("auditor"))
    client.post("/admin/confirmations/", data)
    assert not ConfirmationRound.objects.exists()
    client.force_login(roll.staff("membership"))
    assert client.post("/admin/confirmations/", data).status_code == 302
    assert b"still asking" in client.get("/admin/confirmations/").content
