"""Election keys: an X25519 pair, sealed boxes, and the secret split k of n with SLIP-39 words.

Source: libsodium `crypto_box_seal`; SLIP-0039 (Shamir's secret sharing for mnemonic codes).
"""

from __future__ import annotations

import hashlib
import hmac

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from .errors import SealingError, WrongShare

SEAL_OVERHEAD = 48
MOST_SHARES = 16


def new_key() -> tuple[bytes, str]:
    """A fresh secret key (32 bytes) and its public key in hexadecimal."""
    secret = PrivateKey.generate()
    return bytes(secret), bytes(secret.public_key).hex()


def public_key_of(secret: bytes) -> str:
    """The public key, in hexadecimal, that belongs to a secret key."""
    return bytes(PrivateKey(secret).public_key).hex()


def seal(content: bytes, public_key: str) -> bytes:
    """`content` sealed so that only the secret key opens it; 48 bytes longer."""
    return SealedBox(PublicKey(bytes.fromhex(public_key))).encrypt(content)


class Opener:
    """Opens sealed ballots with one secret key."""

    def __init__(self, secret: bytes) -> None:
        self._box = SealedBox(PrivateKey(secret))

    def open(self, ciphertext: bytes) -> bytes:
        """Raises: SealingError when it was not sealed to this key or was changed."""
        try:
            return self._box.decrypt(ciphertext)
        except (CryptoError, ValueError, TypeError) as error:
            raise SealingError("not sealed to the key of this election, or damaged") from error


def split_key(secret: bytes, threshold: int, shares: int) -> list[str]:
    """`shares` lines of words of which any `threshold` give the key back.

    Raises:
        SealingError: a threshold below 2, or one that leaves no share to lose.
    """
    if not 2 <= threshold < shares <= MOST_SHARES:
        raise SealingError(
            "the threshold is at least 2 and below the number of shares (at most 16), "
            "so that one lost share does not lose the election"
        )
    return generate_mnemonics(1, [(threshold, shares)], secret, iteration_exponent=0)[0]


def join_key(shares: list[str], public_key: str) -> bytes:
    """The secret key out of enough shares.

    Raises:
        WrongShare: too few, damaged or foreign shares, or the key of another election.
    """
    words = [" ".join(share.split()) for share in shares]
    if len(set(words)) != len(words):
        raise WrongShare("the same share was given twice")
    try:
        secret = combine_mnemonics(words)
    except (MnemonicError, ValueError, IndexError) as error:
        raise WrongShare(f"the shares do not join: {error}") from error
    if len(secret) != 32 or public_key_of(secret) != public_key:
        raise WrongShare("the shares join to the key of another election")
    return secret


def receipt_signer(server_key: str, election: str) -> SigningKey:
    """The Ed25519 key that signs this election's receipts, made from a key outside the database."""
    seed = hmac.new(server_key.encode(), f"receipts:{election}".encode(), hashlib.sha256).digest()
    return SigningKey(seed)


def verify_receipt(receipt_key: str, envelope: str, election_id: str, signature: str) -> bool:
    """Whether `signature` is the election's own under the receipt for `envelope`."""
    message = receipt_text(envelope, election_id)
    try:
        VerifyKey(bytes.fromhex(receipt_key)).verify(message, bytes.fromhex(signature))
    except (CryptoError, ValueError):
        return False
    return True


def receipt_text(envelope: str, election_id: str) -> bytes:
    """What a receipt signs: that the envelope with this hash was put into the box. No content."""
    return f"rollcall-receipt/1\n{election_id}\n{envelope}\n".encode()
