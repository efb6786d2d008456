"""What must not be erased, what must not be forgotten, and crashes in between."""

from __future__ import annotations

import json

import pytest

from backoffice.core import dates, restores
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.services import documents
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import queue_message
from contacts.models import Contact, Note
from contacts.privacy.enums import CaseKind, CaseState, Channel
from contacts.privacy.models import ErasureJournal, PrivacyCase
from contacts.privacy.services import (
    cases,
    execution,
    findings,
    granting,
    journal,
    opening,
    planning,
    replay,
)
from contacts.services import people, records
from tests.factories import roll

ZOE = "zoe@quarry.example.org"
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def house(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    roll.agency()
    quarry = roll.member("Quarry University")
    records.add_note(text="Library closes in August", organisation=quarry, actor=roll.STAFF)
    roll.duty(quarry, roll.person(ZOE, "Zoe", "Quist"), "billing")
    return {
        "quarry": quarry,
        "officer": Actor.user(roll.staff("privacy officer")),
        "second": Actor.user(roll.staff("administrator")),
    }


def approved(house, address: str) -> PrivacyCase:
    case = opening.open_case(kind=CaseKind.REMOVAL, channel=Channel.STAFF, address=address,
                           received_on=roll.DAY, actor=roll.STAFF)  # fmt: skip
    if case.contact is None:
        cases.review_without_link(case=case, actor=roll.STAFF)
    else:
        cases.identity_seen(case=case, actor=roll.STAFF)
    planning.plan_case(case=case, on=roll.DAY, actor=house["officer"])
    return planning.approve_case(case=case, actor=house["second"])


def test_an_unknown_address_touches_nobody_elses_rows(house) -> None:
    before = set(Note.objects.values_list("pk", "text"))
    case = approved(house, "nobody@nowhere.example.org")
    models = {item.model for item in case.plan.all()}
    assert "contacts.Note" not in models
    assert "contacts.Contact" not in models
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    assert set(Note.objects.values_list("pk", "text")) == before
    assert Contact.objects.get(family_name="Quist").erased_at is None


def test_a_note_on_the_organisation_that_names_the_person_goes(house) -> None:
    records.add_note(text="Zoe Quist will retire", organisation=house["quarry"], actor=roll.STAFF)
    case = approved(house, ZOE)
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    assert case.scan_findings == []
    assert list(Note.objects.values_list("text", flat=True)) == ["Library closes in August"]


def test_a_message_that_waits_does_not_leave(house, monkeypatch) -> None:
    from backoffice.delivery.registry import MESSAGE_KINDS

    monkeypatch.setitem(MESSAGE_KINDS._entries, "test.kind", object())
    waiting = queue_message(kind="test.kind", mail_class="contract", address=ZOE,
                            dedupe_key="waits")  # fmt: skip
    execution.execute_case(case=approved(house, ZOE), on=roll.DAY, actor=roll.STAFF)
    row = Delivery.objects.get(pk=waiting.pk)
    assert (row.state, row.address) == ("skipped", f"removed-{row.pk}@removed.invalid")


def test_a_crash_before_the_rows_is_made_good(house, monkeypatch) -> None:
    case = approved(house, ZOE)
    real = execution._erase_rows

    def crash(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(execution, "_erase_rows", crash)
    with pytest.raises(KeyboardInterrupt):
        execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    case.refresh_from_db()
    assert case.state == CaseState.EXECUTING
    assert Contact.objects.filter(family_name="Quist").exists()
    monkeypatch.setattr(execution, "_erase_rows", real)
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    assert case.state == CaseState.PROPAGATING
    assert not Contact.objects.filter(family_name="Quist").exists()
    assert len(journal.journal_path().read_text().splitlines()) == 2
    assert len(journal.read_journal()) == 1


def test_a_second_scan_does_not_forget_what_the_first_found(house, monkeypatch) -> None:
    case = approved(house, ZOE)
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    left = records.add_note(text="Z. Q. called", organisation=house["quarry"], actor=roll.STAFF)
    hit = {"model": "contacts.note", "field": "text", "pk": str(left.pk)}
    PrivacyCase.objects.filter(pk=case.pk).update(scan_findings=[hit])
    case.refresh_from_db()
    assert findings.rescan(case=case, actor=roll.STAFF) == [hit]
    with pytest.raises(RuleBroken, match="not a finding"):
        findings.redact_finding(case=case, actor=roll.STAFF, **{**hit, "pk": "0"})
    findings.redact_finding(case=case, actor=roll.STAFF, **hit)
    assert case.scan_findings == []
    assert not Note.objects.filter(pk=left.pk).exists()


def test_packed_files_of_imports_go_too(house) -> None:
    kept = documents.store_new(b"other@example.org", kind="import", subject="x", file_name="a.csv",
                               media_type="text/csv")  # fmt: skip
    packed = documents.store_new(b"\x1f\x8bpacked", kind="import", subject="x", file_name="b.gz",
                                 media_type="application/gzip")  # fmt: skip
    wide = documents.store_new(ZOE.encode("utf-16-le"), kind="import", subject="x",
                               file_name="c.txt", media_type="text/plain")  # fmt: skip
    execution.execute_case(case=approved(house, ZOE), on=roll.DAY, actor=roll.STAFF)
    names = {row.pk: row.file_name for row in StoredDocument.objects.all()}
    assert names[kept.pk] == "a.csv"
    assert names[packed.pk].startswith("removed-")
    assert names[wide.pk].startswith("removed-")


def test_replay_spares_the_new_holder_of_a_passed_on_address(house) -> None:
    """An ended address of a living person that an erased one held later is no reason."""
    other = roll.person("desk@quarry.example.org", "Ola", "Petersen")
    people.change_address(contact=other, address="ola@quarry.example.org", on=roll.DAY,
                          actor=roll.STAFF)  # fmt: skip
    gone = roll.person("desk@quarry.example.org", "Finn", "Adeyemi")
    execution.execute_case(case=approved(house, "desk@quarry.example.org"), on=roll.DAY,
                           actor=roll.STAFF)  # fmt: skip
    restores.mark_path().touch()
    ErasureJournal.objects.all().delete()
    entries = journal.read_journal()
    assert replay.replay(journal=entries, at=dates.now(), actor=roll.STAFF) == 0
    assert Contact.objects.get(pk=other.pk).full_name == "Ola Petersen"
    assert Contact.objects.get(pk=gone.pk).full_name == ""


def test_a_torn_last_line_of_the_journal_is_left_out(house) -> None:
    journal.append_journal({"case": "P-1", "contact": None, "user": None, "hashes": ["a"]})
    with journal.journal_path().open("a") as handle:
        handle.write('{"case": "P-2", "has')
    assert [row["case"] for row in journal.read_journal()] == ["P-1"]
    assert json.loads(journal.journal_path().read_text().splitlines()[0])["case"] == "P-1"


@pytest.mark.parametrize("kind", [CaseKind.OBJECTION, CaseKind.RESTRICTION])
def test_other_rights_are_granted_and_answered(house, kind: str) -> None:
    case = opening.open_case(kind=kind, channel=Channel.FORM, address=ZOE, received_on=roll.DAY,
                           actor=Actor.link("form"))  # fmt: skip
    if kind == CaseKind.RESTRICTION:
        cases.identity_seen(case=case, actor=roll.STAFF)
    else:
        cases.review_without_link(case=case, actor=roll.STAFF)
    granting.grant_case(case=case, actor=roll.STAFF)
    assert (case.state, case.outcome) == (CaseState.ANSWERED, "granted")
    contact = Contact.objects.get(family_name="Quist")
    assert (contact.restricted_at is not None) == (kind == CaseKind.RESTRICTION)
    assert Delivery.objects.filter(kind="privacy.answer").exists()
