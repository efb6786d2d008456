"""One ballot: choices and a code as JSON, padded to the length every ballot of the election has."""

from __future__ import annotations

import json
import re
from typing import Any

from .canonical import canonical_bytes
from .definition import most_marks
from .errors import SealingError

_CODE = re.compile(r"[0-9a-f]{32}(?:-[a-z0-9]{0,7})?")


def build_ballot(
    election_id: str, box: str, choices: dict[str, list[str]], code: str
) -> dict[str, Any]:
    """The content of a ballot. `choices` maps each contest id to option ids, best first."""
    return {"v": 1, "election": election_id, "box": box, "choices": choices, "code": code}


def pad(content: bytes, length: int) -> bytes:
    """`content`, the byte 0x80 and zeros up to `length` (ISO/IEC 7816-4, as libsodium pads).

    Raises:
        SealingError: the content is longer than `length` less one.
    """
    if len(content) >= length:
        raise SealingError(f"a ballot of {len(content)} bytes does not fit into {length}")
    return content + b"\x80" + bytes(length - len(content) - 1)


def unpad(padded: bytes) -> bytes:
    """The content of a padded ballot.

    Raises:
        SealingError: the padding is broken.
    """
    content = padded.rstrip(b"\0")
    if not content.endswith(b"\x80"):
        raise SealingError("the padding is broken")
    return content[:-1]


def encode(ballot: dict[str, Any], length: int) -> bytes:
    """A ballot as padded bytes."""
    return pad(canonical_bytes(ballot), length)


def decode(padded: bytes, definition: dict[str, Any], election_id: str, box: str) -> dict[str, Any]:
    """The ballot inside padded bytes, once it fits election, box and contests.

    Raises:
        SealingError: with the reason for which the paper is set aside.
    """
    if len(padded) != definition["ballot_bytes"]:
        raise SealingError("wrong length")
    try:
        ballot = json.loads(unpad(padded))
    except (ValueError, RecursionError) as error:
        raise SealingError("not readable") from error
    if not isinstance(ballot, dict) or set(ballot) != {"v", "election", "box", "choices", "code"}:
        raise SealingError("wrong shape")
    if ballot["v"] != 1 or ballot["election"] != election_id:
        raise SealingError("made for another election")
    if ballot["box"] != box:
        raise SealingError("made for another box")
    if not isinstance(ballot["code"], str) or not _CODE.fullmatch(ballot["code"]):
        raise SealingError("wrong code")
    check_choices(ballot["choices"], definition)
    return ballot


def check_choices(choices: Any, definition: dict[str, Any]) -> None:
    """Refuse choices that name an unknown contest or option, repeat one, or mark too many.

    Raises:
        SealingError: with the reason.
    """
    contests = {contest["id"]: contest for contest in definition["contests"]}
    if not isinstance(choices, dict) or set(choices) != set(contests):
        raise SealingError("the contests are not those of the election")
    for contest_id, named in choices.items():
        known = {option["id"] for option in contests[contest_id]["options"]}
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
            raise SealingError("wrong shape of the choices")
        if len(set(named)) != len(named) or not set(named) <= known:
            raise SealingError("an option that is not on the ballot, or one named twice")
        if len(named) > most_marks(contests[contest_id]):
            raise SealingError("more marks than allowed")
