"""A person who holds duties at two organisations asks for removal."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from backoffice.core import dates, restores
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.models import AuditEvent
from backoffice.core.services import audit
from backoffice.delivery.models import Delivery, Suppression
from backoffice.delivery.services import is_suppressed
from contacts.models import Contact, ContactAddress, FollowUp, RoleAssignment
from contacts.privacy.enums import CaseKind, CaseState, Channel, TaskState
from contacts.privacy.models import ErasureJournal, PrivacyCase
from contacts.privacy.retention import addresses_over
from contacts.privacy.services import (
    answer,
    cases,
    execution,
    journal,
    opening,
    planning,
    processors,
    replay,
    scan,
)
from contacts.privacy.services.expiry import forget_addresses
from contacts.services import import_apply, imports, people, records
from tests.factories import roll

ADDRESS = "zoe.quist@quarry.example.org"
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    roll.agency()
    processors.load_processors("datacite", roll.STAFF, roll.DAY)
    quarry, felsen = roll.member("Quarry University"), roll.member("Felsen Institute")
    zoe = roll.person(ADDRESS, "Zoë", "Quist", phone="+49 511 555 0199")
    other = roll.person("bram@felsen.example.org", "Bram", "Bauer")
    roll.duty(quarry, zoe, "voting")
    roll.duty(quarry, zoe, "billing")
    roll.duty(felsen, zoe, "technical")
    roll.duty(felsen, other, "voting")
    records.add_note(text="Zoë Quist prefers calls", organisation=quarry, contact=zoe,
                     actor=roll.STAFF)  # fmt: skip
    people.rectify_contact(contact=zoe, fields={"given_name": "Zoe"}, actor=roll.STAFF)
    officer, second = roll.staff("privacy officer"), roll.staff("administrator")
    LogEntry.objects.create(
        user=officer, content_type=ContentType.objects.get_for_model(Contact),
        object_id=str(zoe.pk), object_repr="Zoe Quist", action_flag=CHANGE, change_message="",
    )  # fmt: skip
    return {"zoe": zoe, "officer": officer, "second": second, "quarry": quarry, "other": other}


def _approved(world) -> PrivacyCase:
    case = opening.open_case(kind=CaseKind.REMOVAL, channel=Channel.FORM, address=ADDRESS,
                           received_on=roll.DAY, actor=Actor.link("form"))  # fmt: skip
    cases.ask_identity(case=case, on=roll.DAY, actor=Actor.user(world["officer"]))
    token = cases.identity_token(case)
    assert cases.confirm_identity(token=token, actor=Actor.link("confirm")).pk == case.pk
    case.refresh_from_db()
    planning.plan_case(case=case, on=roll.DAY, actor=Actor.user(world["officer"]))
    with pytest.raises(RuleBroken, match="second person"):
        planning.approve_case(case=case, actor=Actor.user(world["officer"]))
    return planning.approve_case(case=case, actor=Actor.user(world["second"]))


def test_execution_leaves_no_trace_and_the_audit_stays_whole(world) -> None:
    case = _approved(world)
    execution.execute_case(case=case, on=roll.DAY, actor=Actor.user(world["officer"]))

    assert case.state == CaseState.PROPAGATING
    assert case.scan_findings == []
    for term in (ADDRESS, "Quist", "+49 511 555 0199"):
        hits = scan.scan_term(term, left_out=["privacy.privacycase"])
        assert hits == [], term
    zoe = Contact.objects.get(pk=world["zoe"].pk)
    assert (zoe.given_name, zoe.family_name, zoe.phone, zoe.subject_key) == ("", "", "", None)
    assert zoe.erased_at is not None
    assert not ContactAddress.objects.filter(contact=zoe, address__isnull=False).exists()
    assert not RoleAssignment.objects.filter(contact=zoe, valid_until__isnull=True).exists()
    assert RoleAssignment.objects.filter(contact=world["other"], valid_until__isnull=True).exists()
    assert FollowUp.objects.filter(code="vacant_duty", organisation=world["quarry"]).count() == 2
    assert is_suppressed(ADDRESS, mail_class="contract") == "all"
    assert audit.verify_all() == []
    assert not AuditEvent.objects.filter(facts__icontains="quist").exists()


def test_the_other_person_keeps_everything(world) -> None:
    execution.execute_case(case=_approved(world), on=roll.DAY, actor=roll.STAFF)
    other = Contact.objects.get(pk=world["other"].pk)
    assert other.full_name == "Bram Bauer"
    assert other.addresses.get().address == "bram@felsen.example.org"


def test_data_changed_since_the_plan_sends_the_case_back(world) -> None:
    case = _approved(world)
    records.add_note(text="a new note", contact=world["zoe"], actor=roll.STAFF)
    with pytest.raises(RuleBroken, match="plan the case again"):
        execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    case.refresh_from_db()
    assert case.state == CaseState.IN_REVIEW
    assert Contact.objects.get(pk=world["zoe"].pk).family_name == "Quist"


def test_closing_waits_for_every_processor(world) -> None:
    case = _approved(world)
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    with pytest.raises(RuleBroken, match="processor tasks are open"):
        answer.answer_case(case=case, actor=roll.STAFF)
    for task in case.tasks.all():
        with pytest.raises(RuleBroken):
            processors.settle_task(task=task, state=TaskState.DONE, evidence=" ", actor=roll.STAFF)
        processors.settle_task(task=task, state=TaskState.DONE, evidence="ticket 7",
                               actor=roll.STAFF)  # fmt: skip
    assert answer.blocking(case) == []


def test_an_import_does_not_bring_the_person_back(world) -> None:
    execution.execute_case(case=_approved(world), on=roll.DAY, actor=roll.STAFF)
    content = f"email,first_name,last_name\n{ADDRESS},Zoe,Quist\n".encode()
    run, rows = imports.open_run(kind="contacts", content=content, file_name="again.csv",
                                 actor=roll.STAFF)  # fmt: skip
    imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    run.refresh_from_db()
    assert (run.created, run.rejected) == (0, 1)
    assert scan.scan_term("Quist", left_out=["privacy.privacycase"]) == []
    with pytest.raises(RuleBroken, match="cannot be entered again"):
        people.create_contact(address=ADDRESS, on=roll.DAY, actor=roll.STAFF)


def test_replay_after_a_restore_erases_again(world, client) -> None:
    case = _approved(world)
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    entries = journal.read_journal()
    assert ADDRESS not in json.dumps(entries)
    # A restored backup knows the person again and nothing of the erasure.
    Suppression.objects.all().delete()
    ErasureJournal.objects.all().delete()
    PrivacyCase.objects.filter(pk=case.pk).update(contact=None)
    back = people.create_contact(address=ADDRESS, given_name="Zoe", family_name="Quist",
                                 on=roll.DAY, actor=roll.STAFF)  # fmt: skip
    restores.mark_path().touch()
    assert client.get("/").status_code == 503
    assert client.get("/health/live").status_code == 200
    assert replay.replay(journal=entries, at=dates.now(), actor=roll.STAFF) == 1
    assert Contact.objects.get(pk=back.pk).family_name == ""
    assert is_suppressed(ADDRESS, mail_class="contract") == "all"
    assert not restores.restore_pending()
    assert client.get("/").status_code == 200


def test_two_requests_of_one_person_merge_and_optional_mail_stops(world) -> None:
    first = opening.open_case(kind=CaseKind.REMOVAL, channel=Channel.FORM, address=ADDRESS,
                            received_on=roll.DAY, actor=Actor.link("form"))  # fmt: skip
    second = opening.open_case(kind=CaseKind.REMOVAL, channel=Channel.MAIL, address=ADDRESS.upper(),
                             received_on=roll.DAY, actor=Actor.link("mail"))  # fmt: skip
    assert first.pk == second.pk
    assert is_suppressed(ADDRESS, mail_class="community") == "optional"
    assert is_suppressed(ADDRESS, mail_class="contract") == ""
    assert Delivery.objects.filter(kind="privacy.acknowledgement").count() == 1


def test_the_public_form_answers_known_and_unknown_alike(world, client) -> None:
    answers = []
    for address in (ADDRESS, "nobody@nowhere.example.org"):
        response = client.post("/p/request/", {"kind": "removal", "address": address})
        page = client.get(response["Location"])
        answers.append((response.status_code, page.status_code, len(page.content)))
    assert answers[0] == answers[1]


def test_the_link_changes_nothing_on_get(world, client) -> None:
    case = opening.open_case(kind=CaseKind.REMOVAL, channel=Channel.FORM, address=ADDRESS,
                           received_on=roll.DAY, actor=Actor.link("form"))  # fmt: skip
    cases.ask_identity(case=case, on=roll.DAY, actor=roll.STAFF)
    url = f"/p/confirm/{cases.identity_token(case)}/"
    before = AuditEvent.objects.count()
    for _turn in range(3):
        assert client.get(url).status_code == 200
        client.head(url)
    case.refresh_from_db()
    assert case.state == CaseState.IDENTITY_CHECK
    assert AuditEvent.objects.count() == before
    assert client.get("/p/confirm/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404
    client.post(url)
    case.refresh_from_db()
    assert case.state == CaseState.IN_REVIEW


def test_the_answer_leaves_no_address_behind_after_thirty_days(world) -> None:
    case = _approved(world)
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    for task in case.tasks.all():
        processors.settle_task(task=task, state=TaskState.DONE, evidence="t", actor=roll.STAFF)
    PrivacyCase.objects.filter(pk=case.pk).update(
        state=CaseState.CLOSED, outcome="granted", closed_at=dates.now() - timedelta(days=31)
    )
    cases.queue_case_mail(case, "privacy.answer")
    assert Delivery.objects.filter(address=ADDRESS).exists()
    forget_addresses(addresses_over(dates.today()))
    assert scan.scan_term(ADDRESS) == []


def test_the_certificate_speaks_german_and_in_words(world) -> None:
    case = _approved(world)
    execution.execute_case(case=case, on=roll.DAY, actor=roll.STAFF)
    PrivacyCase.objects.filter(pk=case.pk).update(language="de")
    case.refresh_from_db()
    page = answer.certificate_html(case, roll.DAY)
    assert 'lang="de"' in page
    assert "contacts." not in page
    assert ADDRESS not in page
