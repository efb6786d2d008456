"""Who acts on the command line."""

from __future__ import annotations

from django.core.management.base import CommandError

from backoffice.core.actor import Actor
from backoffice.core.models import User


def actor_named(email: str | None, command: str) -> Actor:
    """The user with that address, or the command itself as a process."""
    if not email:
        return Actor.process(command)
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"there is no active user {email}", returncode=2)
    return Actor.user(user)
