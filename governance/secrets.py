"""Keys of an election that live outside the database: voting links and receipt signatures.

Everything is derived from ``ROLLCALL_ELECTION_KEY``, so a copy of the database makes neither.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.conf import settings
from nacl.signing import SigningKey

from governance.models import Election, RollEntry
from governance.sealing.keys import receipt_signer


def voting_token(election: Election, entry: RollEntry) -> str:
    """The 256-bit credential of an entry's present link; the same at each hand-off."""
    own = hmac.new(
        settings.ROLLCALL_ELECTION_KEY.encode(), f"links:{election.key}".encode(), hashlib.sha256
    ).digest()
    message = f"{entry.salt}:{entry.link_number}".encode()
    digest = hmac.new(own, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """What the database keeps of a credential."""
    return hashlib.sha256(token.encode()).hexdigest()


def signer_of(election: Election) -> SigningKey:
    """Signs the receipts of one election."""
    return receipt_signer(settings.ROLLCALL_ELECTION_KEY, str(election.key))


def copy_key_of(election: Election) -> bytes:
    """Locks the hourly copies of the box; 32 bytes."""
    text = f"copies:{election.key}".encode()
    return hmac.new(settings.ROLLCALL_ELECTION_KEY.encode(), text, hashlib.sha256).digest()


def receipt_key_of(election: Election) -> str:
    """Public half of the receipt key, hexadecimal; it stands in the definition."""
    return bytes(signer_of(election).verify_key).hex()
