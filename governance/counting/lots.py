"""Lots anyone can draw again: an order of candidates from a public seed.

The order is ascending by SHA-256 of the seed's bytes followed by the candidate's id in UTF-8. The
first candidate in that order is the one taken by the step that needs the lot: elected, transferred
first or excluded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from .errors import CountingError

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


def seed_bytes(seed: str) -> bytes:
    """Bytes of a seed given in hexadecimal.

    Raises:
        CountingError: not an even number of hexadecimal digits.
    """
    if not _HEX.fullmatch(seed):
        raise CountingError("the seed must be an even number of hexadecimal digits, such as 4f2a")
    return bytes.fromhex(seed)


def lot_key(seed: str, candidate_id: str) -> str:
    """Hexadecimal SHA-256 by which a candidate is placed in the order of lots."""
    return hashlib.sha256(seed_bytes(seed) + candidate_id.encode()).hexdigest()


def lot_order(seed: str, candidate_ids: Sequence[str]) -> list[int]:
    """Indexes of the candidates in the order of lots."""
    return sorted(range(len(candidate_ids)), key=lambda i: lot_key(seed, candidate_ids[i]))
