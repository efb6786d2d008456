"""Append-only, chained, free of personal values."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.core.actor import Actor
from backoffice.core.models import AuditEvent, AuditStream
from backoffice.core.services import audit
from tests.factories.tampering import without_triggers

ACTOR = Actor.process("test")
pytestmark = [pytest.mark.django_db, pytest.mark.database]


def _three() -> None:
    for number in range(3):
        audit.record("case:1", "step", actor=ACTOR, facts={"number": number})


@pytest.mark.parametrize(
    "sql", ["UPDATE core_auditevent SET action='x'", "DELETE FROM core_auditevent"]
)
def test_the_database_refuses_change_and_deletion(sql: str) -> None:
    _three()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)
    assert AuditEvent.objects.count() == 3


def test_verify_names_the_changed_entry() -> None:
    _three()
    assert audit.verify_all() == []
    without_triggers("UPDATE core_auditevent SET action='other' WHERE sequence = 2")
    faults = audit.verify_all()
    assert [(fault.stream, fault.sequence) for fault in faults] == [("case:1", 2)]


def test_a_cut_off_end_is_seen_by_head_and_anchor() -> None:
    _three()
    audit.anchor_heads(on=date(2026, 11, 21), actor=ACTOR)
    without_triggers("DELETE FROM core_auditevent WHERE stream = 'case:1' AND sequence = 3")
    assert any("cut off" in fault.problem for fault in audit.verify_all())
    last = AuditEvent.objects.get(stream="case:1", sequence=2)
    AuditStream.objects.filter(name="case:1").update(sequence=2, head=last.digest)
    assert any("anchored" in fault.problem for fault in audit.verify_all())


@pytest.mark.parametrize(
    "value", ["a@b.org", "Zoë Quist", "two words", "x" * 200, {"name": "Zoe Quist"}, 1.5, object()]
)
def test_values_that_could_name_a_person_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="ids, codes, numbers and dates"):
        audit.record("case:1", "step", actor=ACTOR, facts={"value": value})
    assert AuditEvent.objects.count() == 0


def test_an_entry_goes_with_its_transaction() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record("case:1", "step", actor=ACTOR)
        raise RuntimeError
    assert AuditEvent.objects.count() == 0
