"""The record of processing activities: out of the map, versioned by what it says."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from backoffice.core.models import AuditEvent
from backoffice.core.personal_data import MAP, ModelMap, Personal
from backoffice.core.services import documents
from contacts.privacy.models import ProcessingRecord, Processor
from contacts.privacy.purposes import PURPOSES
from contacts.privacy.services import processors
from contacts.privacy.services.processing_record import build_record, make_record
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency():
    roll.agency()
    processors.load_processors("datacite", roll.STAFF, roll.DAY)


def made() -> ProcessingRecord:
    return make_record(on=roll.DAY, actor=roll.STAFF)


def test_every_declared_field_stands_in_the_record(agency) -> None:
    record = build_record(on=roll.DAY)
    assert record["controller"]["name"] == "Test Agency e. V."
    assert {row["purpose"] for row in record["activities"]} == set(PURPOSES)
    for row in record["activities"]:
        assert row["basis"].startswith("Art. 6(1)")
        assert all((row["subjects"], row["categories"], row["data"], row["kept"])), row
    fields = [field for row in record["activities"] for field in row["data"]]
    assert "contact: family name" in fields
    assert {"name": "Salesforce", "purpose": "customer records"}.items() <= (
        next(row for row in record["recipients"] if row["name"] == "Salesforce").items()
    )


def test_a_new_version_only_when_something_changed(agency, monkeypatch) -> None:
    first = made()
    assert (first.version, made().pk, ProcessingRecord.objects.count()) == (1, first.pk, 1)
    Processor.objects.filter(code="crm").update(active=False)
    second = made()
    assert (second.version, second.content_sha256 != first.content_sha256) == (2, True)
    label = "contacts.note"
    changed = ModelMap(label, {"text": Personal("free_text", "notes of staff on their work", "6(1)(a)",
                                                "contact_end", "delete_row")}, frozenset())  # fmt: skip
    monkeypatch.setitem(MAP._entries, label, changed)
    assert made().version == 3
    events = AuditEvent.objects.filter(action="record_version")
    assert sorted(event.facts["version"] for event in events) == [1, 2, 3]


def test_stored_in_two_languages_and_as_data(agency) -> None:
    record = made()
    english, german = (
        documents.read_bytes(document).decode() for document in (record.english, record.german)
    )
    assert '<html lang="en-gb">' in english
    assert '<html lang="de">' in german
    assert "Verzeichnis von Verarbeitungstätigkeiten" in german
    assert "Mitgliederverwaltung" in german
    data = json.loads(documents.read_bytes(record.data))
    assert (data["version"], data["sha256"]) == (1, record.content_sha256)


def test_the_screen_and_its_permissions(agency, client, settings) -> None:
    settings.ROLLCALL_DEMO = True
    again = reverse("admin:privacy_record_again")
    client.force_login(roll.staff("privacy officer"))
    assert client.get(again).status_code == 405
    client.post(again)
    record = ProcessingRecord.objects.get()
    listed = reverse("admin:privacy_processingrecord_changelist")
    assert "Look again now" in client.get(listed).content.decode()
    shown = client.get(reverse("admin:privacy_processingrecord_change", args=[record.pk]))
    assert "Download in German" in shown.content.decode()
    client.force_login(roll.staff("auditor"))
    assert client.post(again).status_code == 403
    assert client.get(listed).status_code == 200
    client.force_login(roll.staff("finance"))
    assert client.get(listed).status_code == 403
