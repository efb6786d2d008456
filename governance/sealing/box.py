"""Box files, opening them, and what comes out: clear ballots and codes, order gone."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from .ballot import decode
from .canonical import canonical_bytes, document_id, sha256_hex
from .errors import SealingError
from .keys import Opener

BOX, BALLOTS, CODES = "rollcall-box/1", "rollcall-ballots/1", "rollcall-codes/1"


def write_box(election_id: str, box: str, ciphertexts: list[bytes]) -> bytes:
    """A box file: nothing but ciphertexts, sorted by their hash."""
    envelopes = sorted(ciphertexts, key=sha256_hex)
    return canonical_bytes(
        {
            "format": BOX,
            "election": election_id,
            "box": box,
            "envelopes": [base64.b64encode(one).decode() for one in envelopes],
        }
    )


def read_box(content: bytes, election_id: str) -> tuple[str, list[bytes]]:
    """Name of the box and its ciphertexts.

    Raises:
        SealingError: not a box of this election, not sorted by hash, or one envelope twice.
    """
    try:
        document = json.loads(content)
        if document["format"] != BOX:
            raise SealingError("the file is not a box")
        if document["election"] != election_id:
            raise SealingError("the box belongs to another election")
        envelopes = [base64.b64decode(one, validate=True) for one in document["envelopes"]]
        name = str(document["box"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        if isinstance(error, SealingError):
            raise
        raise SealingError("the box file is damaged") from error
    hashes = [sha256_hex(one) for one in envelopes]
    if hashes != sorted(set(hashes)):
        raise SealingError("the box file was changed: its envelopes are not sorted or repeat")
    return name, envelopes


@dataclass(frozen=True)
class Opened:
    """The outcome of opening one box. `set_aside` maps a reason to the hashes of envelopes."""

    election_id: str
    box: str
    choices: list[dict[str, list[str]]]
    codes: list[list[Any]]
    set_aside: dict[str, list[str]] = field(default_factory=dict)

    def ballots_file(self) -> bytes:
        """Clear ballots sorted by content, so that nothing tells their order of casting."""
        return canonical_bytes(
            {
                "format": BALLOTS,
                "election": self.election_id,
                "box": self.box,
                "ballots": self.choices,
                "set_aside": self.set_aside,
            }
        )

    def codes_file(self) -> bytes:
        """Each voter's code beside the ballot it stood on, sorted by code."""
        return canonical_bytes(
            {
                "format": CODES,
                "election": self.election_id,
                "box": self.box,
                "codes": self.codes,
            }
        )


def open_box(content: bytes, definition: dict[str, Any], secret: bytes) -> Opened:
    """Open every envelope of a box, set aside what does not fit, drop the order.

    Raises:
        SealingError: the file itself is not a sound box of this election.
    """
    election_id = document_id(definition)
    name, envelopes = read_box(content, election_id)
    opener = Opener(secret)
    ballots: list[dict[str, Any]] = []
    set_aside: dict[str, list[str]] = {}
    for envelope in envelopes:
        try:
            ballots.append(decode(opener.open(envelope), definition, election_id, name))
        except SealingError as reason:
            set_aside.setdefault(str(reason), []).append(sha256_hex(envelope))
    codes = sorted([b["code"], b["choices"]] for b in ballots) if definition["codes"] else []
    choices = sorted((b["choices"] for b in ballots), key=canonical_bytes)
    return Opened(election_id, name, choices, codes, set_aside)


def read_ballots(content: bytes, definition: dict[str, Any]) -> Opened:
    """Clear ballots out of their file, checked against the definition again.

    Raises:
        SealingError: another election, unsorted or choices that are not on the ballot.
    """
    from .ballot import check_choices

    election_id = document_id(definition)
    try:
        document = json.loads(content)
        if document["format"] != BALLOTS or document["election"] != election_id:
            raise SealingError("the file does not hold clear ballots of this election")
        choices, box = document["ballots"], str(document["box"])
        set_aside = document["set_aside"]
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, SealingError):
            raise
        raise SealingError("the file of clear ballots is damaged") from error
    for one in choices:
        check_choices(one, definition)
    if choices != sorted(choices, key=canonical_bytes):
        raise SealingError("the clear ballots are not sorted by content")
    return Opened(election_id, box, choices, [], set_aside)
