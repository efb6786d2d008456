"""Questions to the kernel's tables."""

from __future__ import annotations

from datetime import date

from backoffice.core.models import Issuer, User


def issuer_on(day: date) -> Issuer | None:
    """The agency as seller and sender on that day, or None before the first row."""
    return Issuer.objects.filter(valid_from__lte=day).order_by("-valid_from").first()


def actor_words(actor: str) -> str:
    """A stored actor for staff to read: the name of a user; any other one as it is kept."""
    kind, _sep, key = actor.partition(":")
    if kind != "user" or not key.isdigit():
        return key or actor
    user = User.objects.filter(pk=int(key)).first()
    return (user.name or user.email) if user is not None else actor
