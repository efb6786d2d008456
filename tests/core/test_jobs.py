"""Jobs run once, are tried again, and are taken back from a dead worker."""

from datetime import timedelta

import pytest
from django.db import transaction

from backoffice.core import dates
from backoffice.core.enums import JobState
from backoffice.core.errors import BadInput, InvalidTransition, NotConfigured
from backoffice.core.models import JobRun, ScheduleMark, WorkerHeartbeat
from backoffice.core.services import jobs, schedule
from backoffice.core.services.jobs import JOBS, Job, JobContext
from backoffice.core.services.worker import drain_tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
CALLS: list[tuple] = []


@pytest.fixture(autouse=True)
def _jobs():
    def works(context: JobContext, *ids) -> None:
        CALLS.append(ids)
        context.progress(1, 2)

    def fails(context: JobContext, *ids) -> None:
        CALLS.append(ids)
        raise BadInput("holds a name", code="told")

    CALLS.clear()
    for name, run in (("test.works", works), ("test.fails", fails)):
        JOBS._entries[name] = Job(name, run, attempts=2)
    yield
    for name in ("test.works", "test.fails"):
        del JOBS._entries[name]


def test_a_job_runs_once_and_reports_progress() -> None:
    run = jobs.enqueue("test.works", 7)
    assert drain_tasks("w1") == 1
    run.refresh_from_db()
    assert (run.state, run.share, run.attempt, CALLS) == (JobState.DONE, 50, 1, [(7,)])
    assert drain_tasks("w1") == 0


def test_a_rolled_back_transaction_queues_nothing() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        jobs.enqueue("test.works", 7)
        raise RuntimeError
    assert drain_tasks("w1") == 0
    assert JobRun.objects.count() == 0


def test_a_failing_job_backs_off_and_gives_up_with_a_code_only() -> None:
    run = jobs.enqueue("test.fails", 7)
    drain_tasks("w1")
    run.refresh_from_db()
    assert run.state == JobState.QUEUED
    assert run.run_after > dates.now()
    JobRun.objects.filter(pk=run.pk).update(attempt=1)
    jobs.execute(jobs.start(str(run.pk), worker="w1"))
    run.refresh_from_db()
    assert (run.state, run.error) == (JobState.FAILED, "BadInput:told")
    jobs.retry(run)
    assert JobRun.objects.get(pk=run.pk).state == JobState.QUEUED
    with pytest.raises(InvalidTransition):
        jobs.retry(run)


def test_the_sweeper_takes_back_what_a_silent_worker_had() -> None:
    run = jobs.enqueue("test.works", 7)
    now = dates.now()
    jobs.beat("dead", now=now - timedelta(minutes=5))
    jobs.beat("alive", now=now)
    assert jobs.start(str(run.pk), worker="dead") is not None
    other = jobs.enqueue("test.works", 8)
    assert jobs.start(str(other.pk), worker="alive") is not None
    assert jobs.sweep(now=now) == 1
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.state, run.error, other.state) == (JobState.QUEUED, "worker_lost", JobState.RUNNING)
    assert jobs.sweep(now=now) == 0
    drain_tasks("alive")
    assert CALLS == [(7,)]


def test_only_one_of_two_workers_starts_a_job() -> None:
    run = jobs.enqueue("test.works", 7)
    assert jobs.start(str(run.pk), worker="a") is not None
    assert jobs.start(str(run.pk), worker="b") is None


def test_arguments_are_ids_and_names_are_known() -> None:
    with pytest.raises(ValueError, match="ids only"):
        jobs.enqueue("test.works", "zoe@example.org")
    with pytest.raises(NotConfigured):
        jobs.enqueue("test.unknown", 1)


def test_a_missed_time_is_made_up_once() -> None:
    now = dates.now()
    schedule.run_due(now=now)
    ScheduleMark.objects.filter(name="core.prune").update(due_at=now - timedelta(days=5))
    assert schedule.run_due(now=now) == ["core.prune"]
    assert schedule.run_due(now=now) == []
    assert ScheduleMark.objects.get(name="core.prune").due_at > now
    assert not WorkerHeartbeat.objects.exists()
