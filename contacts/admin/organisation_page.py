"""The organisation page: head on any day, tabs, one timeline with its note box."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.dates import last_day, today
from contacts.admin.duty_board import WHY
from contacts.admin.record_pages import day_of, receives, timeline_context
from contacts.board import cells_of, role_labels
from contacts.countries import country_name
from contacts.enums import EndReason, SuspensionReason
from contacts.models import Organisation, RoleType
from contacts.queries import Standing, standing_on
from contacts.registry import HEAD_FACTS, ORGANISATION_TABS, OrganisationTab
from contacts.structure import ancestors, descendants

TABS = (
    ("timeline", _("Timeline")), ("membership", _("Membership")), ("people", _("People")),
    ("structure", _("Structure")), ("repositories", _("Repositories")),
)  # fmt: skip
STANDINGS = {
    "good": _("in good standing"), "suspended": _("suspended"), "ended": _("membership ended"),
    "future": _("membership starts later"), "none": _("not a member"),
}  # fmt: skip


def page_context(request: HttpRequest, organisation: Organisation) -> dict:
    """What the head shows, and the tab that is open; only the open tab is computed."""
    day = day_of(request)
    standing = standing_on(organisation, on=day)
    tabs: list[tuple[str, Any, OrganisationTab | None]] = [
        (key, label, None) for key, label in TABS
    ]
    tabs += [
        (name, tab.title, tab)
        for name, tab in ORGANISATION_TABS
        if request.user.has_perm(tab.permission)  # type: ignore[union-attr]
    ]
    chosen = next((row for row in tabs if row[0] == request.GET.get("tab")), tabs[0])
    context = {
        "day": day,
        "is_today": day == today(),
        "standing": standing,
        "standing_words": STANDINGS[standing.code],
        "standing_reason": reason_words(standing),
        "ends_on": _end_ahead(organisation, day),
        "facts": [fact for _name, source in HEAD_FACTS for fact in source(organisation.pk, day)],
        "cells": _cells(organisation, day),
        "leads": organisation.lead_links.open(on=day).select_related("lead"),
        "ancestors": ancestors(organisation),
        "identifiers": organisation.identifiers.all(),
        "country_name": country_name(organisation.country),
        "open_tasks": organisation.followups.filter(done_at__isnull=True)[:20],
        "tabs": [(key, label) for key, label, _tab in tabs],
        "chosen_tab": chosen[0],
        **_rights(request, standing),
    }
    if chosen[2] is not None:
        own = chosen[2].context(organisation.pk, day)
        return context | {"tab": {"title": chosen[1], "template": chosen[2].template, **own}}
    return context | BUILDERS[chosen[0]](request, organisation, day)


def _rights(request: HttpRequest, standing: Standing) -> dict:
    may = request.user.has_perm  # type: ignore[union-attr]
    return {
        "may_move": standing.code in ("good", "suspended") and may("contacts.move_organisation"),
        "may_move_repository": may("contacts.move_repository"),
        "may_note": may("contacts.add_note"),
        "may_ask": may("contacts.ask_handover"),
    }


def reason_words(standing: Standing) -> str:
    """Why it is suspended or has ended."""
    own = standing.reason.removeprefix("lead_")
    words = {**dict(SuspensionReason.choices), **dict(EndReason.choices)}
    text = str(words.get(own, own))
    return str(_("by its lead: %(why)s") % {"why": text}) if own != standing.reason else text


def _end_ahead(organisation: Organisation, day: date) -> date | None:
    """The last day of a membership whose end is known already."""
    period = organisation.memberships.open(on=day).filter(valid_until__isnull=False).first()
    return last_day(period.valid_until) if period else None


def _cells(organisation: Organisation, day: date) -> list:
    labels = role_labels()
    cells = cells_of([organisation.pk], list(RoleType.objects.all()), on=day)[organisation.pk]
    return [
        (cell, labels[cell.role_code], WHY.get(cell.why, cell.why), receives(cell.role_code),
         [(holder, WHY.get(holder.why_not, holder.why_not)) for holder in cell.holders])
        for cell in cells
    ]  # fmt: skip


def _timeline(request: HttpRequest, organisation: Organisation, day: date) -> dict:
    note = reverse("admin:contacts_organisation_do", args=[organisation.pk, "note"])
    return {**timeline_context(request, organisation_id=organisation.pk), "note_url": note}


def _membership(request: HttpRequest, organisation: Organisation, day: date) -> dict:
    periods = organisation.memberships.select_related("member_type")
    return {
        "periods": [(row, last_day(row.valid_until)) for row in periods
                    if row.valid_from != row.valid_until],
        "suspensions": [(row, last_day(row.valid_until)) for row in organisation.suspensions.all()],
        "links": [(row, last_day(row.valid_until))
                  for row in organisation.lead_links.select_related("lead")],
        "acts": organisation.membership_acts.select_related("acted_by"),
        "applications": organisation.applications.all(),
    }  # fmt: skip


def _people(request: HttpRequest, organisation: Organisation, day: date) -> dict:
    """Every duty that was ever held, the open ones first."""
    labels = role_labels()
    duties = organisation.duties.select_related("contact", "role_type").order_by(
        "role_type__position", "order", "-valid_from"
    )[:300]
    return {
        "duties": [(row, labels[row.role_type.code], last_day(row.valid_until)) for row in duties],
        "questions": organisation.handovers.select_related("role_type", "asked_contact")[:20],
        "confirmations": organisation.confirmations.select_related("round").order_by(
            "-round__year"
        ),
    }


def _structure(request: HttpRequest, organisation: Organisation, day: date) -> dict:
    below = organisation.led_links.open(on=day).select_related("organisation")
    return {
        "below": below.order_by("organisation__name")[:300],
        "below_count": below.count(),
        "branches": descendants(organisation),
        "other_names": organisation.other_names.all(),
    }


def _repositories(request: HttpRequest, organisation: Organisation, day: date) -> dict:
    return {
        "repositories": organisation.repositories.all()[:300],
        "past_repositories": organisation.past_repositories.select_related("repository"),
    }


BUILDERS = {
    "timeline": _timeline, "membership": _membership, "people": _people,
    "structure": _structure, "repositories": _repositories,
}  # fmt: skip
