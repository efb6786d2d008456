"""The registry taken in through the import's door: once, with suppressions, half a list never."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.core import dates
from backoffice.core.errors import NotConfigured
from backoffice.delivery.services import suppress
from contacts.models import Contact, ContactAddress, ImportRow, ImportRun, Organisation, Repository
from contacts.services.undo import undo_import
from contacts.sync import registry_pages
from contacts.sync.models import SyncRun
from contacts.sync.services.registry_sync import sync_registry
from contacts.sync.standins.registry import RegistryStandin, contact, filled, provider
from contacts.sync.standins.server import serving
from tests.factories import roll
from tests.sync.conftest import STAFF

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def registry(settings, monkeypatch) -> Iterator[RegistryStandin]:
    roll.agency()
    monkeypatch.setattr(registry_pages, "PAGE_SIZE", 3)
    standin = filled(4)
    standin._sign_in = "b2ZmaWNlOnNlY3JldA=="
    with serving(standin) as url:
        settings.ROLLCALL_REGISTRY_URL = url
        settings.ROLLCALL_REGISTRY_USER, settings.ROLLCALL_REGISTRY_PASSWORD = "office", "secret"
        yield standin


def sync():
    return sync_registry(on=dates.today(), at=dates.now(), actor=STAFF)


def test_everything_comes_once(registry) -> None:
    run, taken = sync()
    assert [(found.kind, found.read) for found in taken] == [
        ("datacite-providers", 4), ("fabrica-repositories", 4), ("fabrica-contacts", 8),
    ]  # fmt: skip
    assert run.counts == {"created": 16, "updated": 0, "unchanged": 0, "rejected": 0}
    assert (Organisation.objects.count(), Repository.objects.count()) == (4, 4)
    assert ContactAddress.objects.filter(address="voting@staaaa.example.org").exists()
    runs = ImportRun.objects.count()
    again, _taken = sync()
    assert again.counts["unchanged"] == 16
    assert ImportRun.objects.count() == runs, "the same answer makes no further import"


def test_a_dry_run_writes_nothing(registry) -> None:
    out = StringIO()
    call_command("sync_registry", "--dry-run", stdout=out)
    assert "datacite-providers: 4 read, 4 created" in out.getvalue()
    assert (Organisation.objects.count(), SyncRun.objects.count()) == (0, 0)


def test_a_removed_person_does_not_come_back(registry) -> None:
    suppress("voting@staaaa.example.org", scope="all", reason="erased", actor=STAFF)
    run, taken = sync()
    assert run.counts["rejected"] == 1
    assert not ContactAddress.objects.filter(address="voting@staaaa.example.org").exists()
    row = ImportRow.objects.get(run=taken[-1].import_id, outcome="rejected")
    assert "asked to be removed" in row.reason
    assert row.cells == {}


def test_a_change_there_changes_here_and_can_be_taken_back(registry) -> None:
    sync()
    registry.entries["/providers"][0]["attributes"]["website"] = "https://new.example.org"
    run, taken = sync()
    assert run.counts["updated"] == 1
    changed = Organisation.objects.get(website="https://new.example.org")
    undo_import(run=ImportRun.objects.get(pk=taken[0].import_id), actor=STAFF)
    changed.refresh_from_db()
    assert changed.website == ""


def test_a_contact_deleted_there_ends_its_duties_here(registry) -> None:
    sync()
    for entry in registry.entries["/contacts"]:
        if entry["id"] == "staaaa-voting":
            entry["attributes"]["deleted"] = "2026-11-01T10:00:00.000Z"
    sync()
    person = Contact.objects.get(addresses__address="voting@staaaa.example.org")
    assert not person.duties.open(on=dates.today()).exists()


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        (lambda there: setattr(there, "stumbles", [403]), "refused the sign-in", "sign_in"),
        (lambda there: setattr(there, "stumbles", [404]), "answered 404", "server"),
        (
            lambda there: there.entries.update({"/providers": [{"id": "x"}]}),
            "another shape",
            "shape",
        ),
    ],
)
def test_what_the_registry_gets_wrong(registry, change, words: str, code: str) -> None:
    change(registry)
    with pytest.raises(CommandError, match=words):
        call_command("sync_registry")
    assert SyncRun.objects.get().error == code
    assert Organisation.objects.count() == 0


def test_half_a_list_is_never_taken_for_a_whole_one(registry, monkeypatch) -> None:
    whole = RegistryStandin.answer

    def short(self, method, path, query, body, headers):
        status, document = whole(self, method, path, query, body, headers)
        if query.get("page[number]") == "2":
            document["data"] = []
        return status, document

    monkeypatch.setattr(RegistryStandin, "answer", short)
    with pytest.raises(CommandError, match="3 of 4"):
        call_command("sync_registry")
    assert Organisation.objects.count() == 0


def test_a_busy_registry_is_asked_again(registry, monkeypatch) -> None:
    monkeypatch.setattr(registry_pages.RETRIES, "backoff_factor", 0)
    registry.stumbles = [503, 429]
    assert sync()[0].error == ""


def test_without_sign_in_no_contacts_and_without_address_nothing(registry, settings) -> None:
    settings.ROLLCALL_REGISTRY_USER = ""
    assert [found.kind for found in sync()[1]] == ["datacite-providers", "fabrica-repositories"]
    settings.ROLLCALL_REGISTRY_URL = ""
    with pytest.raises(NotConfigured):
        sync()


def test_rows_for_people_wait_at_the_desk(registry) -> None:
    registry.entries["/contacts"].append(
        contact("x", "STAAAA", "not an address", "A", "B", ("voting",))
    )
    registry.entries["/providers"].append(provider("STZZZZ", ""))
    run, _taken = sync()
    assert run.counts["rejected"] == 2
