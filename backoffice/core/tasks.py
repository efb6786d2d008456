"""The one task of the queue: runs a job by its run record. Nothing else knows the backend."""

from __future__ import annotations

import os
import socket

from django_tasks import task

from backoffice.core.services import jobs

_worker_name = ""


def worker_name() -> str:
    """Name of this process as a worker: host and process id."""
    return _worker_name or f"{socket.gethostname()[:40]}:{os.getpid()}"


def set_worker_name(name: str) -> None:
    global _worker_name
    _worker_name = name


@task()
def run_job(run_id: str) -> None:
    run = jobs.start(run_id, worker=worker_name())
    if run is not None:
        jobs.execute(run)
