"""The keys of the hashes that stand for addresses; from the settings, without the database.

A rotated key wraps: the hash under version n is the HMAC of the hash under version n-1. So every
stored hash can be brought to the new key without the address, which nobody knows any more, one hash
a look-up is enough, and whoever holds a former key alone can try out no addresses.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from django.conf import settings


def _mac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _keys() -> Sequence[str]:
    """From the oldest to the one in use."""
    return (*settings.ROLLCALL_SUPPRESSION_FORMER_KEYS, settings.ROLLCALL_SUPPRESSION_KEY)


def key_version() -> int:
    """1 for the first key; one more for each rotation."""
    return len(_keys())


def hash_of_normal(address: str) -> str:
    """HMAC-SHA-256 of an address that is in normal form already, as every stored one is."""
    first, *later = _keys()
    digest = _mac(first, address)
    for key in later:
        digest = _mac(key, digest)
    return digest


def wrapped(digest: str, *, since: int) -> str:
    """A hash of version ``since`` as it is under the key in use."""
    for key in _keys()[since:]:
        digest = _mac(key, digest)
    return digest


def fingerprint(version: int = 0) -> str:
    """Tells one key from another and gives nothing away; 16 hexadecimal digits. ``version``: of a
    former key; without it, of the one in use."""
    number = version or key_version()
    return _mac(_keys()[number - 1], f"ledger key {number}")[:16]
