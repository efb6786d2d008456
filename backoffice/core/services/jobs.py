"""Background work: enqueue by name, retry with back-off, sweep the jobs of a dead worker.

The task row is written in the caller's transaction, so work is queued if and only if the data were
committed. Every job is idempotent: it may be started again after a crash.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from backoffice.core import dates
from backoffice.core.enums import JobState
from backoffice.core.errors import RollcallError
from backoffice.core.models import JobRun, StoredDocument, WorkerHeartbeat
from backoffice.core.registry import Registry

logger = logging.getLogger("rollcall.jobs")
WORKER_SILENT_AFTER = timedelta(seconds=30)
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))


@dataclass(frozen=True)
class Job:
    name: str
    run: Callable[..., None]
    attempts: int = 5


class JobContext:
    """Handed to each job first: where it reports progress and its result file."""

    def __init__(self, run_id) -> None:
        self.run_id = run_id

    def progress(self, done: int, total: int | None = None) -> None:
        fields: dict[str, int] = {"done": done}
        if total is not None:
            fields["total"] = total
        JobRun.objects.filter(pk=self.run_id).update(**fields)

    def attach(self, document: StoredDocument) -> None:
        JobRun.objects.filter(pk=self.run_id).update(result=document)


JOBS: Registry[Job] = Registry("jobs")


def job(name: str, *, attempts: int = 5) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers ``function(context, *ids)`` as the job ``name``."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        JOBS.add(name, Job(name, function, attempts))
        return function

    return register


def enqueue(
    name: str, *ids: int | str, run_after: datetime | None = None, requested_by=None
) -> JobRun:
    """Queues job ``name`` with ids as its only arguments, in the caller's transaction.

    Raises: NotConfigured for an unknown job; ValueError for an argument that is not an id.
    """
    JOBS.get(name)
    for value in ids:
        if not isinstance(value, int | str) or (isinstance(value, str) and "@" in value):
            raise ValueError("a job takes ids only")
    with transaction.atomic():
        run = JobRun.objects.create(
            name=name,
            arguments=list(ids),
            run_after=run_after,
            requested_by=requested_by if getattr(requested_by, "pk", None) else None,
        )
        _queue(run)
    return run


def _queue(run: JobRun) -> None:
    from backoffice.core.tasks import run_job

    run_job.using(run_after=run.run_after).enqueue(str(run.pk))


def is_waiting(name: str, *ids: int | str) -> bool:
    """Whether job ``name`` with these arguments is queued or running."""
    return unfinished([name], *ids) is not None


def unfinished(names: list[str], *ids: int | str) -> JobRun | None:
    """The latest queued or running job of these names with these arguments, if any."""
    states = [JobState.QUEUED, JobState.RUNNING]
    return JobRun.objects.filter(name__in=names, arguments=list(ids), state__in=states).first()


def start(run_id: str, *, worker: str) -> JobRun | None:
    """Claims the run for ``worker``; None when somebody else has it or it is finished."""
    claimed = JobRun.objects.filter(pk=run_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING,
        started_at=dates.now(),
        finished_at=None,
        worker=worker,
        attempt=F("attempt") + 1,
        error="",
    )
    return JobRun.objects.get(pk=run_id) if claimed else None


def execute(run: JobRun) -> None:
    """Runs the job and records the outcome; a failure is queued again until its limit."""
    definition = JOBS.get(run.name)
    try:
        definition.run(JobContext(run.pk), *run.arguments)
    except Exception as error:
        # The message and the traceback may quote personal values; only class and code are kept.
        code = error.code if isinstance(error, RollcallError) else ""
        _failed(run, definition, f"{type(error).__name__}{':' + code if code else ''}"[:120])
    else:
        JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(
            state=JobState.DONE, finished_at=dates.now()
        )


def _failed(run: JobRun, definition: Job, error: str) -> None:
    logger.warning("job %s %s attempt %s failed: %s", run.name, run.pk, run.attempt, error)
    with transaction.atomic():
        if run.attempt >= definition.attempts:
            JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(
                state=JobState.FAILED, error=error, finished_at=dates.now()
            )
            return
        wait = BACK_OFF[min(run.attempt, len(BACK_OFF)) - 1]
        run.run_after = dates.now() + wait
        JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(
            state=JobState.QUEUED, error=error, run_after=run.run_after
        )
        _queue(run)


def beat(worker: str, *, now: datetime) -> None:
    """Says that ``worker`` is alive."""
    WorkerHeartbeat.objects.update_or_create(worker=worker, defaults={"seen_at": now})


def sweep(*, now: datetime) -> int:
    """Queues again what a silent worker had in hand; the number of jobs taken back."""
    alive = WorkerHeartbeat.objects.filter(seen_at__gte=now - WORKER_SILENT_AFTER)
    stale = JobRun.objects.filter(state=JobState.RUNNING).exclude(worker__in=alive.values("worker"))
    taken = 0
    for run in stale:
        with transaction.atomic():
            limit = JOBS.get(run.name).attempts if run.name in JOBS else 0
            if run.attempt >= limit:
                to = {"state": JobState.FAILED, "error": "worker_lost", "finished_at": now}
            else:
                to = {"state": JobState.QUEUED, "error": "worker_lost", "run_after": None}
            moved = JobRun.objects.filter(
                pk=run.pk, state=JobState.RUNNING, worker=run.worker
            ).update(**to)
            if moved and to["state"] == JobState.QUEUED:
                run.run_after = None
                _queue(run)
            taken += moved
    WorkerHeartbeat.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
    return taken


def retry(run: JobRun) -> JobRun:
    """A failed job once more, by hand. Raises: InvalidTransition when it has not failed."""
    from backoffice.core.errors import InvalidTransition

    with transaction.atomic():
        if not JobRun.objects.filter(pk=run.pk, state=JobState.FAILED).update(
            state=JobState.QUEUED, attempt=0, error="", run_after=None
        ):
            raise InvalidTransition("Only a failed job can be run again.")
        run.refresh_from_db()
        _queue(run)
    return run
