"""Rate limits of public forms, counted in the shared cache under a hash of the network address."""

from __future__ import annotations

import hashlib

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def allow(request: HttpRequest, *, action: str, limit: int, seconds: int) -> bool:
    """Whether this visitor may do ``action`` once more: at most ``limit`` times in ``seconds``.

    The address itself is not stored: the key is a keyed hash that nobody can turn back.
    """
    visitor = hashlib.sha256(
        f"{settings.SECRET_KEY}:{action}:{get_client_ip(request)}".encode()
    ).hexdigest()
    key = f"limit:{action}:{visitor[:32]}"
    if cache.add(key, 1, timeout=seconds):
        return True
    try:
        return cache.incr(key) <= limit
    except ValueError:
        cache.set(key, 1, timeout=seconds)
        return True
