"""The desk on the dashboard."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.surfaces import Tile
from contacts.privacy.enums import BreachState, CaseKind, CaseState, RetentionState, TaskState
from contacts.privacy.models import (
    Breach,
    PrivacyCase,
    ProcessorTask,
    RetentionCount,
    RetentionRun,
)

_TO_READ = Q(kind=CaseKind.UNCLEAR, state=CaseState.RECEIVED) | (
    Q(unread_since__isnull=False) & ~Q(state=CaseState.CLOSED)
)


def breaches_to_tell(day) -> int:
    """Breaches that may be a risk and that the authority does not know of."""
    open_ones = Breach.objects.filter(authority_told_at__isnull=True)
    return open_ones.exclude(state=BreachState.CLOSED).exclude(risk=False).count()


def braked_now(day) -> int:
    """Rules that the last nightly run refused and nobody has released."""
    last = RetentionRun.objects.filter(dry_run=False).order_by("-pk").values("pk")[:1]
    return RetentionCount.objects.filter(run__in=last, state=RetentionState.BRAKED).count()


def _open():
    return PrivacyCase.objects.exclude(state=CaseState.CLOSED)


TILES = {
    "removal clock": Tile(
        _("Privacy cases due within 7 days"), "privacy.view_privacycase",
        lambda day: _open().filter(due_on__lte=day + timedelta(days=7)).count(),
        lambda: reverse("admin:privacy_privacycase_changelist") + "?open=1", "alarm",
        _("No answer is due soon."), "timer",
    ),
    "open cases": Tile(
        _("Open privacy cases"), "privacy.view_privacycase", lambda day: _open().count(),
        lambda: reverse("admin:privacy_privacycase_changelist") + "?open=1", "attention",
        _("No request waits."), "shield_person",
    ),
    "privacy triage": Tile(
        _("Mails to the privacy desk to be read"), "privacy.plan_privacycase",
        lambda day: PrivacyCase.objects.filter(_TO_READ).count(),
        lambda: reverse("admin:privacy_triage"), "attention",
        _("Nothing waits to be read."), "mark_email_unread",
    ),
    "breach clock": Tile(
        _("Breaches the authority is to be told of"), "privacy.view_breach", breaches_to_tell,
        lambda: reverse("admin:privacy_breach_changelist"), "alarm",
        _("No clock of 72 hours runs."), "report",
    ),
    "retention brake": Tile(
        _("Retention rules held by the brake"), "privacy.view_retentionrun", braked_now,
        lambda: reverse("admin:privacy_retention"), "alarm",
        _("No rule was stopped."), "timer_off",
    ),
    "processor tasks": Tile(
        _("Processor tasks"), "privacy.view_processortask",
        lambda day: ProcessorTask.objects.filter(state=TaskState.OPEN).count(),
        lambda: reverse("admin:privacy_processortask_changelist") + "?state__exact=open",
        "attention", _("Every system has answered."), "hub",
    ),
    "processor tasks overdue": Tile(
        _("Processor tasks past their day"), "privacy.view_processortask",
        lambda day: ProcessorTask.objects.filter(state=TaskState.OPEN, due_on__lt=day).count(),
        lambda: reverse("admin:privacy_processortask_changelist") + "?state__exact=open",
        "alarm", _("No task is late."), "hub",
    ),
}  # fmt: skip
