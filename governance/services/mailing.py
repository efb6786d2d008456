"""Mail of an election: notice, voting links, reminders, result. Each is queued once per voter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition
from backoffice.core.services import audit
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import queue_message
from governance.enums import Channel, ElectionState
from governance.models import Election, RollEntry

#: Messages queued in one transaction, so that voters can cast in between.
BATCH = 100
#: What the mail engine reports when a message did not reach its reader.
FAILURES = ("bounced", "failed", "skipped")


@dataclass(frozen=True)
class Sent:
    """Messages queued, and entries that no mail reaches."""

    queued: int
    unreachable: int


def _queue(election: Election, entries: Iterable[RollEntry], kind: str, suffix: str = "") -> Sent:
    queued = unreachable = 0
    for entry in entries:
        if not entry.address:
            unreachable += 1
            continue
        queue_message(
            kind=f"governance.{kind}",
            mail_class="governance",
            address=entry.address,
            dedupe_key=f"governance.{kind}:{election.pk}:{entry.pk}:{entry.link_number}{suffix}",
            about=f"governance.rollentry:{entry.pk}",
            contact_id=entry.contact_id,
            organisation_id=entry.organisation_id,
            language=entry.language,
        )
        queued += 1
    return Sent(queued, unreachable)


def _send(
    election: Election, entries: Iterable[RollEntry], kind: str, actor: Actor, suffix: str = ""
) -> Sent:
    """Queues in short transactions: a stop half-way is made up by the repeat, which sends no
    second copy."""
    queued = unreachable = 0
    for batch in batched(entries):
        with transaction.atomic():
            sent = _queue(election, batch, kind, suffix)
        queued += sent.queued
        unreachable += sent.unreachable
    audit.record(
        election.stream,
        f"mail_{kind}",
        actor=actor,
        subject=election,
        facts={"queued": queued, "unreachable": unreachable},
    )
    return Sent(queued, unreachable)


def batched(entries: Iterable[RollEntry]) -> Iterator[list[RollEntry]]:
    """The entries in lists of at most ``BATCH``."""
    rows = iter(list(entries))
    while batch := list(islice(rows, BATCH)):
        yield batch


def send_notices(*, election: Election, actor: Actor) -> Sent:
    """The notice of election to every entitled member. Raises: InvalidTransition before the roll."""
    if election.state in (ElectionState.DRAFT, ElectionState.DEFINED):
        raise InvalidTransition("The notice goes out once the roll is frozen.")
    return _send(election, _links(election), "notice", actor)


def send_links(*, election: Election, actor: Actor) -> Sent:
    """Voting links to everyone on the roll by link; a repeat sends only links made since.

    Raises: InvalidTransition unless voting is open.
    """
    if election.state != ElectionState.OPEN:
        raise InvalidTransition("Voting links go out while voting is open.")
    return _send(election, _links(election), "ballot_link", actor)


def send_reminders(*, election: Election, on: date, actor: Actor) -> Sent:
    """A reminder to those without an envelope in the box, at most one a day and voter.

    Raises: InvalidTransition unless voting is open.
    """
    if election.state != ElectionState.OPEN:
        raise InvalidTransition("Reminders go out while voting is open.")
    entries = RollEntry.objects.not_voted().filter(election=election)
    return _send(election, entries.order_by("pk"), "reminder", actor, f":{on.isoformat()}")


def send_results(*, election: Election, actor: Actor) -> Sent:
    """The certified result to every entitled member. Raises: InvalidTransition before that."""
    if election.state != ElectionState.CERTIFIED:
        raise InvalidTransition("The result is mailed once it is certified.")
    return _send(election, _links(election), "result", actor)


def _links(election: Election) -> Iterable[RollEntry]:
    return RollEntry.objects.by_link().filter(election=election).order_by("pk")


def note_bounce(delivery: Delivery, event: str) -> None:
    """Election mail that did not arrive marks the entry; the desk lists it for a second chance."""
    if (
        event not in FAILURES
        or not delivery.kind.startswith("governance.")
        or not delivery.about.startswith("governance.rollentry:")
    ):
        return
    pk = int(delivery.about.rpartition(":")[2])
    RollEntry.objects.filter(pk=pk, address=delivery.address).update(unreachable=event)


def send_link(election: Election, entry: RollEntry) -> None:
    """The link of one entry, in the caller's transaction, when voting is open."""
    if election.state == ElectionState.OPEN and entry.included and entry.channel == Channel.LINK:
        _queue(election, [entry], "ballot_link")


def resend_link(*, entry: RollEntry, now: datetime, actor: Actor) -> Sent:
    """The same link once more, at the voter's own wish, at most once an hour.

    Raises: InvalidTransition unless voting is open.
    """
    if entry.election.state != ElectionState.OPEN:
        raise InvalidTransition("Voting links go out while voting is open.")
    return _send(entry.election, [entry], "ballot_link", actor, f":again:{now:%Y%m%d%H}")


def send_board_heads(*, on: date) -> int:
    """Mails the head of each open election's board to its tellers, once a day; how many."""
    queued = 0
    for election in Election.objects.filter(state=ElectionState.OPEN):
        for teller in election.tellers.select_related("user"):
            with transaction.atomic():
                queue_message(
                    kind="governance.board_head",
                    mail_class="governance",
                    address=teller.user.email,
                    dedupe_key=f"governance.board_head:{election.pk}:{teller.pk}:{on.isoformat()}",
                    about=f"governance.election:{election.pk}",
                    language=teller.user.language,
                )
            queued += 1
    return queued
