"""Background work of the roll."""

from __future__ import annotations

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from contacts.services import agreements, applications, handover, import_desk
from contacts.services.agreement_file import print_agreement as print_file
from contacts.services.duplicate_finder import find_duplicates as search_duplicates


@job("contacts.apply_import", attempts=1)
def apply_import(context: JobContext, run_id: str) -> None:
    """One attempt: a run that was cut off stays "applying" until somebody takes it back."""
    import_desk.apply_kept_file(
        run_id, actor=Actor.process("import"), on=dates.today(), report=context.progress
    )


@job("contacts.find_duplicates", attempts=2)
def find_duplicates(context: JobContext) -> None:
    """Compares all organisations and all contacts and refreshes the duplicate desk."""
    search_duplicates(on=dates.today(), actor=Actor.process("duplicates"), report=context.progress)


@job("contacts.print_agreement")
def print_agreement(context: JobContext, application_id: int) -> None:
    """The countersigned agreement: rendered, stored, mailed; goes on where it stopped."""
    print_file(application_id)


@job("contacts.activate_paid")
def activate_paid(context: JobContext) -> None:
    """Members whose first-year fee has been paid start."""
    agreements.activate_all_paid(on=dates.today(), actor=Actor.process("activation"))


@job("contacts.expire_proposals")
def expire_proposals(context: JobContext) -> None:
    """What people outside sent and nobody confirmed or answered in time."""
    applications.drop_unconfirmed(at=dates.now())
    handover.expire_handovers(on=dates.today(), actor=Actor.process("expiry"))
