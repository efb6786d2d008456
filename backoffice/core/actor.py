"""Who does something: a signed-in user, a contact behind a signed link, or a named process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from backoffice.core.models import User


@dataclass(frozen=True)
class Actor:
    """``key`` is an id or a process name, never a name or an address of a person."""

    kind: str  # "user", "contact", "link" or "process"
    key: str

    @classmethod
    def user(cls, user: User | AnonymousUser) -> Actor:
        """A signed-in member of staff or contact."""
        if user.pk is None:
            raise ValueError("an actor needs a stored user")
        return cls("user", str(user.pk))

    @classmethod
    def contact(cls, contact_id: int) -> Actor:
        """A contact who acts through a signed link, without an account."""
        return cls("contact", str(contact_id))

    @classmethod
    def link(cls, purpose: str) -> Actor:
        """Somebody behind a public form or link whose person is not known."""
        return cls("link", purpose)

    @classmethod
    def process(cls, name: str) -> Actor:
        """A command, job or import."""
        return cls("process", name)

    @property
    def user_id(self) -> int | None:
        return int(self.key) if self.kind == "user" else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"
