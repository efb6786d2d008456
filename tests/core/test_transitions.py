"""Guarded updates: one winner, history written, reasons that do not leak."""

import pytest
from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.enums import JOB_TRANSITIONS, JobState
from backoffice.core.errors import InvalidTransition
from backoffice.core.models import JobRun
from backoffice.core.services.numbering import next_number
from backoffice.core.transitions import guarded_update, transition
from contacts.models import Organisation

ACTOR = Actor.process("test")
pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_guarded_update_writes_history_and_refreshes() -> None:
    organisation = Organisation.objects.create(name="Old")
    guarded_update(organisation, expect={"name": "Old"}, set={"name": "New"}, actor=ACTOR,
                   reason="r" * 400)  # fmt: skip
    assert organisation.name == "New"
    newest = Organisation.history.filter(id=organisation.pk).latest("history_date")
    assert (newest.name, newest.history_type, len(newest.history_change_reason)) == (
        "New",
        "~",
        400,
    )


def test_the_second_of_two_is_refused_and_writes_nothing() -> None:
    organisation = Organisation.objects.create(name="Old")
    stale = Organisation.objects.get(pk=organisation.pk)
    guarded_update(organisation, expect={"name": "Old"}, set={"name": "First"}, actor=ACTOR)
    with pytest.raises(InvalidTransition):
        guarded_update(stale, expect={"name": "Old"}, set={"name": "Second"}, actor=ACTOR)
    assert Organisation.objects.get(pk=organisation.pk).name == "First"
    assert Organisation.history.filter(name="Second").count() == 0


def test_a_reason_does_not_leak_into_the_next_save() -> None:
    organisation = Organisation.objects.create(name="Old")
    guarded_update(organisation, expect={}, set={"name": "New"}, actor=ACTOR, reason="because")
    organisation.website = "https://example.org"
    organisation.save()
    reasons = list(
        Organisation.history.filter(id=organisation.pk)
        .order_by("history_id")
        .values_list("history_change_reason", flat=True)
    )
    assert reasons == [None, "because", None]


def test_the_whole_job_matrix() -> None:
    for start in JobState.values:
        for end in JobState.values:
            run = JobRun.objects.create(
                name="x", state=start, worker="w", started_at="2026-01-01T00:00:00Z"
            )
            if end in JOB_TRANSITIONS[start]:
                assert transition(run, to=end, table=JOB_TRANSITIONS, actor=ACTOR).state == end
            else:
                with pytest.raises(InvalidTransition):
                    transition(run, to=end, table=JOB_TRANSITIONS, actor=ACTOR)
                assert JobRun.objects.get(pk=run.pk).state == start


def test_numbers_have_no_gaps_when_a_transaction_fails() -> None:
    with transaction.atomic():
        assert next_number("test") == 1
    with pytest.raises(RuntimeError, match="boom"), transaction.atomic():
        assert next_number("test") == 2
        raise RuntimeError("boom")
    with transaction.atomic():
        assert next_number("test") == 2
