"""Keys and rehearsal: the server takes in the public key and proof that the shares open a box."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.services.documents import read_bytes, store_new
from backoffice.core.transitions import transition
from governance.enums import ELECTION_TRANSITIONS, ElectionState
from governance.models import Election, ElectionFile
from governance.page import ballot_page_hash
from governance.sealing.ballot import build_ballot, encode
from governance.sealing.box import Opened, write_box
from governance.sealing.canonical import canonical_bytes, document_id, sha256_hex
from governance.sealing.definition import most_marks
from governance.sealing.keys import seal

TEST_BALLOTS = 20
REHEARSAL_BOX = "rehearsal-box.json"


def hand_in_keys(*, election: Election, keys: dict[str, Any], actor: Actor) -> Election:
    """Takes in keys.json of the ceremony and makes the box of test ballots for the rehearsal.

    Raises: BadInput when the file belongs to another election or its shares differ from the
        election's; InvalidTransition unless the roll is frozen.
    """
    if keys.get("format") != "rollcall-keys/1" or keys.get("election") != election.definition_id:
        raise BadInput("The file is not keys.json of this election.", where="keys")
    if (keys.get("threshold"), keys.get("shares")) != (election.threshold, election.shares):
        raise BadInput(
            f"The key was split {keys.get('threshold')} of {keys.get('shares')}; the election "
            f"needs {election.threshold} of {election.shares}.",
            where="keys",
        )
    public_key = str(keys.get("public_key", ""))
    if len(public_key) != 64 or set(public_key) - set("0123456789abcdef"):
        raise BadInput("The public key is not 32 bytes in hexadecimal.", where="public_key")
    if election.state != ElectionState.ROLLED:
        raise InvalidTransition("Keys are handed in once, after the roll is frozen.")
    content, expected = _rehearsal_box(election, public_key)
    document = store_new(
        content,
        kind="governance.rehearsal",
        subject=f"governance.election:{election.pk}",
        file_name=REHEARSAL_BOX,
        media_type="application/json",
    )
    with transaction.atomic():
        transition(
            election,
            to=ElectionState.KEYED,
            table=ELECTION_TRANSITIONS,
            actor=actor,
            also={"public_key": public_key, "rehearsal_expected": expected},
        )
        ElectionFile.objects.create(
            election=election, name=REHEARSAL_BOX, document=document, sha256=document.sha256
        )
        audit.record(
            election.stream,
            "keys_handed_in",
            actor=actor,
            subject=election,
            facts={"public_key": public_key, "rehearsal_box": document.sha256},
        )
    return election


def _rehearsal_box(election: Election, public_key: str) -> tuple[bytes, str]:
    """A box of random test ballots and the hash its clear ballots will have."""
    definition = election.definition or {}
    election_id = document_id(definition)
    box = election.boxes[0]
    papers: list[dict[str, list[str]]] = []
    envelopes = []
    for _number in range(TEST_BALLOTS):
        choices = {contest["id"]: _random_marks(contest) for contest in definition["contests"]}
        ballot = build_ballot(election_id, box, choices, secrets.token_hex(16))
        papers.append(choices)
        envelopes.append(seal(encode(ballot, definition["ballot_bytes"]), public_key))
    papers.sort(key=canonical_bytes)
    expected = sha256_hex(Opened(election_id, box, papers, []).ballots_file())
    return write_box(election_id, box, envelopes), expected


def _random_marks(contest: dict[str, Any]) -> list[str]:
    ids = [option["id"] for option in contest["options"]]
    chosen = secrets.randbelow(most_marks(contest) + 1)
    return secrets.SystemRandom().sample(ids, chosen)


def hand_in_rehearsal(*, election: Election, proof: dict[str, Any], actor: Actor) -> Election:
    """Takes in rehearsal.json: only who opened the test ballots can know the hash in it.

    Raises: RuleBroken when the test ballots were not opened as they were sealed.
    """
    if proof.get("election") != election.definition_id:
        raise BadInput("The file is not rehearsal.json of this election.", where="proof")
    if (
        proof.get("ballots_sha256") != election.rehearsal_expected
        or not election.rehearsal_expected
    ):
        raise RuleBroken("The test ballots were not opened to what was sealed. Rehearse again.")
    with transaction.atomic():
        transition(
            election,
            to=ElectionState.REHEARSED,
            table=ELECTION_TRANSITIONS,
            actor=actor,
            also={
                "rehearsed_hash": election.rehearsal_expected,
                "page_hash": ballot_page_hash(),
            },
        )
        # The box of test ballots is destroyed; its hash stays in the audit chain.
        ElectionFile.objects.filter(election=election, name=REHEARSAL_BOX).delete()
        audit.record(
            election.stream,
            "rehearsed",
            actor=actor,
            subject=election,
            facts={"ballots": election.rehearsed_hash, "page": election.page_hash},
        )
    return election


def rehearsal_box(election: Election) -> bytes:
    """The box file for the tellers. Raises: InvalidTransition outside the rehearsal."""
    file = election.files.filter(name=REHEARSAL_BOX).select_related("document").first()
    if file is None:
        raise InvalidTransition("There is no box of test ballots now.")
    return read_bytes(file.document)


def open_election(*, election: Election, now: datetime, actor: Actor) -> Election:
    """Voting opens. Only a rehearsed election can open, and only with an empty box.

    Raises: RuleBroken outside the announced times; InvalidTransition without rehearsal.
    """
    if not election.opens_at <= now < election.closes_at:
        raise RuleBroken("Voting opens at the announced time, not before and not after the close.")
    with transaction.atomic():
        if election.envelopes.exists() or election.board.exists():
            raise RuleBroken("The box is not empty.")
        transition(election, to=ElectionState.OPEN, table=ELECTION_TRANSITIONS, actor=actor)
        audit.record(
            election.stream,
            "opened",
            actor=actor,
            subject=election,
            facts={"definition": election.definition_id, "page": election.page_hash},
        )
    return election
