"""The public board: hashes of envelopes in a chain that can only grow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def board_start(election_id: str) -> str:
    """Head of the empty board."""
    return hashlib.sha256(f"rollcall-board/1\n{election_id}\n".encode()).hexdigest()


def next_head(head: str, envelope: str) -> str:
    """Head after one more envelope hash."""
    return hashlib.sha256(bytes.fromhex(head) + bytes.fromhex(envelope)).hexdigest()


def head_of(election_id: str, envelopes: Iterable[str]) -> str:
    """Head over a whole board."""
    head = board_start(election_id)
    for envelope in envelopes:
        head = next_head(head, envelope)
    return head
