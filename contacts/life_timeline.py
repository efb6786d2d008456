"""Timeline of the life of a membership: legal acts, applications, hand-overs, confirmations."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import (
    ContactConfirmation,
    HandOver,
    MembershipAct,
    MembershipApplication,
)
from contacts.registry import TimelineEntry


def acts(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    """The register: what was decided, from when, why, by whom."""
    if organisation_id is None:
        return []
    rows = MembershipAct.objects.filter(organisation=organisation_id).select_related("acted_by")
    if before:
        rows = rows.filter(created_at__lt=before)
    return [
        TimelineEntry(
            row.created_at,
            "membership",
            _("%(act)s, from %(day)s") % {"act": row.get_kind_display(), "day": row.effective_on},
            row.reason,
            reverse("admin:contacts_membershipact_change", args=[row.pk]),
            str(row.acted_by or ""),
        )
        for row in rows[:limit]
    ]


def applications(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    if organisation_id is None:
        return []
    rows = MembershipApplication.objects.filter(organisation=organisation_id)
    if before:
        rows = rows.filter(applied_at__lt=before)
    return [
        TimelineEntry(
            row.applied_at, "membership", _("Application for membership"),
            row.get_state_display(),
            reverse("admin:contacts_membershipapplication_change", args=[row.pk]),
        )
        for row in rows[:limit]
    ]  # fmt: skip


def questions(organisation_id, contact_id, limit, before) -> list[TimelineEntry]:
    """Answers to hand-over questions and to the yearly confirmation."""
    scope = Q(organisation=organisation_id) if organisation_id else Q(asked_contact=contact_id)
    handovers = HandOver.objects.filter(scope, answered_at__isnull=False)
    rounds = ContactConfirmation.objects.filter(scope, answered_at__isnull=False)
    if before:
        handovers = handovers.filter(answered_at__lt=before)
        rounds = rounds.filter(answered_at__lt=before)
    entries = [
        TimelineEntry(
            row.answered_at, "duty",  # type: ignore[arg-type]
            _("%(role)s: successor named") % {"role": row.role_type}, row.get_state_display(),
            reverse("admin:contacts_handover_change", args=[row.pk]),
        )
        for row in handovers.select_related("role_type").order_by("-answered_at")[:limit]
    ]  # fmt: skip
    entries += [
        TimelineEntry(
            row.answered_at, "duty",  # type: ignore[arg-type]
            _("Contacts confirmed, %(year)s") % {"year": row.round.year}, row.get_state_display(),
            reverse("admin:contacts_contactconfirmation_change", args=[row.pk]),
        )
        for row in rounds.select_related("round").order_by("-answered_at")[:limit]
    ]  # fmt: skip
    return entries
