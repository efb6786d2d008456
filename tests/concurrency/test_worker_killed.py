"""A worker killed with ``kill -9`` in mid-task: the job runs again, its effect is there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from backoffice.core import dates
from backoffice.core.enums import JobState
from backoffice.core.models import WorkerHeartbeat
from backoffice.core.services import jobs
from backoffice.core.services.jobs import JOBS, Job
from backoffice.core.services.worker import drain_tasks
from contacts.models import Tag
from tests.concurrency.slow_job import effect

pytestmark = [
    pytest.mark.database, pytest.mark.slow, pytest.mark.django_db(transaction=True),
]  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
RUNS: list[str] = []


@pytest.fixture
def slow_job():
    def run(context, marker: str) -> None:
        RUNS.append(marker)
        effect(marker)

    RUNS.clear()
    JOBS._entries["test.slow"] = Job("test.slow", run, attempts=3)
    yield
    del JOBS._entries["test.slow"]


def start(worker: str) -> subprocess.Popen:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "backoffice.settings.test",
        "KILL_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.concurrency.slow_job", worker]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_the_effect_happens_once(slow_job) -> None:
    run = jobs.enqueue("test.slow", "once")
    child = start("doomed")
    try:
        assert child.stdout.readline().strip() == "halfway"
        run.refresh_from_db()
        assert (run.state, run.worker, run.done) == (JobState.RUNNING, "doomed", 1)
        # Control: while the worker's heart beats, nobody takes its job away.
        assert jobs.sweep(now=dates.now()) == 0
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert drain_tasks("second") == 0, "the task of the dead worker stays claimed"
    WorkerHeartbeat.objects.update(seen_at=dates.now() - timedelta(minutes=1))
    assert jobs.sweep(now=dates.now()) == 1
    assert drain_tasks("second") == 1
    run.refresh_from_db()
    assert (run.state, run.attempt, RUNS) == (JobState.DONE, 2, ["once"])
    assert Tag.objects.filter(name="once").count() == 1
