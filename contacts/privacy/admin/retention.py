"""Retention: the rules, what the last runs found and did, what the brake holds."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from backoffice.core.personal_data import MAP
from backoffice.core.retention import RETENTION
from contacts.privacy import words
from contacts.privacy.enums import RetentionState
from contacts.privacy.models import LegalHold, RetentionCount, RetentionRun
from contacts.privacy.services import retention

SHOWN_RUNS = 8
PARTS = {
    "links": _("links"), "unconfirmed": _("never confirmed"), "text": _("texts"),
}  # fmt: skip


def retention_page(request):
    """GET shows, POST asks for a count or releases one rule."""
    if request.method == "POST":
        _act(request)
        return redirect("admin:privacy_retention")
    runs = list(RetentionRun.objects.select_related("requested_by")[:SHOWN_RUNS])
    context = {
        "rules": _rules(_latest()),
        "runs": [(run, *_sums(run)) for run in _with_counts(runs)],
        "holds": LegalHold.objects.holding(on=today()).count(),
        "may_count": request.user.has_perm("privacy.count_retentionrun"),
        "may_release": request.user.has_perm("privacy.release_retentionrun"),
    }
    return staff_page(
        request, "privacy/retention.html", title=_t("How long data are kept"), context=context
    )


def _with_counts(runs: list[RetentionRun]) -> list[RetentionRun]:
    return list(
        RetentionRun.objects.filter(pk__in=[run.pk for run in runs])
        .select_related("requested_by")
        .prefetch_related("counts")
    )


def _sums(run: RetentionRun) -> tuple[int, int, int]:
    """Due, done and braked of one run."""
    counts = list(run.counts.all())
    return (
        sum(count.due for count in counts),
        sum(count.done for count in counts),
        sum(count.state == RetentionState.BRAKED for count in counts),
    )


def _latest() -> dict[tuple[str, str, str], RetentionCount]:
    """The newest count of each sweep, out of the last run of each kind."""
    last = [
        pk
        for dry in (True, False)
        for pk in RetentionRun.objects.filter(dry_run=dry).values_list("pk", flat=True)[:1]
    ]
    counts = RetentionCount.objects.filter(run__in=last).select_related("run").order_by("run_id")
    found: dict[tuple[str, str, str], RetentionCount] = {}
    for count in counts:
        key = (count.rule, count.model, count.part)
        known = found.get(key)
        # A braked rule stays in view until somebody looks; a mere count does not hide it.
        if known is None or known.state != RetentionState.BRAKED or not count.run.dry_run:
            found[key] = count
    return found


def _rules(latest: dict[tuple[str, str, str], RetentionCount]) -> list[dict]:
    return [
        {
            "rule": rule,
            "data": ", ".join(_data_under(name)),
            "sweeps": [
                {"data": words.data(sweep.label), "part": PARTS.get(sweep.part, ""),
                 "for_people": sweep.for_people,
                 "count": latest.get((name, sweep.label, sweep.part))}
                for sweep in rule.sweeps
            ],
        }
        for name, rule in RETENTION
    ]  # fmt: skip


def _data_under(rule: str) -> list[str]:
    """What a rule without sweeps is for."""
    return sorted(
        {words.data(label) for label, entry in MAP
         if rule in {item.retention for item in entry.personal.values()}}
    )  # fmt: skip


def _act(request) -> None:
    actor = Actor.user(request.user)
    try:
        if request.POST.get("act") == "count":
            _need(request, "privacy.count_retentionrun")
            retention.ask_count(actor=actor)
            messages.success(request, _t("What is due is being counted; nothing is changed."))
            return
        _need(request, "privacy.release_retentionrun")
        count = get_object_or_404(RetentionCount, pk=request.POST.get("count") or 0)
        retention.release(count=count, actor=actor)
        messages.success(request, _t("Released; it is being carried out."))
    except RollcallError as error:
        messages.error(request, str(error))


def _need(request, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


RETENTION_PAGE = StaffPage(
    "privacy/retention/", "privacy_retention", "privacy.view_retentionrun", retention_page,
    "privacy", _("Retention"), "auto_delete",
)  # fmt: skip
