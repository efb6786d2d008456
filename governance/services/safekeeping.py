"""Hourly copies of an open box for the tellers: opaque to them, useless to the office alone.

A copy holds envelopes and board, locked with a key derived from ``ROLLCALL_ELECTION_KEY``. Tellers
keep it away from the server and cannot read it; the office has the key and, after the loss of the
server, asks for the file. Two copies an hour apart would otherwise show a teller which envelopes
came in between.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.services.documents import delete_bytes, store_new
from backoffice.delivery.services import queue_message
from governance.enums import ElectionState
from governance.models import BoardEntry, BoardHead, Election, ElectionFile, Envelope, RollEntry
from governance.sealing.board import head_of, next_head
from governance.sealing.canonical import canonical_bytes, sha256_hex
from governance.secrets import copy_key_of

FORMAT, COPY = "rollcall-copy/1", "safe-copy.sealed"
#: A larger copy is fetched from the desk, not mailed.
LARGEST_MAILED = 3 * 1024 * 1024
BATCH = 500


def sealed_copy(election: Election) -> bytes:
    """Envelopes and board as they stand now, locked."""
    with transaction.atomic():
        head = BoardHead.objects.get(election=election)
        board = list(
            BoardEntry.objects.filter(election=election, sequence__lte=head.sequence)
            .order_by("sequence")
            .values_list("envelope", flat=True)
        )
        envelopes = [
            [str(row.pseudonym), row.box, base64.b64encode(bytes(row.ciphertext)).decode()]
            for row in Envelope.objects.filter(election=election).order_by("hash")
        ]
    document = {
        "format": FORMAT,
        "election": election.definition_id,
        "board": board,
        "head": head.head,
        "envelopes": envelopes,
    }
    return SecretBox(copy_key_of(election)).encrypt(canonical_bytes(document))


def keep_copy(*, election: Election, now: datetime, actor: Actor) -> ElectionFile | None:
    """Replaces the copy of an open election and mails it to the tellers, at most once an hour.

    Nothing happens when no vote came in since the last copy. A copy above 3 MB is not mailed; the
    tellers fetch it from the election's desk.
    """
    if election.state != ElectionState.OPEN:
        return None
    head = BoardHead.objects.get(election=election)
    label = f"{election.slug}-{head.sequence}.sealed"
    old = (
        ElectionFile.objects.filter(election=election, name=COPY).select_related("document").first()
    )
    if head.sequence == 0 or (old is not None and old.document.file_name == label):
        return old
    document = store_new(
        sealed_copy(election),
        kind="governance.copy",
        subject=f"governance.election:{election.pk}",
        file_name=label,
        media_type="application/octet-stream",
    )
    with transaction.atomic():
        kept, _created = ElectionFile.objects.update_or_create(
            election=election,
            name=COPY,
            defaults={"document": document, "sha256": document.sha256},
        )
        if (document.size or 0) <= LARGEST_MAILED:
            _mail(election, now)
        audit.record(
            election.stream, "copy_kept", actor=actor, subject=election,
            facts={"sha256": document.sha256, "board": head.sequence},
        )  # fmt: skip
    if old is not None:
        delete_bytes(old.document)
    return kept


def _mail(election: Election, now: datetime) -> None:
    for teller in election.tellers.filter(observer=False).select_related("user"):
        queue_message(
            kind="governance.safe_copy",
            mail_class="governance",
            address=teller.user.email,
            dedupe_key=f"governance.safe_copy:{election.pk}:{teller.pk}:{now:%Y%m%d%H}",
            about=f"governance.election:{election.pk}",
            language=teller.user.language,
        )


@dataclass(frozen=True)
class Restored:
    """Receipts and envelopes that came back, and envelopes whose roll entry is not known here."""

    receipts: int
    envelopes: int
    strangers: int


def restore_copy(*, election: Election, content: bytes, actor: Actor) -> Restored:
    """Brings votes back that were cast after the backup the server was restored from.

    The board of the copy has to continue the board here; whoever is on the roll by a correction
    made after the backup is counted as a stranger and has to be corrected in again.

    Raises: BadInput for a file that is not a copy of this election; RuleBroken when votes came in
        since the restore, or outside the time of voting.
    """
    copy = _unlocked(election, content)
    board: list[str] = copy["board"]
    if head_of(election.definition_id, board) != copy["head"]:
        raise BadInput("The board of the copy does not lead to its head.", where="file")
    with transaction.atomic():
        head = BoardHead.objects.select_for_update().get(election=election)
        if not Election.objects.filter(pk=election.pk, state=ElectionState.OPEN).exists():
            raise RuleBroken("A copy is taken back while voting is open.")
        present = list(
            BoardEntry.objects.filter(election=election)
            .order_by("sequence")
            .values_list("envelope", flat=True)
        )
        if present != board[: len(present)]:
            raise RuleBroken(
                "Votes were cast here that the copy does not know. Close the site to voters, "
                "restore the backup again, and take the copy back before you open it."
            )
        _append(election, board, len(present))
        known = _put_back(election, copy["envelopes"])
        head.sequence, head.head = len(board), copy["head"]
        head.save(update_fields=["sequence", "head"])
        result = Restored(len(board) - len(present), known, len(copy["envelopes"]) - known)
        audit.record(
            election.stream, "copy_restored", actor=actor, subject=election,
            facts={"receipts": result.receipts, "envelopes": result.envelopes,
                   "strangers": result.strangers, "head": copy["head"]},
        )  # fmt: skip
    return result


def _unlocked(election: Election, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(SecretBox(copy_key_of(election)).decrypt(content))
    except (CryptoError, ValueError, TypeError) as error:
        raise BadInput("The file is not a copy of this election's box.", where="file") from error
    if document.get("format") != FORMAT or document.get("election") != election.definition_id:
        raise BadInput("The copy belongs to another election.", where="file")
    return document


def _append(election: Election, board: list[str], start: int) -> None:
    head = head_of(election.definition_id, board[:start])
    rows = []
    for sequence, envelope in enumerate(board[start:], start + 1):
        head = next_head(head, envelope)
        rows.append(BoardEntry(election=election, sequence=sequence, envelope=envelope, head=head))
    BoardEntry.objects.bulk_create(rows, batch_size=BATCH)


def _put_back(election: Election, envelopes: list[list[str]]) -> int:
    """Envelopes of voters on the roll here, each in its place; how many."""
    roll = RollEntry.objects.filter(election=election)
    known = {str(one) for one in roll.values_list("pseudonym", flat=True) if one}
    rows = []
    for pseudonym, box, text in envelopes:
        if pseudonym in known:
            ciphertext = base64.b64decode(text)
            rows.append(
                Envelope(
                    pseudonym=UUID(pseudonym),
                    election=election,
                    box=box,
                    ciphertext=ciphertext,
                    hash=sha256_hex(ciphertext),
                )
            )
    Envelope.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["pseudonym"],
        update_fields=["box", "ciphertext", "hash"],
    )
    for start in range(0, len(rows), BATCH):
        part = [row.pseudonym for row in rows[start : start + BATCH]]
        roll.filter(pseudonym__in=part).update(voted=True)
    return len(rows)
