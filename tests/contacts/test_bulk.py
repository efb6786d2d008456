"""Bulk acts from the list: tags and fields, one run each, taken back as a whole."""

from __future__ import annotations

import pytest

from backoffice.core.errors import BadInput
from contacts.models import ImportRun, Organisation, Tag
from contacts.services import bulk
from contacts.services.undo import undo_import
from tests.factories import roll

pytestmark = pytest.mark.django_db
LIST = "/admin/contacts/organisation/"


@pytest.fixture
def three(settings, client) -> list[Organisation]:
    settings.ROLLCALL_DEMO = True
    roll.agency()
    client.force_login(roll.staff("membership"))
    return [roll.member(name) for name in ("Alpha", "Beta", "Gamma")]


def act(client, records, name: str, **data):
    form = {
        "action": name,
        "_selected_action": [row.pk for row in records],
        "confirmed": "1",
        **data,
    }
    return client.post(LIST, form)


def test_a_tag_run_is_one_run_and_is_taken_back(three, client) -> None:
    tag = Tag.objects.create(name="geology")
    three[0].tags.add(tag)
    page = act(client, three, "tag", tag=tag.pk).content.decode()
    assert page.count("Changed.") == 2
    assert "It was so already." in page
    run = ImportRun.objects.get()
    assert (run.kind, run.read, run.updated, run.unchanged) == ("bulk tag", 3, 2, 1)
    report = undo_import(run=run, actor=roll.STAFF)
    assert (report.removed, report.kept) == (2, [])
    assert list(Organisation.objects.filter(tags=tag)) == [three[0]]


def test_a_tag_that_was_removed_comes_back_unless_it_is_there_again(three, client) -> None:
    tag = Tag.objects.create(name="geology")
    for row in three:
        row.tags.add(tag)
    act(client, three, "untag", tag=tag.pk)
    assert not Organisation.objects.filter(tags=tag).exists()
    three[0].tags.add(tag)
    report = undo_import(run=ImportRun.objects.get(), actor=roll.STAFF)
    assert (report.restored, len(report.kept)) == (2, 1)
    assert "there again already" in report.kept[0]
    assert Organisation.objects.filter(tags=tag).count() == 3


@pytest.mark.database
def test_a_bulk_edit_is_taken_back_but_not_over_a_later_change(three, client) -> None:
    act(client, three, "edit", change="organisation_type=publisher")
    assert set(Organisation.objects.values_list("organisation_type", flat=True)) == {"publisher"}
    assert three[0].history.first().history_user.email == "membership@agency.example.org"
    Organisation.objects.filter(pk=three[0].pk).update(organisation_type="other")
    report = undo_import(run=ImportRun.objects.get(), actor=roll.STAFF)
    assert (report.restored, len(report.kept)) == (2, 1)
    types = Organisation.objects.order_by("name").values_list("organisation_type", flat=True)
    assert list(types) == ["other", "", ""]


@pytest.mark.parametrize(("field", "value"), [("name", "X"), ("merged_into", "1"),
                                              ("organisation_type", "spaceship")])  # fmt: skip
def test_what_is_not_changed_in_bulk_is_refused(three, field: str, value: str) -> None:
    run = bulk.start_bulk(kind="edit", actor=roll.STAFF, on=roll.DAY)
    with pytest.raises(BadInput):
        bulk.edit_record(run=run, record=three[0], field=field, value=value, actor=roll.STAFF)
    run.refresh_from_db()
    assert run.read == 0


def test_readers_have_no_bulk_acts(three, client) -> None:
    client.force_login(roll.staff("auditor"))
    act(client, three, "edit", change="organisation_type=publisher")
    assert not Organisation.objects.exclude(organisation_type="").exists()
    assert not ImportRun.objects.exists()
