"""One run at a time: opened, kept alive, closed; a dead one is closed by the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError, RuleBroken
from backoffice.core.services import audit
from contacts.sync.models import SyncRun

# A run writes its heartbeat with every batch; one that is silent for so long has been killed.
SILENT = timedelta(minutes=15)
LATE = timedelta(hours=26)
KEPT = timedelta(days=400)


@contextmanager
def one_run(system: str, *, at: datetime, actor: Actor) -> Iterator[SyncRun]:
    """Opens a run and closes it whatever happens.

    Raises: RuleBroken while another run of the system is alive.
    """
    SyncRun.objects.filter(
        system=system, finished_at=None, heartbeat_at__lt=at - SILENT
    ).update(finished_at=at, error="killed")  # fmt: skip
    SyncRun.objects.filter(finished_at__lt=at - KEPT).delete()
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(system=system, started_at=at, heartbeat_at=at)
    except IntegrityError as error:
        raise RuleBroken("A sync of this system is running already.", code="running") from error
    code = "error"
    try:
        yield run
        code = ""
    except RollcallError as error:
        code = error.code or "error"
        raise
    finally:
        close_run(run, code=code, at=at, actor=actor)


def close_run(run: SyncRun, *, code: str, at: datetime, actor: Actor) -> None:
    """Keeps the numbers and the error code, and writes one audit entry."""
    with transaction.atomic():
        SyncRun.objects.filter(pk=run.pk, finished_at=None).update(
            finished_at=max(at, run.heartbeat_at), error=code[:40], counts=run.counts
        )
        audit.record(
            "sync", run.system, actor=actor, subject=run, at=at,
            facts={**run.counts, "error": code},
        )  # fmt: skip


def beat(run: SyncRun, *, at: datetime) -> None:
    """The run is alive. Raises: RuleBroken when it was closed as dead in the meantime."""
    run.heartbeat_at = at
    if not SyncRun.objects.filter(pk=run.pk, finished_at=None).update(
        heartbeat_at=at, counts=run.counts
    ):
        raise RuleBroken("This run was closed in the meantime.", code="closed")


def trouble(run: SyncRun | None, *, at: datetime) -> str:
    """Why somebody must look at a system: never, late, or the code of its last error; empty when
    all is well."""
    if run is None:
        return "never"
    if run.finished_at is not None and run.error:
        return run.error
    return "late" if run.started_at < at - LATE else ""
