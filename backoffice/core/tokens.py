"""Secret links: the secret is made at hand-off, only its hash is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from django.conf import settings


def new_token() -> str:
    """22 URL-safe characters, 128 bits."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    """What the database keeps of a token: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived_token(purpose: str, *parts: object) -> str:
    """A token that can be made again at each hand-off without being stored: HMAC-SHA-256, 128 bits.

    The key is derived from the installation's secret, so a copy of the database alone makes none.
    """
    message = "\x1f".join([purpose, *map(str, parts)]).encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
