"""What other apps plug into segments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from backoffice.core.registry import Registry

Text = str | Promise
Choices = Callable[[], Sequence[tuple[Any, Any]]]


@dataclass(frozen=True)
class SegmentField:
    """One question of the segment builder.

    ``scope`` is "person" (Q over contacts.Contact) or "duty" (Q over contacts.RoleAssignment, so
    that "voting contact" and "in Germany" speak of the same organisation). ``condition(value, on)``
    gives the Q; ``choices`` offers the values, none means free text of ``kind``.
    """

    label: Text
    condition: Callable[[str, date], Q]
    scope: str = "person"
    choices: Choices | None = None
    kind: str = "text"


SEGMENT_FIELDS: Registry[SegmentField] = Registry("segment fields")
