"""Background work of the roll."""

from __future__ import annotations

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from contacts.services import import_desk, import_trial
from contacts.services.duplicate_finder import find_duplicates as search_duplicates


@job("contacts.apply_import", attempts=3)
def apply_import(context: JobContext, run_id: str) -> None:
    """A run that was cut off goes on after the last chunk that was written."""
    import_desk.apply_kept_file(
        run_id, actor=Actor.process("import"), on=dates.today(), report=context.progress
    )


@job("contacts.test_import", attempts=3)
def test_import(context: JobContext, run_id: str) -> None:
    """A long file is tested while its page shows how far the test has come."""
    import_trial.try_out_kept_file(
        run_id, actor=Actor.process("import"), on=dates.today(), report=context.progress
    )


@job("contacts.find_duplicates", attempts=2)
def find_duplicates(context: JobContext) -> None:
    """Compares all organisations and all contacts and refreshes the duplicate desk."""
    search_duplicates(on=dates.today(), actor=Actor.process("duplicates"), report=context.progress)
