"""The sync on the dashboard."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.surfaces import Tile
from contacts.sync.enums import System
from contacts.sync.queries import attention, latest_runs
from contacts.sync.services.runs import trouble


def in_use() -> list[str]:
    """The systems that the settings switch on."""
    systems: list[str] = []
    if settings.ROLLCALL_SALESFORCE_DOMAIN:
        systems.append(System.SALESFORCE)
    if settings.ROLLCALL_REGISTRY_URL and settings.ROLLCALL_REGISTRY_SYNC:
        systems.append(System.REGISTRY)
    return systems


def to_look_at() -> int:
    """Records that need a person, and one more for each system that is late or fails."""
    runs, now = latest_runs(), dates.now()
    return attention() + sum(bool(trouble(runs.get(system), at=now)) for system in in_use())


TILE = Tile(
    _("Sync to look at"), "sync.view_syncrecord", lambda day: to_look_at(),
    lambda: reverse("admin:sync_page"), "alarm", _("Every system is in step."), "sync_problem",
)  # fmt: skip
