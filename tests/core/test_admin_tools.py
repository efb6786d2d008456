"""Saved views, exports, restored fields, help texts."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from backoffice.core import dates
from backoffice.core.admin_bases.export_rows import export_resource
from backoffice.core.models import AuditEvent, FieldHelp, JobRun, SavedView
from contacts.models import Contact, ContactAddress, Organisation
from contacts.services import people
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings, client):
    settings.ROLLCALL_DEMO = True
    roll.agency()
    client.force_login(roll.staff("membership"))
    return roll.member("Quarry University", website="https://quarry.example.org")


def test_a_view_keeps_filter_and_columns_and_is_private_unless_shared(house, client) -> None:
    url = reverse("admin:contacts_organisation_save_view")
    answer = client.post(url, {"name": "Mine", "query": "region=EMEA", "columns": ["name"]})
    assert "region=EMEA" in answer["Location"]
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert [str(name) for name in page.context["cl"].list_display if name != "action_checkbox"] == [
        "name"
    ]
    other = roll.staff("auditor")
    client.force_login(other)
    listing = client.get(reverse("admin:contacts_organisation_changelist"))
    assert b"Mine" not in listing.content
    SavedView.objects.update(shared=True)
    assert b"Mine" in client.get(reverse("admin:contacts_organisation_changelist")).content


def test_an_export_is_permitted_recorded_and_harmless(house, client) -> None:
    Organisation.objects.create(name="=cmd|' /C calc'!A0")
    url = reverse("admin:contacts_organisation_export")
    form = {"purpose": "audit", "recipient": "auditor", "file_format": "csv", "columns": ["name"]}
    body = b"".join(client.post(url, form).streaming_content).decode()
    assert "'=cmd" in body
    assert "Quarry University" in body
    event = AuditEvent.objects.get(stream="exports")
    assert event.facts["rows"] == 2
    assert "Quarry" not in str(event.facts)
    workbook = client.post(url, {**form, "file_format": "xlsx"})
    assert b"".join(workbook.streaming_content)[:2] == b"PK"
    client.force_login(roll.staff("auditor"))
    assert client.post(url, form).status_code == 403


def test_columns_are_chosen_kept_under_a_name_and_written_with_labels(house, client) -> None:
    url = reverse("admin:contacts_organisation_export")
    form = {"purpose": "audit", "recipient": "board", "file_format": "csv", "save_as": "Board",
            "columns": ["country", "name"]}  # fmt: skip
    body = b"".join(client.post(url, form).streaming_content).decode()
    assert body.splitlines() == ["legal name,country", "Quarry University,DE"]
    assert AuditEvent.objects.get(stream="exports").facts["columns"] == ["name", "country"]
    kept = SavedView.objects.get(model="contacts.organisation#export")
    page = client.get(f"{url}?set={kept.pk}").context["form"]
    assert page.initial["columns"] == ["name", "country"]
    assert not client.get(reverse("admin:contacts_organisation_changelist")).context["saved_views"]
    client.force_login(roll.staff("administrator"))
    assert client.get(url).context["sets"] == []
    SavedView.objects.update(shared=True)
    assert client.get(url).context["sets"] == [kept]
    refused = client.post(url, {**form, "columns": ["name", "merged_into__name"]})
    assert refused.status_code == 200
    assert refused.context["form"].errors["columns"]


def test_removed_and_restricted_people_are_not_exported(house, client) -> None:
    for number, changes in enumerate(
        ({}, {"restricted_at": dates.now()}, {"erased_at": dates.now()})
    ):
        person = roll.person(f"p{number}@x.example.org", "Person", str(number))
        Contact.objects.filter(pk=person.pk).update(**changes)
    people.change_address(contact=Contact.objects.get(family_name="0"), address="new@x.example.org",
                          on=roll.DAY, actor=roll.STAFF)  # fmt: skip
    url = reverse("admin:contacts_contact_export")
    form = {"purpose": "audit", "recipient": "board", "columns": ["family_name", "current_address"]}
    body = b"".join(client.post(url, {**form, "file_format": "csv"}).streaming_content).decode()
    assert body.splitlines() == ["family name,current address", "0,new@x.example.org"]
    sheet = b"".join(client.post(url, {**form, "file_format": "xlsx"}).streaming_content)
    rows = load_workbook(io.BytesIO(sheet)).active.values
    assert list(rows) == [("family name", "current address"), ("0", "new@x.example.org")]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_column_through_a_relation_takes_no_query_a_row(
    house, rows: int, django_assert_num_queries
) -> None:
    for number in range(rows):
        roll.person(f"second{number}@x.example.org", "Person", f"={number}")
    resource = export_resource(ContactAddress, ["address", "contact__family_name"])
    second = ContactAddress.objects.filter(address__startswith="second")
    with django_assert_num_queries(1):
        lines = list(resource.lines(second))
    assert lines[0] == ["e-mail address", "contact: family name"]
    assert [line[1] for line in lines[1:]] == [f"'={number}" for number in range(rows)]


def test_a_field_is_restored_as_a_new_version(house, client) -> None:
    house.website = "https://wrong.example.org"
    house.save()
    first = Organisation.history.filter(id=house.pk).earliest("history_id")
    url = reverse(
        "admin:contacts_organisation_restore", args=[house.pk, first.history_id, "website"]
    )
    assert client.get(url).status_code == 200
    house.refresh_from_db()
    assert house.website == "https://wrong.example.org"
    client.post(url)
    house.refresh_from_db()
    assert house.website == "https://quarry.example.org"
    assert Organisation.history.filter(id=house.pk).count() == 3
    history = client.get(reverse("admin:contacts_organisation_history", args=[house.pk])).content
    assert b"Web site" in history
    assert b"website" not in history.split(b"<table")[1].split(b"restore/")[0]


def test_redacted_versions_and_readonly_fields_are_not_restored(house, client) -> None:
    first = Organisation.history.filter(id=house.pk).earliest("history_id")
    Organisation.history.filter(id=house.pk).update(history_change_reason="removed at request")
    url = reverse(
        "admin:contacts_organisation_restore", args=[house.pk, first.history_id, "website"]
    )
    assert client.post(url).status_code == 404
    url = reverse(
        "admin:contacts_organisation_restore", args=[house.pk, first.history_id, "source"]
    )
    assert client.post(url).status_code == 403


def test_staff_write_their_own_help_texts(house, client) -> None:
    FieldHelp.objects.create(
        model="contacts.organisation", field="website", language="en-gb", text="With https please."
    )
    page = client.get(reverse("admin:contacts_organisation_change", args=[house.pk]))
    assert b"With https please." in page.content


def test_query_count_of_a_list_does_not_grow(house, client, django_assert_num_queries) -> None:
    url = reverse("admin:contacts_organisation_changelist")
    client.get(url)
    with django_assert_num_queries(10):
        client.get(url)
    roll.member("Second")
    roll.member("Third")
    with django_assert_num_queries(10):
        client.get(url)


def test_a_failed_job_is_run_again_on_the_record(house, client) -> None:
    run = JobRun.objects.create(name="core.prune", state="failed", error="OSError")
    url = reverse("admin:core_jobrun_do", args=[run.pk, "retry"])
    assert client.post(url).status_code == 403
    client.force_login(roll.staff("administrator"))
    assert client.get(url).status_code == 200
    run.refresh_from_db()
    assert run.state == "failed"
    client.post(url)
    run.refresh_from_db()
    assert run.state == "queued"
    assert AuditEvent.objects.get(stream="jobs").action == "retry"
