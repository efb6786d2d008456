"""The election clock: opens, closes and destroys at the announced times."""

from __future__ import annotations

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, enqueue, job
from governance.enums import ElectionState
from governance.models import Election
from governance.services.certification import destroy_secrets
from governance.services.closing import close_election
from governance.services.keys import open_election
from governance.services.mailing import send_board_heads, send_links
from governance.services.printing import print_result
from governance.services.safekeeping import keep_copy

CLOCK = Actor.process("election-clock")


@job("governance.clock")
def clock(context: JobContext) -> None:
    """Queues one job for each election whose time has come."""
    now, on = dates.now(), dates.today()
    for election in Election.objects.due_to_close(now=now):
        enqueue("governance.close", election.pk)
    for election in Election.objects.due_to_open(now=now):
        enqueue("governance.open", election.pk)
    for election in Election.objects.due_to_destroy(on=on):
        enqueue("governance.destroy", election.pk)


@job("governance.open")
def open_due(context: JobContext, election_id: int) -> None:
    """Opens one election and sends the links; a repeat finds it open and only sends what is missing."""
    election = Election.objects.get(pk=election_id)
    now = dates.now()
    if election in Election.objects.due_to_open(now=now):
        open_election(election=election, now=now, actor=CLOCK)
    send_links(election=election, actor=CLOCK)


@job("governance.close")
def close_due(context: JobContext, election_id: int) -> None:
    """Closes one election at its time."""
    now = dates.now()
    for election in Election.objects.due_to_close(now=now).filter(pk=election_id):
        close_election(election=election, now=now, actor=CLOCK)


@job("governance.destroy")
def destroy_due(context: JobContext, election_id: int) -> None:
    """Destroys envelopes and addresses of one election once its objection period is over."""
    on = dates.today()
    for election in Election.objects.due_to_destroy(on=on).filter(pk=election_id):
        destroy_secrets(election=election, on=on, actor=CLOCK)


@job("governance.keep_copies")
def keep_copies(context: JobContext) -> None:
    """Once an hour: the locked copy of every open box goes to its tellers."""
    now = dates.now()
    for election in Election.objects.filter(state=ElectionState.OPEN):
        keep_copy(election=election, now=now, actor=CLOCK)


@job("governance.print_result")
def print_due(context: JobContext, election_id: int) -> None:
    """Prints the certified result in both languages; a repeat finds it done."""
    print_result(election=Election.objects.get(pk=election_id))


@job("governance.board_heads")
def board_heads(context: JobContext) -> None:
    """Once a day: the head of every open board goes to its tellers."""
    send_board_heads(on=dates.today())
