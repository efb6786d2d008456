"""A new suppression key: every stored hash comes along, once, or nothing happens and work stops."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from backoffice.core import dates
from backoffice.core.errors import NotConfigured
from backoffice.core.models import AuditEvent
from backoffice.delivery.ledger_key import key_version, wrapped
from backoffice.delivery.models import AddressScore, Delivery, LedgerKey, Permit, Suppression
from backoffice.delivery.registry import ADDRESS_HASHES
from backoffice.delivery.services import address_hash, is_suppressed, suppress
from backoffice.delivery.services.forgetting import forgotten_address
from backoffice.delivery.services.key_rotation import key_problem, note_first_key, rotate_key
from backoffice.delivery.services.lifting import readmit
from contacts.models import Contact
from contacts.privacy.models import ErasureJournal, PrivacyCase
from contacts.privacy.services.journal import append_journal, read_journal
from contacts.privacy.services.opening import open_case
from contacts.services import people
from tests.factories import roll

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ADA, BO = "ada@quarry.example.org", "bo@quarry.example.org"
SECOND, THIRD = "second-key-0000000000000000000000000000000002", "third-key-00000000000000000000003"


@pytest.fixture(autouse=True)
def ledger(settings, tmp_path) -> None:
    """One of everything that is kept as a hash, under the first key."""
    settings.VAR_DIR = tmp_path
    LedgerKey.objects.all().delete()
    note_first_key()
    suppress(ADA, scope="all", reason="erased", actor=roll.STAFF)
    suppress(BO, scope="optional", reason="objection", actor=roll.STAFF)
    Delivery.objects.create(kind="test", mail_class="community", lane="bulk",
                            address=forgotten_address(BO), dedupe_key="old", message_id="old")  # fmt: skip
    Delivery.objects.create(kind="test", mail_class="community", lane="bulk", address=BO,
                            dedupe_key="young", message_id="young")  # fmt: skip
    open_case(kind="removal", channel="staff", address=BO, received_on=roll.DAY, actor=roll.STAFF)
    readmit(BO, topic="letter", mail_class="community", evidence="subscription:1",
            actor=roll.STAFF, at=dates.now())  # fmt: skip
    AddressScore.objects.create(address_hash=address_hash(BO), points=1, scored_on=date(2026, 1, 1))
    entry = {"case": "P-1", "contact": 1, "user": None, "hashes": [address_hash(ADA)], "kept": {}}
    append_journal(entry)
    ErasureJournal.objects.create(case_reference="P-1", address_hashes=[address_hash(ADA)],
                                  executed_at=dates.now())  # fmt: skip


def new_key(settings, key: str = SECOND) -> None:
    former = (*settings.ROLLCALL_SUPPRESSION_FORMER_KEYS, settings.ROLLCALL_SUPPRESSION_KEY)
    settings.ROLLCALL_SUPPRESSION_FORMER_KEYS, settings.ROLLCALL_SUPPRESSION_KEY = former, key


def everything_is_found() -> None:
    assert is_suppressed(ADA, mail_class="contract") == "all"
    assert is_suppressed(BO, mail_class="community") == "optional"
    assert is_suppressed(BO, mail_class="community", topic="letter") == ""
    assert AddressScore.objects.get().address_hash == address_hash(BO)
    assert PrivacyCase.objects.get().address_hash == address_hash(BO)
    assert ErasureJournal.objects.get().address_hashes == [address_hash(ADA)]
    assert set(Delivery.objects.values_list("address", flat=True)) == {BO, forgotten_address(BO)}
    assert [entry["hashes"] for entry in read_journal()] == [[address_hash(ADA)]]
    for model in (Suppression, Permit):
        assert set(model.objects.values_list("key_version", flat=True)) == {key_version()}
    with pytest.raises(Exception, match="removed"):
        people.create_contact(address=ADA, family_name="Lane", on=roll.DAY, actor=roll.STAFF)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("keys", [[SECOND], [SECOND, THIRD]])
def test_nobody_is_forgotten(settings, keys: list[str]) -> None:
    for key in keys:
        new_key(settings, key)
    assert is_suppressed(ADA, mail_class="contract") == ""  # the control: without it they are lost
    assert "manage.py rotate_suppression_key" in key_problem()
    counts = rotate_key(actor=roll.STAFF)
    assert counts["suppressions"] == 2
    assert set(counts) == set(ADDRESS_HASHES.names())
    assert key_problem() == ""
    everything_is_found()
    assert AuditEvent.objects.get(action="rotate_key").facts["version"] == 1 + len(keys)


def test_twice_is_once(settings) -> None:
    new_key(settings)
    rotate_key(actor=roll.STAFF)
    assert rotate_key(actor=roll.STAFF) == {}
    everything_is_found()
    new_key(settings, THIRD)
    rotate_key(actor=roll.STAFF)
    everything_is_found()


def test_cut_off_nothing_has_changed(settings, monkeypatch) -> None:
    new_key(settings)
    calls = iter(range(100))

    def killed(*args, **kwargs) -> None:
        raise SystemExit

    def third_time(*args, **kwargs):
        return killed() if next(calls) > 2 else wrapped(*args, **kwargs)

    monkeypatch.setattr("backoffice.delivery.services.key_rotation.wrapped", third_time)
    with pytest.raises(SystemExit), transaction.atomic():
        rotate_key(actor=roll.STAFF)
    monkeypatch.undo()
    assert LedgerKey.objects.count() == 1
    rotate_key(actor=roll.STAFF)
    everything_is_found()


def test_a_wrong_key_stops_work(settings) -> None:
    settings.ROLLCALL_SUPPRESSION_KEY = "another-key-that-was-never-used-000000000000"
    assert "is not the one that this database was used with" in key_problem()
    for command in ("worker", "run_deliveries"):
        with pytest.raises(CommandError, match="suppression key"):
            call_command(command)
    with pytest.raises(NotConfigured):
        rotate_key(actor=roll.STAFF)


def test_a_former_key_that_is_not_the_former_one(settings) -> None:
    settings.ROLLCALL_SUPPRESSION_FORMER_KEYS = ("never-used-0000000000000000000000000000000",)
    with pytest.raises(CommandError, match="Key 1 of this database is not among"):
        call_command("rotate_suppression_key")
    assert is_suppressed(ADA, mail_class="contract") == ""
    assert LedgerKey.objects.count() == 1


def test_the_command_says_what_it_did(settings) -> None:
    new_key(settings)
    out = StringIO()
    call_command("rotate_suppression_key", stdout=out)
    assert "suppressions: 2" in out.getvalue()
    call_command("rotate_suppression_key", stdout=out)
    assert "nothing to do" in out.getvalue()


def test_every_column_of_hashes_is_named() -> None:
    """Whoever adds a column of hashed addresses adds it to the rotation."""
    from django.apps import apps

    columns = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in ("address_hash", "address_hashes") and "Historical" not in model.__name__
    }
    named = {(column.label, column.field) for _name, column in ADDRESS_HASHES if not column.suffix}
    assert columns == named
