"""The worker loop: heartbeat, sweep, schedule, tasks, and what other apps add (deliveries)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connection
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from backoffice.core import dates
from backoffice.core.registry import Registry
from backoffice.core.services import jobs, schedule

# Steps called once a round, e.g. "deliveries"; each returns how much it did.
# Sentences that keep a worker from starting; an empty one is no reason.
START_CHECKS: Registry[Callable[[], str]] = Registry("start checks")
WORKER_STEPS: Registry[Callable[[], int]] = Registry("worker steps")
BEAT_SECONDS = 5.0


def drain_tasks(worker: str, *, limit: int | None = None) -> int:
    """Runs queued tasks until none is ready (or ``limit`` ran); how many ran."""
    runner = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=limit,
        worker_id=worker[:64],
        excluded_queue_names=[],
    )
    if not DBTaskResult.objects.ready().exists():
        return 0
    runner.run()
    return runner._run_tasks


def one_round(worker: str) -> int:
    """Sweep, schedule, tasks, steps; how much was done."""
    now = dates.now()
    did = jobs.sweep(now=now)
    did += len(schedule.run_due(now=now))
    did += drain_tasks(worker, limit=50)
    for _name, step in WORKER_STEPS:
        did += step()
    return did


class Heart(threading.Thread):
    """Beats beside the loop, so that a long job does not look like a dead worker."""

    def __init__(self, worker: str) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self.worker = worker
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                jobs.beat(self.worker, now=dates.now())
            except Exception:  # noqa: S110 - a locked database is met again in a moment
                pass
            finally:
                close_old_connections()
            self.stopped.wait(BEAT_SECONDS)
        connection.close()


def run_forever(worker: str, stop: threading.Event, idle_seconds: float = 0.5) -> None:
    """Rounds until ``stop``; sleeps ``idle_seconds`` after a round with nothing to do."""
    jobs.beat(worker, now=dates.now())
    heart = Heart(worker)
    heart.start()
    try:
        while not stop.is_set():
            close_old_connections()
            if not one_round(worker):
                stop.wait(idle_seconds)
    finally:
        heart.stopped.set()
        heart.join(timeout=2)


def wait_idle(worker: str, seconds: float = 60.0) -> None:
    """Rounds until nothing is left to do, for commands and tests. Raises: TimeoutError."""
    end = time.monotonic() + seconds
    jobs.beat(worker, now=dates.now())
    while one_round(worker):
        jobs.beat(worker, now=dates.now())
        if time.monotonic() > end:
            raise TimeoutError("background work did not come to an end")
