"""A small election to test with: two seats and a motion on one paper."""

from __future__ import annotations

import secrets
from typing import Any

from governance.sealing.ballot import build_ballot, encode
from governance.sealing.canonical import document_id
from governance.sealing.definition import FORMAT, ballot_bytes
from governance.sealing.keys import seal

BOARD = {
    "id": "board",
    "title": "Board",
    "rule": "plurality-at-large",
    "seats": 2,
    "params": {},
    "options": [{"id": name.lower(), "name": name} for name in ("Ash", "Birch", "Cedar")],
}
MOTION = {
    "id": "statutes",
    "title": "Change of statutes",
    "rule": "motion",
    "seats": 1,
    "params": {"fraction": "3/4", "strict": "false"},
    "options": [{"id": name.lower(), "name": name} for name in ("Yes", "No", "Abstain")],
}
RANKED = BOARD | {"id": "council", "title": "Council", "rule": "scottish-stv"}


def definition(*contests: dict[str, Any], boxes: tuple[str, ...] = ("all",)) -> dict[str, Any]:
    document = {
        "format": FORMAT,
        "title": "Assembly",
        "kind": "real",
        "opens": "2027-04-01T09:00:00+02:00",
        "closes": "2027-04-08T18:00:00+02:00",
        "zone": "Europe/Berlin",
        "roll": {"record_date": "2027-03-15"},
        "boxes": list(boxes),
        "codes": True,
        "publish": "full",
        "receipt_key": "00" * 32,
        "contests": list(contests) or [BOARD, MOTION],
        "ballot_bytes": 0,
    }
    document["ballot_bytes"] = ballot_bytes(document)
    return document


def sealed(
    document: dict[str, Any], public_key: str, choices: dict[str, list[str]], box: str = "all"
) -> bytes:
    ballot = build_ballot(document_id(document), box, choices, secrets.token_hex(16))
    return seal(encode(ballot, document["ballot_bytes"]), public_key)
