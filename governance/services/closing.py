"""Closing: no more votes, the box sealed into files, the tie between voter and envelope cut."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.services.documents import store_new
from backoffice.core.transitions import transition
from governance.enums import ELECTION_TRANSITIONS, ElectionState, ProposalState
from governance.models import BoardEntry, BoardHead, Election, ElectionFile, Envelope, RollEntry
from governance.queries import turnout
from governance.sealing.box import write_box
from governance.sealing.canonical import canonical_bytes


def close_election(*, election: Election, now: datetime, actor: Actor) -> Election:
    """Voting ends at the announced time; number of envelopes and head of the board are recorded.

    Raises: RuleBroken before the announced close.
    """
    if now < election.closes_at:
        raise RuleBroken("Voting closes at the announced time, not before.")
    with transaction.atomic():
        head = BoardHead.objects.select_for_update().get(election=election)
        transition(election, to=ElectionState.CLOSED, table=ELECTION_TRANSITIONS, actor=actor)
        figures = turnout(election)
        audit.record(
            election.stream,
            "closed",
            actor=actor,
            subject=election,
            facts={
                "envelopes": Envelope.objects.filter(election=election).count(),
                "entitled": figures.entitled,
                "board": head.sequence,
                "head": head.head,
            },
        )
    return election


def seal_box(*, election: Election, actor: Actor) -> Election:
    """Writes the box files and the board, publishes their hashes and cuts the last tie to voters.

    Raises: RuleBroken while a change of the roll waits for its second person.
    """
    if election.state != ElectionState.CLOSED:
        raise RuleBroken("The box is sealed after the close of voting.")
    if election.corrections.filter(state=ProposalState.PROPOSED).exists():
        raise RuleBroken("A change of the roll waits for its second person.")
    contents = box_files(election)
    documents = {
        name: store_new(
            content,
            kind="governance.box",
            subject=f"governance.election:{election.pk}",
            file_name=f"{election.slug}-{name}",
            media_type="application/json",
        )
        for name, content in contents.items()
    }
    with transaction.atomic():
        transition(election, to=ElectionState.BOXED, table=ELECTION_TRANSITIONS, actor=actor)
        if box_files(election) != contents:
            raise RuleBroken("The box has changed while it was sealed. Try again.")
        for name, document in documents.items():
            ElectionFile.objects.create(
                election=election,
                name=name,
                document=document,
                sha256=document.sha256,
                public=True,
            )
        RollEntry.objects.filter(election=election).update(pseudonym=None, token_hash=None)
        audit.record(
            election.stream,
            "box_sealed",
            actor=actor,
            subject=election,
            facts={name: document.sha256 for name, document in documents.items()},
        )
    return election


def box_files(election: Election) -> dict[str, bytes]:
    """Name and bytes of each box file and of the board as they stand now."""
    files = {}
    for box in election.boxes:
        rows = Envelope.objects.filter(election=election, box=box)
        ciphertexts = [bytes(one) for one in rows.values_list("ciphertext", flat=True)]
        files[f"box-{box}.json"] = write_box(election.definition_id, box, ciphertexts)
    entries = BoardEntry.objects.filter(election=election).order_by("sequence")
    head = BoardHead.objects.get(election=election)
    files["board.json"] = canonical_bytes(
        {
            "format": "rollcall-board/1",
            "election": election.definition_id,
            "envelopes": list(entries.values_list("envelope", flat=True)),
            "head": head.head,
        }
    )
    return files
