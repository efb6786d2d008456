"""What may change while an election is a draft, and not after."""

from __future__ import annotations

from django.http import HttpRequest

from governance.enums import ElectionState
from governance.models import Election


def in_draft(obj) -> bool:
    """Whether the election behind a record is still a draft."""
    election = obj if isinstance(obj, Election) else getattr(obj, "election", None)
    return election is None or election.state == ElectionState.DRAFT


class DraftOnly:
    """Records of an election that nobody edits once the definition is fixed."""

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return (obj is None or in_draft(obj)) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, *above) -> bool:
        # A page of its own passes nothing, an inline the record it stands below.
        allowed = super().has_add_permission(request, *above)  # type: ignore[misc]
        return all(obj is None or in_draft(obj) for obj in above) and allowed

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return obj is not None and in_draft(obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]
