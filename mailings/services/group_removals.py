"""Whether somebody who was removed is still in a group, as far as the last comparison tells."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from mailings.models import GroupLink, GroupMember

RECENT = timedelta(days=7)


def groups_adapter(reference: str, hashes: frozenset[str], on: date) -> str:
    """Evidence when every group was compared within a week and none holds the person; empty
    otherwise: then people look."""
    compared = [link.read_at for link in GroupLink.objects.all()]
    days = [timezone.localdate(moment) for moment in compared if moment is not None]
    if not days or len(days) < len(compared) or min(days) < on - RECENT:
        return ""
    if GroupMember.objects.filter(address_hash__in=hashes, was_in=True).exists():
        return ""
    return f"in none of {len(days)} groups when they were last compared, {min(days)}"
