"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def _issuer():
    from backoffice.core.dates import today
    from backoffice.core.queries import issuer_on

    return issuer_on(today())


def house(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.ROLLCALL_DEMO,
        "issuer": SimpleLazyObject(_issuer),
        "base_url": settings.ROLLCALL_BASE_URL,
    }
