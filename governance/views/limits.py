"""Slows down guessing of voting codes: failed attempts are counted by a keyed hash of the address."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from backoffice.core.errors import NotAllowed

FAILURES, WINDOW_SECONDS = 30, 600


def _key(request: HttpRequest) -> str:
    origin = request.META.get("REMOTE_ADDR", "")
    digest = hmac.new(settings.SECRET_KEY.encode(), origin.encode(), hashlib.sha256)
    return f"vote-failures:{digest.hexdigest()[:32]}"


def check_attempts(request: HttpRequest) -> None:
    """Raises: NotAllowed after too many failed attempts within ten minutes."""
    if (cache.get(_key(request)) or 0) >= FAILURES:
        raise NotAllowed(
            "Too many attempts with a wrong code. Wait ten minutes.", code="too_many_attempts"
        )


def count_failure(request: HttpRequest) -> None:
    """One more failed attempt."""
    key = _key(request)
    cache.add(key, 0, WINDOW_SECONDS)
    cache.incr(key)
