"""A person who bills, votes, reads the newsletter and stands in notes at two organisations asks for
removal by mail: case, plan, second person, execution, certificate; nothing brings them back.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.delivery.services import is_suppressed
from backoffice.delivery.services.inbound import receive_mail, sort_mail
from billing.models import Invoice
from billing.services.schedules import load_preset_schedules
from contacts.models import Contact, FollowUp, Note, Organisation, RoleType
from contacts.privacy.enums import CaseKind, CaseState, Channel, PlanAction, TaskState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import answer, cases, execution, planning, processors, scan
from contacts.privacy.services.subjects import subject_of_contact
from contacts.services import duties, records
from governance import presets as governance_presets
from governance.models import BoardEntry, Election
from governance.queries import turnout
from governance.services.verification import verify_election
from mailings.models import Subscription, Topic
from tests.delivery.sink import Sink
from tests.factories import roll
from tests.scenarios import export_files, governing, steps
from tests.scenarios.neighbours import Neighbours, neighbours

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.slow]
BILL = "bill.0@quarry.example.org"
DESK = "privacy@mail.rollcall.example"


@dataclass
class Stage:
    bill: Contact
    officer: Actor
    second: Actor
    sink: Sink
    beside: Neighbours


@pytest.fixture
def beside(settings):
    with neighbours(settings, address=BILL, given="Bill", family="Payer0") as both:
        yield both


@pytest.fixture
def sink(settings):
    with Sink() as running:
        settings.ROLLCALL_TRANSPORT = "smtp"
        settings.ROLLCALL_SMTP_HOST = "127.0.0.1"
        settings.ROLLCALL_SMTP_PORT = running.port
        yield running


@pytest.fixture
def stage(settings, tmp_path: Path, sink: Sink, beside: Neighbours) -> Stage:
    """A billed agency after an election in which Bill voted for Felsen."""
    settings.VAR_DIR = tmp_path / "var"
    settings.ROLLCALL_DEMO = True
    roll.agency()
    load_preset_schedules("datacite", roll.STAFF, roll.DAY)
    governance_presets.load("datacite", roll.STAFF, roll.DAY)
    processors.load_processors("datacite", roll.STAFF, roll.DAY)
    house = {name: roll.staff(name) for name in
             ("finance", "administrator", "returning", "privacy officer")}  # fmt: skip
    steps.bring_in("fabrica-organizations", export_files.organisations())
    steps.bring_in("fabrica-contacts", export_files.contacts())
    steps.bring_in("usage", export_files.usage(steps.YEAR - 1))
    steps.bill(house["finance"], house["administrator"])
    bill = Contact.objects.get(addresses__address=BILL)
    felsen = Organisation.objects.get(name="Felsen Institute")
    duties.assign_duty(
        organisation=felsen, contact=bill, role_type=RoleType.objects.get(code="voting"),
        on=dates.today() - timedelta(days=20), actor=roll.STAFF, take_over=True,
    )  # fmt: skip
    records.add_note(text="Payer0, Bill: call before the assembly", organisation=felsen,
                     actor=roll.STAFF)  # fmt: skip
    topic = Topic.objects.create(code="letter", name="Letter", mail_class="community")
    Subscription.objects.create(topic=topic, contact=bill, address=BILL, state="active",
                                requested_at=timezone.now(), confirmed_at=timezone.now())  # fmt: skip
    governing.an_election_and_a_motion(house, sink, tmp_path)
    return Stage(
        bill, Actor.user(house["privacy officer"]), Actor.user(house["administrator"]), sink, beside
    )


def writes(text: str, sender: str = f"Bill Payer0 <{BILL}>") -> PrivacyCase:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, DESK, "Request"
    message.set_content(text)
    sort_mail(mail=receive_mail(raw=message.as_bytes(), recipient=DESK), at=dates.now())
    return PrivacyCase.objects.latest("pk")


def said(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_a_removal_asked_for_by_mail(stage: Stage, client: Client, tmp_path: Path) -> None:
    invoices = {i.pk: (i.number, i.xml_sha256) for i in Invoice.objects.all()}
    election = Election.objects.get(slug="board-scenario")
    votes = (turnout(election).voted, election.report, BoardEntry.objects.count())
    assert election.roll.filter(contact=stage.bill, included=True).exists()

    _known_in_salesforce(stage)
    case = _asked_and_confirmed(stage, client)
    _planned_and_approved(stage, case)
    archive = tmp_path / "before.tar"
    said("backup", str(archive))
    known = subject_of_contact(stage.bill)
    execution.execute_case(case=case, on=dates.today(), actor=stage.officer)
    _nothing_is_left(stage, case, known)
    _answered(stage, case)

    assert {i.pk: (i.number, i.xml_sha256) for i in Invoice.objects.all()} == invoices
    assert "no difference" in said("verify_documents")
    election.refresh_from_db()
    assert (turnout(election).voted, election.report, BoardEntry.objects.count()) == votes
    assert [check for check in verify_election(election) if not check.ok] == []
    _imports_do_not_bring_back(stage)
    _syncs_do_not_bring_back(stage)
    _a_restore_does_not_bring_back(stage, client, archive)
    assert audit.verify_all() == []


def _known_in_salesforce(stage: Stage) -> None:
    stage.beside.send()
    assert {row["LastName"] for row in stage.beside.known_there(BILL)} == {"Payer0"}


def _asked_and_confirmed(stage: Stage, client: Client) -> PrivacyCase:
    case = writes("Dear all,\nplease delete all the data you hold about me.\nBill")
    assert (case.kind, case.channel, case.contact) == (CaseKind.REMOVAL, Channel.MAIL, stage.bill)
    assert is_suppressed(BILL, mail_class="community") == "optional"
    receipt = steps.mail_to(stage.sink, BILL, case.reference)
    assert case.reference in str(receipt["Subject"])
    assert writes("Delete my data! Again.").pk == case.pk
    with pytest.raises(RuleBroken):
        cases.review_without_link(case=case, actor=stage.officer)
    cases.ask_identity(case=case, on=dates.today(), actor=stage.officer)
    link = next(url for url in steps.links(steps.mail_to(stage.sink, BILL, "confirm"))
                if "/p/confirm/" in url)  # fmt: skip
    client.post(steps.path_of(link))
    case.refresh_from_db()
    assert case.state == CaseState.IN_REVIEW
    return case


def _planned_and_approved(stage: Stage, case: PrivacyCase) -> None:
    planning.plan_case(case=case, on=dates.today(), actor=stage.officer)
    plan = {(item.finder, item.action, item.law) for item in case.plan.all()}
    assert ("governance.roll", PlanAction.KEEP, "electoral_roll") in plan
    assert ("contacts.note", PlanAction.DELETE_ROW, "") in plan
    assert {"contacts.contact", "mailings.subscription", "delivery.delivery"} <= {
        finder for finder, _action, _law in plan
    }
    with pytest.raises(RuleBroken, match="second person"):
        planning.approve_case(case=case, actor=stage.officer)
    planning.approve_case(case=case, actor=stage.second)


def _nothing_is_left(stage: Stage, case: PrivacyCase, known) -> None:
    assert case.state == CaseState.PROPAGATING
    assert case.scan_findings == []
    left = {hit["model"] for address in known.addresses for hit in scan.scan_term(address)}
    # The roll until the objections are over, and the case until it is answered, by their rules.
    assert left <= {"governance.rollentry", "privacy.privacycase"}
    assert not Note.objects.filter(text__contains="Payer0").exists()
    assert not Note.history.filter(text__contains="Payer0").exists()
    assert FollowUp.objects.filter(code="vacant_duty").exists()
    assert is_suppressed(BILL, mail_class="contract") == "all"


def _answered(stage: Stage, case: PrivacyCase) -> None:
    with pytest.raises(RuleBroken, match="tasks are open"):
        answer.answer_case(case=case, actor=stage.officer)
    # The next sync takes the copy away; only then does Salesforce itself settle its task.
    processors.settle_by_adapters(on=dates.today(), actor=stage.officer)
    assert case.tasks.get(processor__code="crm").state == TaskState.OPEN
    assert stage.beside.send().counts["deleted"] == 2
    processors.settle_by_adapters(on=dates.today(), actor=stage.officer)
    for task in case.tasks.filter(state=TaskState.OPEN):
        processors.settle_task(task=task, state=TaskState.DONE, evidence="ticket 1",
                               actor=stage.officer)  # fmt: skip
    case = answer.make_certificate(case_id=case.pk, on=dates.today(), actor=stage.second)
    steps.hand_over(stage.sink)
    pdf = next(steps.mail_to(stage.sink, BILL, "Answer").iter_attachments()).get_content()
    assert pdf.startswith(b"%PDF")
    assert answer.close_case(case=case, actor=stage.officer).state == CaseState.CLOSED


def _imports_do_not_bring_back(stage: Stage) -> None:
    for kind, content in (
        ("fabrica-contacts", export_files.contacts()),
        ("contacts", f"email,first_name,last_name\n{BILL.upper()},Bill,Payer0\n".encode()),
        ("mailchimp", f"Email Address,First Name,Last Name\n{BILL},Bill,Payer0\n".encode()),
    ):
        run = steps.bring_in(kind, content)
        assert any("asked to be removed" in row.reason for row in run.rows.all()), kind
    stage.bill.refresh_from_db()
    assert stage.bill.full_name == ""
    assert not Contact.objects.filter(addresses__address=BILL).exists()
    assert not Subscription.objects.filter(address=BILL).exists()


def _syncs_do_not_bring_back(stage: Stage) -> None:
    (refused,) = stage.beside.take_in()
    assert "asked to be removed" in refused.reason
    assert refused.cells == {}
    assert stage.beside.send().counts["created"] == 0
    assert stage.beside.known_there(BILL) == []
    stage.bill.refresh_from_db()
    assert stage.bill.full_name == ""
    assert not Contact.objects.filter(addresses__address=BILL).exists()


def _a_restore_does_not_bring_back(stage: Stage, client: Client, archive: Path) -> None:
    """The old database knows Bill again; until the replay has run nothing else works."""
    assert "privacy replay" in said("restore", str(archive))
    stage.bill.refresh_from_db()
    assert stage.bill.given_name == "Bill"
    assert client.get("/p/request/").status_code == 503
    assert client.get("/health/live").status_code == 200
    assert "1 erased again" in said("privacy", "replay")
    assert client.get("/p/request/").status_code == 200
    stage.bill.refresh_from_db()
    assert stage.bill.full_name == ""
    assert is_suppressed(BILL, mail_class="contract") == "all"
    left = {hit["model"] for hit in scan.scan_term(BILL)}
    assert left <= {"governance.rollentry", "privacy.privacycase"}
