"""Questions to the kernel's tables."""

from __future__ import annotations

from datetime import date

from backoffice.core.models import Issuer


def issuer_on(day: date) -> Issuer | None:
    """The agency as seller and sender on that day, or None before the first row."""
    return Issuer.objects.filter(valid_from__lte=day).order_by("-valid_from").first()
