"""The roll's own entries on a record's timeline: notes, duties, membership acts, mail, changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from heapq import nlargest

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.delivery.models import Delivery
from contacts.models import (
    FollowUp,
    Membership,
    Note,
    Organisation,
    OrganisationLink,
    RoleAssignment,
    Suspension,
)
from contacts.registry import TIMELINE, TimelineEntry


def at_day(day) -> datetime:
    """Noon of a day, so that dated acts stand between the instants of that day."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def timeline(
    user: AbstractBaseUser,
    *,
    organisation_id: int | None = None,
    contact_id: int | None = None,
    kinds: Iterable[str] = (),
    limit: int = 40,
    before: datetime | None = None,
) -> list[TimelineEntry]:
    """The newest entries of all sources this person may see."""
    wanted = set(kinds)
    entries: list[TimelineEntry] = []
    for _name, source in TIMELINE:
        if user.has_perm(source.permission):  # type: ignore[attr-defined]
            entries += source.entries(organisation_id, contact_id, limit, before)
    return nlargest(
        limit,
        (
            entry
            for entry in entries
            if (not wanted or entry.kind in wanted) and (before is None or entry.at < before)
        ),
        key=lambda entry: entry.at,
    )


def _scope(organisation_id: int | None, contact_id: int | None) -> Q:
    if organisation_id is not None:
        return Q(organisation_id=organisation_id)
    return Q(contact_id=contact_id)


def notes(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    rows = Note.objects.filter(_scope(organisation_id, contact_id)).select_related("created_by")
    if before:
        rows = rows.filter(created_at__lt=before)
    return [
        TimelineEntry(row.created_at, "note", _("Note"), row.text, actor=str(row.created_by or ""))
        for row in rows[:limit]
    ]


def tasks(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    rows = FollowUp.objects.filter(_scope(organisation_id, contact_id)).order_by("-created_at")
    return [
        TimelineEntry(
            row.created_at,
            "task",
            row.title,
            _("done") if row.done_at else _("open"),
            reverse("admin:contacts_followup_change", args=[row.pk]),
        )
        for row in rows[:limit]
    ]


def duties(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    rows = (
        RoleAssignment.objects.filter(_scope(organisation_id, contact_id))
        .select_related("role_type", "contact", "organisation")
        .order_by("-valid_from")[:limit]
    )
    entries = []
    for row in rows:
        whose = row.contact if organisation_id is not None else row.organisation
        title = f"{row.role_type} {row.order if row.order > 1 else ''}".strip()
        entries.append(
            TimelineEntry(
                at_day(row.valid_from), "duty",
                _("%(role)s: starts") % {"role": title}, str(whose),
            )
        )  # fmt: skip
        if row.valid_until:
            entries.append(
                TimelineEntry(
                    at_day(row.valid_until), "duty",
                    _("%(role)s: ends") % {"role": title}, str(whose),
                )
            )  # fmt: skip
        if row.unreachable_since:
            entries.append(
                TimelineEntry(
                    at_day(row.unreachable_since), "duty",
                    _("%(role)s: cannot be reached") % {"role": title}, row.unreachable_reason,
                )
            )  # fmt: skip
    return entries


def membership(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    if organisation_id is None:
        return []
    entries = []
    for row in Membership.objects.filter(organisation_id=organisation_id).select_related(
        "member_type"
    ):
        entries.append(
            TimelineEntry(at_day(row.valid_from), "membership",
                          _("Membership starts"), str(row.member_type))
        )  # fmt: skip
        if row.valid_until:
            entries.append(
                TimelineEntry(at_day(row.valid_until), "membership",
                              _("Membership ends"), row.get_end_reason_display())
            )  # fmt: skip
    for gap in Suspension.objects.filter(organisation_id=organisation_id):
        entries.append(
            TimelineEntry(at_day(gap.valid_from), "membership",
                          _("Suspended"), gap.get_reason_display())
        )  # fmt: skip
        if gap.valid_until:
            entries.append(TimelineEntry(at_day(gap.valid_until), "membership", _("Reinstated")))
    for link in OrganisationLink.objects.filter(organisation_id=organisation_id).select_related(
        "lead"
    ):
        entries.append(
            TimelineEntry(at_day(link.valid_from), "membership",
                          _("Joins %(lead)s") % {"lead": link.lead}, link.get_kind_display())
        )  # fmt: skip
    return entries


def mail(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    rows = Delivery.objects.order_by("-id")
    rows = (
        rows.filter(organisation_ref=organisation_id)
        if organisation_id is not None
        else rows.filter(contact_ref=contact_id)
    )
    if before:
        rows = rows.filter(created_at__lt=before)
    return [
        TimelineEntry(
            row.handed_at or row.created_at,
            "mail",
            _("Mail: %(what)s") % {"what": row.kind.rpartition(".")[2].replace("_", " ")},
            f"{row.get_state_display()} {row.reason}".strip(),
            reverse("admin:delivery_delivery_change", args=[row.pk]),
        )
        for row in rows[:limit]
    ]


def changes(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    """Field changes of the record itself; the history page has the details."""
    if organisation_id is None:
        return []
    rows = (
        Organisation.history.filter(id=organisation_id)
        .select_related("history_user")
        .order_by("-history_date")
    )
    if before:
        rows = rows.filter(history_date__lt=before)
    words = {"+": _("Record created"), "~": _("Record changed"), "-": _("Record deleted")}
    return [
        TimelineEntry(
            row.history_date,
            "change",
            words[row.history_type],
            row.history_change_reason or "",
            reverse("admin:contacts_organisation_history", args=[organisation_id]),
            str(row.history_user or ""),
        )
        for row in rows[:limit]
    ]
