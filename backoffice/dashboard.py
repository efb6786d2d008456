"""The first page: queues, not charts. A tile is a count with the list behind it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice.core.dates import today
from backoffice.core.models import JobRun
from backoffice.core.surfaces import TILES


def dashboard_context(request: HttpRequest, context: dict) -> dict:
    """Tiles this person may see, with their counts; each tile runs one bounded query."""
    day = today()
    tiles = []
    for _name, tile in TILES:
        if not request.user.has_perm(tile.permission):
            continue
        count = tile.count(day)
        tiles.append(
            {
                "title": tile.title,
                "count": count,
                "url": tile.url(),
                "tone": tile.tone if count else "calm",
                "empty": tile.empty,
                "icon": tile.icon,
            }
        )
    context["tiles"] = tiles
    context["work"] = [tile for tile in tiles if tile["count"]]
    if request.user.has_perm("core.view_jobrun"):
        context["jobs"] = JobRun.objects.order_by("-created_at")[:5]
    return context


def environment_label(request: HttpRequest):
    return [_("Demo"), "warning"] if settings.ROLLCALL_DEMO else None
