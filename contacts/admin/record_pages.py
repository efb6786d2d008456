"""What the organisation page and the contact page share: chips, timeline, the day looked at."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.core.dates import today
from contacts.messages_duties import received_words
from contacts.timeline import timeline

KINDS = (
    ("mail", _("Mail")), ("money", _("Money")), ("duty", _("Duties")),
    ("membership", _("Membership")), ("vote", _("Votes")), ("note", _("Notes")),
    ("task", _("Tasks")), ("change", _("Changes")), ("privacy", _("Privacy")),
)  # fmt: skip
SHOWN = 40


def day_of(request: HttpRequest) -> date:
    """The day of ``?as_of=``, or today."""
    try:
        return parse_date(request.GET.get("as_of", "")) or today()
    except ValueError:
        return today()


def _before(request: HttpRequest) -> datetime | None:
    try:
        return parse_datetime(request.GET.get("before", "").replace(" ", "+"))
    except ValueError:
        return None


def timeline_context(request: HttpRequest, **whose: int) -> dict:
    """Entries with the chosen chips, and where the older ones begin."""
    labels = {key: str(label) for key, label in KINDS}
    chosen = [kind for kind in request.GET.getlist("kind") if kind in labels]
    user: Any = request.user
    entries = timeline(user, kinds=chosen, limit=SHOWN + 1, before=_before(request), **whose)
    more = len(entries) > SHOWN
    shown = entries[:SHOWN]
    return {
        "timeline": [(entry, labels.get(entry.kind, entry.kind)) for entry in shown],
        "kinds": [(key, label, _toggled(chosen, key), key in chosen) for key, label in KINDS],
        "chosen_kinds": chosen,
        "older": shown[-1].at.isoformat() if more and shown else "",
        "chosen_query": "".join(f"&kind={kind}" for kind in chosen),
    }


def _toggled(chosen: list[str], key: str) -> str:
    """The query with this chip switched."""
    kept = [kind for kind in chosen if kind != key] + ([] if key in chosen else [key])
    return "&".join(f"kind={kind}" for kind in kept)


def receives(role_code: str) -> list[str]:
    """What comes with a duty, in the language of the page."""
    return received_words(role_code, get_language() or "en-gb")
