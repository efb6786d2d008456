"""Slows down guessing of voting codes: failures are counted by a keyed hash of the address.

A right code never waits and never asks the cache, so a crowd behind one address can vote.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from backoffice.core.errors import NotAllowed, RollcallError

FAILURES, WINDOW_SECONDS = 30, 600


def _key(request: HttpRequest) -> str:
    origin = request.META.get("REMOTE_ADDR", "")
    digest = hmac.new(settings.SECRET_KEY.encode(), origin.encode(), hashlib.sha256)
    return f"vote-failures:{digest.hexdigest()[:32]}"


def counted(request: HttpRequest, error: RollcallError) -> RollcallError:
    """The refusal to give: the same one, or after too many wrong codes one that says to wait."""
    if error.code != "unknown_link":
        return error
    key = _key(request)
    cache.add(key, 0, WINDOW_SECONDS)
    if cache.incr(key) > FAILURES:
        return NotAllowed(
            "Too many attempts with a wrong code. Wait ten minutes.", code="too_many_attempts"
        )
    return error
