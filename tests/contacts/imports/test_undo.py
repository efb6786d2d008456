"""Taking an import back: the round trip, what stays, and both halves cut off."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pytest
from django.core.management import call_command

from backoffice.core.errors import InvalidTransition
from backoffice.core.models import AuditEvent
from contacts import retention
from contacts.enums import ImportState
from contacts.models import (
    Contact,
    ContactAddress,
    Identifier,
    ImportRow,
    ImportRun,
    Membership,
    Organisation,
    OrganisationLink,
)
from contacts.services import import_apply, imports, people, undo
from contacts.services.undo import UndoReport, undo_import
from mailings.models import Segment, Series, SeriesEntry
from tests.factories import roll

pytestmark = pytest.mark.django_db

LEADS = b"""name,symbol,country,member type,joined,lead
Lower House,LOW,DE,consortium organization,2024-01-01,UPPER
Upper House,UPPER,DE,consortium,2024-01-01,
"""


PARENTS = b"""id,name,parent_ror_id
https://ror.org/04wxnsj81,Lower House,https://ror.org/02twcfp32
https://ror.org/02twcfp32,Upper House,
"""


@pytest.fixture(autouse=True)
def _agency() -> None:
    roll.agency()


def tried_out(kind: str, content: bytes, name: str = "file.csv"):
    run, rows = imports.open_run(kind=kind, content=content, file_name=name, actor=roll.STAFF)
    imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    return run, rows


def applied(kind: str, content: bytes, name: str = "file.csv") -> ImportRun:
    run, rows = tried_out(kind, content, name)
    return import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)


def taken_back(run: ImportRun) -> UndoReport:
    report = undo_import(run=run, actor=roll.STAFF)
    run.refresh_from_db()
    assert run.state == ImportState.UNDONE
    assert not run.rows.exclude(journal=[]).exists()
    return report


def people_file(count: int) -> bytes:
    lines = [f"p{n}@member.example.org,Given{n},Family{n}" for n in range(count)]
    return "\n".join(["email,first_name,last_name", *lines]).encode()


def test_created_organisations_go_with_all_that_hangs_on_them() -> None:
    run = applied("organisations", LEADS)
    link = OrganisationLink.objects.get()
    assert (link.lead.name, link.organisation.name) == ("Upper House", "Lower House")
    last = run.rows.last()
    assert (last.number, last.outcome, last.reason) == (3, "updated", "links")
    assert (run.read, run.created, run.updated) == (2, 2, 0)
    report = taken_back(run)
    assert report.kept == []
    assert report.removed == 7  # two organisations, identifiers and memberships, one link
    for model in (Organisation, Identifier, Membership, OrganisationLink):
        assert not model.objects.exists()
    assert AuditEvent.objects.filter(action="undo").count() == 1


def test_a_parent_written_at_the_end_does_not_count_as_somebody_elses_change() -> None:
    run = applied("ror", PARENTS)
    lower = Organisation.objects.get(name="Lower House")
    assert getattr(lower.parent, "name", "") == "Upper House"
    report = taken_back(run)
    assert (report.restored, report.kept) == (1, [])
    assert not Organisation.objects.exists()


def test_updated_values_come_back_even_when_two_rows_changed_the_same_one() -> None:
    contact = roll.person("ada@member.example.org", "Ada", "Lane")
    house = roll.member("Old House", website="https://old.example.org")
    content = (
        b"name,website\nOld House,https://one.example.org\nOld House,https://two.example.org\n"
    )
    run = applied("organisations", content)
    phones = applied("contacts", b"email,phone\nada@member.example.org,030 1\n")
    house.refresh_from_db()
    assert (house.website, run.updated) == ("https://two.example.org", 2)
    assert taken_back(run) == UndoReport(restored=2)
    assert taken_back(phones) == UndoReport(restored=1)
    house.refresh_from_db()
    contact.refresh_from_db()
    assert (house.website, contact.phone) == ("https://old.example.org", "")


def test_what_was_changed_since_stays_and_is_listed() -> None:
    run = applied("contacts", people_file(3))
    changed = ContactAddress.objects.get(address="p1@member.example.org").contact
    people.rectify_contact(contact=changed, fields={"phone": "030 2"}, actor=roll.STAFF)
    report = taken_back(run)
    address = changed.addresses.get()
    assert report.removed == 4
    assert report.kept == [
        f"row 2: contact {changed.pk} has been changed since",
        f"row 2: e-mail address {address.pk} stays with it",
    ]
    assert list(Contact.objects.all()) == [changed]


def test_a_changed_value_is_not_overwritten() -> None:
    house = roll.member("Old House", website="https://old.example.org")
    run = applied("organisations", b"name,website\nOld House,https://one.example.org\n")
    Organisation.objects.filter(pk=house.pk).update(website="https://ours.example.org")
    report = taken_back(run)
    house.refresh_from_db()
    assert house.website == "https://ours.example.org"
    assert report.kept == [f"row 1: organisation {house.pk} has been changed since"]


def test_a_contact_with_a_new_address_keeps_both() -> None:
    run = applied("contacts", people_file(1))
    contact = Contact.objects.get()
    ContactAddress.objects.create(
        contact=contact, address="private@home.example.org", primary=False, valid_from=roll.DAY
    )
    report = taken_back(run)
    assert report.removed == 0
    assert report.kept[0] == f"row 1: contact {contact.pk} is in use"
    assert set(contact.addresses.values_list("address", flat=True)) == {
        "p0@member.example.org", "private@home.example.org",
    }  # fmt: skip


def test_a_row_behind_a_hidden_relation_is_use_too() -> None:
    run = applied("contacts", people_file(1))
    segment = Segment.objects.create(name="Everybody")
    series = Series.objects.create(name="Welcome", entry=segment)
    SeriesEntry.objects.create(series=series, contact=Contact.objects.get(), entered_on=roll.DAY)
    report = taken_back(run)
    assert (report.removed, len(report.kept)) == (0, 2)
    assert SeriesEntry.objects.filter(contact__isnull=False).count() == 1


def cut_off(monkeypatch, run, rows) -> None:
    """The third chunk of the import dies."""
    chunk, seen = import_apply._apply_chunk, []

    def dying(*args):
        if len(seen) == 2:
            raise MemoryError
        seen.append(1)
        return chunk(*args)

    with monkeypatch.context() as patch:
        patch.setattr(import_apply, "FIRST_CHUNK", 2)
        patch.setattr(import_apply, "next_size", lambda size, seconds: size)
        patch.setattr(import_apply, "_apply_chunk", dying)
        with pytest.raises(MemoryError):
            import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    run.refresh_from_db()


def test_an_import_cut_off_half_way_is_taken_back(monkeypatch) -> None:
    run, rows = tried_out("contacts", people_file(6))
    cut_off(monkeypatch, run, rows)
    assert (run.state, run.next_row, Contact.objects.count()) == (ImportState.APPLYING, 4, 4)
    assert taken_back(run) == UndoReport(removed=8)
    assert not Contact.objects.exists()


def test_the_journal_of_an_import_cut_off_expires(monkeypatch) -> None:
    run, rows = tried_out("contacts", people_file(6))
    cut_off(monkeypatch, run, rows)
    assert run.journal_expires_on == date(2026, 12, 20)
    assert not retention.journals_over(date(2026, 12, 19)).exists()
    assert run.rows.exclude(journal=[]).count() == 4
    retention.empty_journals(retention.journals_over(date(2026, 12, 20)))
    assert not run.rows.exclude(journal=[]).exists()


def test_an_import_still_at_work_stops_when_it_is_taken_back() -> None:
    run, rows = tried_out("contacts", people_file(250))
    other = ImportRun.objects.get(pk=run.pk)

    def meddle(done: int, total: int) -> None:
        if done == 60:
            other.refresh_from_db()
            assert taken_back(other).removed == 120

    with pytest.raises(InvalidTransition, match="taken back"):
        import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY, report=meddle)
    assert not Contact.objects.exists()
    assert ImportRun.objects.get(pk=run.pk).state == ImportState.UNDONE


def test_taking_back_cut_off_goes_on_where_it_stopped(monkeypatch) -> None:
    run = applied("contacts", people_file(5))
    remove, seen = undo._remove, []

    def dying(*args):
        if len(seen) == 5:
            raise MemoryError
        seen.append(1)
        return remove(*args)

    with monkeypatch.context() as patch:
        patch.setattr(undo, "_remove", dying)
        with pytest.raises(MemoryError):
            undo_import(run=run, actor=roll.STAFF)
    run.refresh_from_db()
    assert (run.state, Contact.objects.count(), ContactAddress.objects.count()) == (
        ImportState.APPLIED, 3, 3,
    )  # fmt: skip
    assert run.rows.exclude(journal=[]).count() == 3
    assert taken_back(run) == UndoReport(removed=6)
    assert not Contact.objects.exists()


def test_a_second_time_is_refused() -> None:
    run = applied("contacts", people_file(1))
    taken_back(run)
    with pytest.raises(InvalidTransition, match="cannot be taken back"):
        undo_import(run=run, actor=roll.STAFF)
    fresh, _rows = tried_out("contacts", people_file(1))
    with pytest.raises(InvalidTransition, match="cannot be taken back"):
        undo_import(run=fresh, actor=roll.STAFF)


def test_a_row_somebody_else_took_in_hand_is_left_alone(monkeypatch) -> None:
    """The journal was read, then the other process emptied it: the guard says no."""
    run = applied("contacts", people_file(1))
    row, real = ImportRow.objects.get(), undo._to_undo
    looks = []

    def overtaken(given):
        looks.append(1)
        if len(looks) == 2:
            ImportRow.objects.filter(pk=row.pk).update(journal=[])
        return real(given)

    report = UndoReport()
    with monkeypatch.context() as patch:
        patch.setattr(undo, "_to_undo", overtaken)
        undo._undo_row(row.pk, run, report, roll.STAFF)
    assert (len(looks), report, Contact.objects.count()) == (2, UndoReport(), 1)


def test_the_row_of_links_is_in_no_count(tmp_path, capsys) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(LEADS)
    call_command("import_file", "organisations", str(file), "--json")
    told = json.loads(capsys.readouterr().out)
    assert told.pop("import_id")
    assert told == {"read": 2, "created": 2, "updated": 0, "unchanged": 0, "rejected": []}
    assert ImportRow.objects.filter(reason="links").count() == 1


def test_files_of_an_archive_are_numbered_through() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in "ab":
            archive.writestr(
                f"{part}.csv", f"email\n{part}1@member.example.org\n{part}2@member.example.org\n"
            )
    run = applied("contacts", packed.getvalue(), "both.zip")
    assert list(run.rows.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert taken_back(run) == UndoReport(removed=8)
