"""Background work of the life of a membership."""

from __future__ import annotations

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from contacts.services import agreements, handover, rounds
from contacts.services.agreement_file import print_agreement as print_file


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
    """Questions to people outside that nobody answered in time."""
    handover.expire_handovers(on=dates.today(), actor=Actor.process("expiry"))


@job("contacts.ask_confirmations")
def ask_confirmations(context: JobContext, round_id: int) -> None:
    """Every member is asked once; goes on where it stopped."""
    rounds.ask_members(
        round_id=round_id, on=dates.today(), at=dates.now(),
        actor=Actor.process("confirmation"), report=context.progress,
    )  # fmt: skip


@job("contacts.remind_confirmations")
def remind_confirmations(context: JobContext) -> None:
    """Reminders of open rounds, and the end of those that are over."""
    actor = Actor.process("confirmation")
    rounds.remind(on=dates.today(), actor=actor)
    rounds.close_rounds(on=dates.today(), actor=actor)
