"""After the count: named tellers certify, seats are filled, and in the end secrets are destroyed."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, NotAllowed, RuleBroken
from backoffice.core.services import audit
from backoffice.core.services.documents import delete_bytes
from backoffice.core.services.jobs import enqueue
from backoffice.core.transitions import actor_user, transition
from governance.enums import ELECTION_TRANSITIONS, ElectionState
from governance.models import Certification, Election, ElectionFile, Option, Teller
from governance.sealing.canonical import sha256_hex
from governance.services.bodies import fill_seats
from governance.services.safekeeping import COPY


def certify(*, election: Election, on: date, actor: Actor) -> Election:
    """A named teller signs the hashes; with as many signatures as shares needed it is certified.

    Raises: NotAllowed for anyone but a teller of this election, for candidates and for the person
        who set the election up; InvalidTransition before the count.
    """
    user = actor_user(actor)
    teller = Teller.objects.filter(election=election, user=user, observer=False).first()
    if teller is None:
        raise NotAllowed("Only a teller of this election can certify it.")
    if teller.user_id == election.created_by_id or is_candidate(election, teller):
        raise NotAllowed("A teller is neither a candidate nor the one who set the election up.")
    if election.state != ElectionState.COUNTED:
        raise InvalidTransition("A counted election is certified, once.")
    hashes = {file.name: file.sha256 for file in election.files.all()}
    ballots = sha256_hex("".join(hashes[f"ballots-{box}.json"] for box in election.boxes).encode())
    with transaction.atomic():
        Certification.objects.get_or_create(
            election=election,
            teller=teller,
            defaults={
                "report_hash": hashes["report.json"],
                "ballots_hash": ballots,
                "signed_on": on,
            },
        )
        audit.record(
            election.stream,
            "certified_by_teller",
            actor=actor,
            subject=election,
            facts={"report": hashes["report.json"], "ballots": ballots},
        )
        if election.certifications.count() >= election.threshold:
            _certified(election, on, actor)
    return election


def is_candidate(election: Election, teller: Teller) -> bool:
    """Whether the teller's own contact stands on the paper."""
    return Option.objects.filter(
        contest__election=election, contact__user_id=teller.user_id
    ).exists()


def _certified(election: Election, on: date, actor: Actor) -> None:
    transition(
        election,
        to=ElectionState.CERTIFIED,
        table=ELECTION_TRANSITIONS,
        actor=actor,
        also={
            "certified_on": on,
            "destroy_after": on + timedelta(days=election.objection_days),
        },
    )
    filled = fill_seats(election=election, on=on, actor=actor)
    enqueue("governance.print_result", election.pk)
    audit.record(
        election.stream,
        "certified",
        actor=actor,
        subject=election,
        facts={"seats_filled": filled, "objections_until": election.destroy_after},
    )


def destroy_secrets(*, election: Election, on: date, actor: Actor) -> Election:
    """After the objection period: envelopes, addresses and box files go, a note stays.

    The tellers destroy their shares by hand; the note says that they were told to.

    Raises: RuleBroken before the objection period is over.
    """
    if election.destroy_after is None or on < election.destroy_after:
        raise RuleBroken("The objection period is not over.")
    with transaction.atomic():
        transition(
            election,
            to=ElectionState.DESTROYED,
            table=ELECTION_TRANSITIONS,
            actor=actor,
            also={"destroyed_on": on},
        )
        envelopes, _ = election.envelopes.all().delete()
        addresses = election.roll.exclude(address="").update(address="")
        files = election.files.select_related("document")
        boxes = list(files.filter(Q(name__startswith="box-") | Q(name=COPY)))
        ElectionFile.objects.filter(pk__in=[file.pk for file in boxes]).delete()
        audit.record(
            election.stream,
            "destroyed",
            actor=actor,
            subject=election,
            facts={"envelopes": envelopes, "addresses": addresses, "boxes": len(boxes)},
        )
    for file in boxes:
        delete_bytes(file.document)
    return election
