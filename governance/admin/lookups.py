"""Which related records can be searched for in forms of governance."""

from __future__ import annotations

from django.contrib import admin

from contacts.models import Contact, Organisation


def lookups(*names: str) -> tuple[str, ...]:
    """Those of ``names`` whose records have a page of their own to search in."""
    wanted = {"organisation": Organisation, "proposed_by": Organisation, "contact": Contact}
    return tuple(name for name in names if admin.site.is_registered(wanted[name]))
