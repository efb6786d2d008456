"""Background work of the privacy desk."""

from __future__ import annotations

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import JobRun
from backoffice.core.services.jobs import JobContext, job
from contacts.privacy.models import PrivacyCase, RetentionCount
from contacts.privacy.services.answer import make_certificate
from contacts.privacy.services.execution import execute_case
from contacts.privacy.services.processing_record import make_record
from contacts.privacy.services.processors import settle_by_adapters
from contacts.privacy.services.retention import (
    COUNT_JOB,
    RELEASE_JOB,
    carry_out_released,
    run_retention,
)


@job("privacy.certificate")
def certificate(context: JobContext, case_id: int) -> None:
    make_certificate(case_id=case_id, on=dates.today(), actor=Actor.process("certificate"))


@job("privacy.execute")
def execute(context: JobContext, case_id: int) -> None:
    """Executes an approved plan as the person who pressed the button; goes on where it stopped."""
    execute_case(case=PrivacyCase.objects.get(pk=case_id), on=dates.today(),
                 actor=_asked_by(context, "privacy"))  # fmt: skip


@job("privacy.retention")
def retention(context: JobContext) -> None:
    """The nightly run over every rule."""
    run_retention(key=str(context.run_id), on=dates.today(), dry_run=False,
                  actor=Actor.process("retention"), report=context.progress)  # fmt: skip


@job("privacy.processors")
def processors(context: JobContext) -> None:
    """Settles tasks whose system says by itself that the person is gone."""
    done = settle_by_adapters(on=dates.today(), actor=Actor.process("processors"))
    context.progress(done)


@job("privacy.record")
def record(context: JobContext) -> None:
    """A new version of the record of processing activities when what it says has changed."""
    make_record(on=dates.today(), actor=Actor.process("record"))


@job(COUNT_JOB)
def count_due(context: JobContext) -> None:
    """Counts what is due, for the person who asked."""
    run_retention(key=str(context.run_id), on=dates.today(), dry_run=True,
                  actor=_asked_by(context, "retention"), report=context.progress)  # fmt: skip


@job(RELEASE_JOB)
def release_retention(context: JobContext, count_id: int) -> None:
    """Carries out what a second person released."""
    count = RetentionCount.objects.select_related("run").get(pk=count_id)
    carry_out_released(count=count, actor=_asked_by(context, "retention"))


def _asked_by(context: JobContext, process: str) -> Actor:
    asked = JobRun.objects.get(pk=context.run_id).requested_by
    return Actor.user(asked) if asked else Actor.process(process)
