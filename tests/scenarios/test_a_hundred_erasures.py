"""A hundred erasures leave the audit chains whole, and one changed byte is found by name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from backoffice.core.actor import Actor
from backoffice.core.models import AuditEvent
from backoffice.core.services import audit
from contacts.models import Contact
from contacts.privacy.enums import CaseKind, CaseState, Channel
from contacts.privacy.services import cases, execution, opening, planning
from tests.factories import roll
from tests.factories.tampering import without_triggers

# What a database adds to this is tried in tests/core/test_audit.py on both.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_hundred_erasures_leave_the_chains_whole(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    roll.agency()
    house = [roll.member(f"House {n}") for n in range(5)]
    officer = Actor.user(roll.staff("privacy officer"))
    second = Actor.user(roll.staff("administrator"))
    erased = []
    for n in range(100):
        address = f"person{n}@house.example.org"
        person = roll.person(address, f"Given{n}", f"Surname{n}")
        roll.duty(house[n % 5], person, "technical", order=2 + n // 5)
        case = opening.open_case(kind=CaseKind.REMOVAL, channel=Channel.STAFF, address=address,
                                 received_on=roll.DAY, actor=officer)  # fmt: skip
        cases.identity_seen(case=case, actor=officer)
        planning.plan_case(case=case, on=roll.DAY, actor=officer)
        planning.approve_case(case=case, actor=second)
        execution.execute_case(case=case, on=roll.DAY, actor=officer)
        erased.append(case)
    assert {case.state for case in erased} == {CaseState.PROPAGATING}
    assert not any(case.scan_findings for case in erased)
    assert Contact.objects.living().count() == 0
    assert audit.verify_all() == []
    call_command("verify_audit", stdout=io.StringIO())
    stored = repr(list(AuditEvent.objects.values_list("facts", flat=True)))
    assert "Surname" not in stored
    assert "@" not in stored

    entry = AuditEvent.objects.get(stream=f"case:{erased[41].pk}", action="execute")
    one_byte = f"UPDATE core_auditevent SET action = 'execut_' WHERE id = {entry.pk}"  # noqa: S608
    without_triggers(one_byte)
    faults = audit.verify_all()
    assert [(fault.stream, fault.sequence) for fault in faults] == [
        (f"case:{erased[41].pk}", entry.sequence)
    ]
    with pytest.raises(SystemExit):
        call_command("verify_audit", stdout=io.StringIO())
