"""The organisation page and the contact page: any day, every tab, chips, note box, older entries."""

from __future__ import annotations

from datetime import date

import pytest

from contacts.models import Note, Repository
from contacts.services import endings, records, suspension
from tests.factories import roll

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def quarry(client, settings):
    settings.ROLLCALL_DEMO = True
    roll.agency()
    client.force_login(roll.staff("membership"))
    made = roll.member("Quarry", country="IE")
    roll.duty(made, roll.person("zoe@quarry.example.org", "Zoë", "Quist"), "voting")
    Repository.objects.create(organisation=made, symbol="QUA.MAIN", name="Main")
    return made


def page(client, record, query: str = "") -> str:
    kind = type(record).__name__.lower()
    answer = client.get(f"/admin/contacts/{kind}/{record.pk}/change/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("tab", "words"),
    [("membership", "Register of acts"), ("people", "Duties, held now and before"),
     ("structure", "Parts of this organisation"), ("repositories", "QUA.MAIN"),
     ("invoices", "Invoices"), ("nonsense", "Write a note")],
)  # fmt: skip
def test_every_tab_opens(quarry, client, tab, words) -> None:
    assert words in page(client, quarry, f"tab={tab}")


def test_the_head_says_what_held_on_a_day(quarry, client) -> None:
    suspension.suspend(organisation=quarry, reason="arrears", on=date(2026, 3, 1),
                       actor=roll.STAFF, note="n")  # fmt: skip
    suspension.reinstate(organisation=quarry, on=date(2026, 4, 1), actor=roll.STAFF, note="paid")
    endings.resign(organisation=quarry, notice_on=date(2026, 6, 1), actor=roll.STAFF)
    for day, words in (("2026-03-10", "suspended"), ("2026-04-10", "in good standing"),
                       ("2027-01-02", "membership ended"), ("2023-12-31", "starts later")):  # fmt: skip
        head = page(client, quarry, f"as_of={day}").split('id="timeline"')[0]
        assert words in head, day
    assert "last day" in page(client, quarry, "as_of=2026-06-02")
    assert page(client, quarry, "as_of=nonsense")


def test_chips_choose_and_older_entries_are_a_page_away(quarry, client) -> None:
    for number in range(45):
        records.add_note(organisation=quarry, text=f"note {number:02}", actor=roll.STAFF)
    shown = page(client, quarry, "kind=note")
    assert "note 44" in shown
    assert "note 00" not in shown
    assert "Voting: starts" not in shown
    older = shown.split("?before=")[1].split('"')[0].split("#")[0].replace("&amp;", "&")
    assert "note 00" in page(client, quarry, f"before={older}")
    assert "Voting: starts" in page(client, quarry, "kind=duty&kind=vote")


def test_the_note_box_writes_a_note(quarry, client) -> None:
    client.post(f"/admin/contacts/organisation/{quarry.pk}/do/note/", {"text": "Called."})
    assert Note.objects.get().text == "Called."
    assert "Called." in page(client, quarry)


def test_who_may_not_write_sees_no_box(quarry, client) -> None:
    client.force_login(roll.staff("auditor"))
    shown = page(client, quarry)
    assert "rc-note-text" not in shown
    assert "Move the member" not in shown


def test_the_contact_page_shows_duties_with_what_they_receive(quarry, client) -> None:
    contact = quarry.duties.get().contact
    shown = page(client, contact)
    assert "receives:" in shown
    assert "Quarry" in shown
    assert "rc-note-text" in shown
