"""Casting: token and time are checked, the envelope replaces an earlier one, the board grows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from backoffice.core.errors import BadInput, InvalidTransition, NotAllowed, RuleBroken
from backoffice.delivery.services import queue_message
from governance.enums import ElectionState
from governance.models import Election, Envelope, RollEntry
from governance.sealing.ballot import build_ballot, check_choices, encode
from governance.sealing.board import next_head
from governance.sealing.canonical import sha256_hex
from governance.sealing.errors import SealingError
from governance.sealing.keys import SEAL_OVERHEAD, receipt_text, seal
from governance.secrets import signer_of, token_hash

UNKNOWN_LINK = "This voting link is not valid. It may have been replaced by a newer one."


@dataclass(frozen=True)
class Place:
    """Where an envelope stands on the board, and the head of the chain after it."""

    sequence: int
    head: str


@dataclass(frozen=True)
class Receipt:
    """Proof without content that an envelope was put into the box."""

    election: str
    envelope: str
    signature: str
    sequence: int
    head: str


def entry_for_token(*, election: Election, token: str) -> RollEntry:
    """The roll entry a credential belongs to.

    Raises: NotAllowed for an unknown, revoked or closed credential.
    """
    entry = (
        RollEntry.objects.by_link()
        .filter(election=election, token_hash=token_hash(token))
        .select_related("organisation")
        .first()
    )
    if entry is None:
        raise NotAllowed(UNKNOWN_LINK, code="unknown_link")
    return entry


def check_open(election: Election, *, now: datetime) -> None:
    """Raises: InvalidTransition when no vote can be cast at this moment."""
    if election.state == ElectionState.OPEN and election.opens_at <= now < election.closes_at:
        return
    if now < election.opens_at and election.state != ElectionState.CANCELLED:
        raise InvalidTransition("Voting has not opened yet.", code="not_open")
    raise InvalidTransition("Voting is closed.", code="closed")


def cast_envelope(
    *, election: Election, token: str, box: str, ciphertext: bytes, now: datetime
) -> Receipt:
    """Puts a sealed ballot into the box in the voter's place; a later one replaces it until close.

    The receipt mail is queued in the same transaction. Nothing here knows or keeps a choice.

    Raises: NotAllowed for a bad credential; InvalidTransition outside the voting time; BadInput for
        a wrong length or box; RuleBroken for a copy of an envelope on the board.
    """
    definition = election.definition or {}
    if len(ciphertext) != definition.get("ballot_bytes", 0) + SEAL_OVERHEAD:
        raise BadInput("The sealed ballot has the wrong length.", code="wrong_length")
    check_open(election, now=now)
    envelope = sha256_hex(ciphertext)
    try:
        with transaction.atomic():
            # The voter's own row queues casts with one link; the head of the board, taken last and
            # held shortest, queues all others.
            entry = _locked_entry(election, token)
            if box != entry.box:
                raise BadInput("The ballot was sealed for another box.", code="wrong_box")
            _put(election, entry, ciphertext, envelope)
            _queue_receipt(election, entry, envelope)
            place = _append(election, envelope)
    except IntegrityError as error:
        raise RuleBroken(
            "This very envelope is in the box already; nothing was changed.", code="copy"
        ) from error
    signature = signer_of(election).sign(receipt_text(envelope, election.definition_id)).signature
    return Receipt(election.definition_id, envelope, signature.hex(), place.sequence, place.head)


def _locked_entry(election: Election, token: str) -> RollEntry:
    rows = RollEntry.objects.by_link().filter(election=election, token_hash=token_hash(token))
    entry = rows.select_for_update().first()
    if entry is None:
        raise NotAllowed(UNKNOWN_LINK, code="unknown_link")
    return entry


def _put(election: Election, entry: RollEntry, ciphertext: bytes, envelope: str) -> None:
    """The envelope in the voter's place, in one statement whether there was one or not."""
    if entry.pseudonym is None:
        raise InvalidTransition("The box is sealed.", code="closed")
    Envelope.objects.bulk_create(
        [
            Envelope(  # type: ignore[misc]
                pseudonym=entry.pseudonym,
                election=election,
                box=entry.box,
                ciphertext=ciphertext,
                hash=envelope,
            )
        ],
        update_conflicts=True,
        unique_fields=["pseudonym"],
        update_fields=["box", "ciphertext", "hash"],
    )
    if not entry.voted:
        RollEntry.objects.filter(pk=entry.pk).update(voted=True)


def _append(election: Election, envelope: str) -> Place:
    """The next place on the board. Plain SQL: every voter waits while another one is in here.

    Raises: InvalidTransition when the election was closed at this moment.
    """
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sequence, head FROM governance_boardhead WHERE election_id = %s{lock}",  # noqa: S608 - two fixed words
            [election.pk],
        )
        last, before = cursor.fetchone()
        place = Place(last + 1, next_head(before, envelope))
        cursor.execute(
            "INSERT INTO governance_boardentry (election_id, sequence, envelope, head)"
            " VALUES (%s, %s, %s, %s)",
            [election.pk, place.sequence, envelope, place.head],
        )
        cursor.execute(
            "UPDATE governance_boardhead SET sequence = %s, head = %s"
            " WHERE election_id = %s AND sequence = %s AND EXISTS"
            " (SELECT 1 FROM governance_election WHERE id = %s AND state = %s)",
            [place.sequence, place.head, election.pk, last, election.pk, str(ElectionState.OPEN)],
        )
        if cursor.rowcount != 1:
            raise InvalidTransition("Voting was closed at this moment.", code="closed")
    return place


def _queue_receipt(election: Election, entry: RollEntry, envelope: str) -> None:
    if entry.address:
        queue_message(
            kind="governance.receipt",
            mail_class="governance",
            address=entry.address,
            dedupe_key=f"governance.receipt:{envelope}",
            about=f"governance.rollentry:{entry.pk}",
            contact_id=entry.contact_id,
            organisation_id=entry.organisation_id,
            language=entry.language,
        )


def cast_plain(
    *, election: Election, token: str, choices: dict[str, list[str]], now: datetime
) -> Receipt:
    """For a browser without script: the server seals in memory. Weaker, and counted as such.

    Raises: as :func:`cast_envelope`; BadInput for choices that are not on the paper.
    """
    definition = election.definition or {}
    try:
        check_choices(choices, definition)
    except SealingError as error:
        raise BadInput(str(error), code="choices") from error
    entry = entry_for_token(election=election, token=token)
    ballot = build_ballot(election.definition_id, entry.box, choices, secrets.token_hex(16))
    ciphertext = seal(encode(ballot, definition["ballot_bytes"]), election.public_key)
    with transaction.atomic():
        receipt = cast_envelope(
            election=election, token=token, box=entry.box, ciphertext=ciphertext, now=now
        )
        _count_plain(election)
    return receipt


def _count_plain(election: Election) -> None:
    from django.db.models import F

    Election.objects.filter(pk=election.pk).update(plain_casts=F("plain_casts") + 1)
