"""The command line of privacy cases: acts that need a person fail without one."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.models import AuditEvent
from contacts.privacy.enums import CaseKind, CaseState, Channel
from contacts.privacy.models import PlanItem, PrivacyCase
from contacts.privacy.services import cases, opening, planning
from tests.factories import roll

pytestmark = pytest.mark.django_db
ADDRESS = "zoe@quarry.example.org"


@pytest.fixture
def officer():
    roll.agency()
    roll.person(ADDRESS, "Zoe", "Quist")
    return roll.staff("privacy officer")


def opened(kind: str) -> PrivacyCase:
    return opening.open_case(kind=kind, channel=Channel.FORM, address=ADDRESS, received_on=roll.DAY,
                           actor=Actor.link("form"))  # fmt: skip


@pytest.mark.parametrize("act", ["plan", "approve", "execute", "close"])
def test_an_act_without_a_person_fails_and_changes_nothing(officer, capsys, act: str) -> None:
    case = opened(CaseKind.REMOVAL)
    before, events = case.state, AuditEvent.objects.count()
    with pytest.raises(SystemExit) as stop:
        call_command("privacy", act, case.reference)
    assert stop.value.code == 2
    assert "--as" in capsys.readouterr().err
    case.refresh_from_db()
    assert (case.state, AuditEvent.objects.count()) == (before, events)
    assert not PlanItem.objects.exists()


def test_two_logins_plan_and_approve(officer, capsys) -> None:
    case, second = opened(CaseKind.REMOVAL), roll.staff("administrator")
    call_command("privacy", "plan", case.reference, "--identity-seen", "--as", officer.email)
    with pytest.raises(SystemExit):
        call_command("privacy", "approve", case.reference, "--as", officer.email)
    assert "second person" in capsys.readouterr().err
    call_command("privacy", "approve", case.reference, "--as", second.email)
    case.refresh_from_db()
    assert (case.state, case.planned_by, case.approved_by) == ("approved", officer, second)


def test_a_plan_without_a_name_is_not_approved(officer) -> None:
    case = opened(CaseKind.REMOVAL)
    cases.identity_seen(case=case, actor=Actor.user(officer))
    planning.plan_case(case=case, on=roll.DAY, actor=Actor.process("privacy"))
    with pytest.raises(RuleBroken, match="Nobody is named"):
        planning.approve_case(case=case, actor=Actor.user(officer))
    case.refresh_from_db()
    assert case.state == CaseState.PLANNED


def test_an_export_is_printed_for_a_known_identity_and_on_record(officer, capsys) -> None:
    case = opened(CaseKind.ACCESS)
    with pytest.raises(SystemExit):
        call_command("privacy", "export", case.reference)
    shown = capsys.readouterr()
    assert "identity has not been confirmed" in shown.err
    assert "Quist" not in shown.out
    with pytest.raises(SystemExit):
        call_command("privacy", "export", case.reference, "--identity-seen")
    assert "--as" in capsys.readouterr().err
    call_command("privacy", "export", case.reference, "--identity-seen", "--as", officer.email)
    assert "Quist" in json.dumps(json.loads(capsys.readouterr().out))
    event = AuditEvent.objects.get(action="export_printed")
    assert event.stream == cases.stream_of(case)
    assert event.actor == str(Actor.user(officer))
    assert "Quist" not in str(event.facts)
