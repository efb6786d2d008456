"""`/admin/sync/`: each system's last runs, what needs a person, and the buttons for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import staff_page
from backoffice.core.admin_bases.pages import StaffPage
from backoffice.core.errors import RollcallError
from backoffice.core.services.jobs import enqueue, is_waiting
from contacts.sync.enums import SyncState, System
from contacts.sync.models import SyncRecord, SyncRun
from contacts.sync.queries import latest_runs
from contacts.sync.services.runs import trouble
from contacts.sync.services.salesforce_sync import check_connection, retry
from contacts.sync.surfaces import in_use

SHOWN_RUNS, PAGE = 10, 50
NUMBERS = {
    "created": gettext_lazy("created"),
    "updated": gettext_lazy("updated"),
    "ended": gettext_lazy("ended"),
    "deleted": gettext_lazy("deleted"),
    "refused": gettext_lazy("refused"),
    "rejected": gettext_lazy("refused"),
    "drifted": gettext_lazy("had been changed over there"),
    "unchanged": gettext_lazy("unchanged"),
}
TROUBLES = {
    "never": gettext_lazy("It has never run."),
    "late": gettext_lazy("It has not run for more than a day."),
    "killed": gettext_lazy("The last run was cut off."),
    "sign_in": gettext_lazy("The sign-in was refused: has a password or a secret changed?"),
    "limit": gettext_lazy("The other side takes no further calls today."),
    "unreachable": gettext_lazy("The other side cannot be reached."),
}


def sync_page(request: HttpRequest) -> HttpResponse:
    """GET shows; POST starts a run, tests the connection or sends a refused record again."""
    if request.method == "POST":
        if not request.user.has_perm("sync.run_sync"):
            raise PermissionDenied
        return _act(request)
    now, latest = dates.now(), latest_runs()
    systems: list[dict[str, Any]] = [
        {
            "code": system, "label": System(system).label, "run": latest.get(system),
            "trouble": _in_words(trouble(latest.get(system), at=now)) if system in in_use() else "",
            "in_use": system in in_use(), "waiting": is_waiting(f"sync.{system}"),
            "runs": [(run, numbers_of(run))
                     for run in SyncRun.objects.filter(system=system)[:SHOWN_RUNS]],
        }
        for system in System.values
    ]  # fmt: skip
    rows = SyncRecord.objects.filter(
        state__in=[SyncState.REFUSED, SyncState.DRIFTED]
    ).select_related("organisation", "contact")  # fmt: skip
    context = {
        "systems": systems, "page": Paginator(rows, PAGE).get_page(request.GET.get("p")),
        "may_run": request.user.has_perm("sync.run_sync"),
        "working": any(
            item["waiting"] or (item["run"] and not item["run"].finished_at) for item in systems
        ),
        "known": SyncRecord.objects.filter(state=SyncState.IN_STEP).count(),
    }  # fmt: skip
    return staff_page(request, "contacts/sync_page.html", title=_("Sync"), context=context)


def numbers_of(run: SyncRun) -> list[tuple[str, int]]:
    """(word, number) of what a run did, without what it did not."""
    return [(str(NUMBERS[key]), run.counts[key]) for key in NUMBERS if run.counts.get(key)]


def _in_words(code: str) -> str:
    return str(TROUBLES.get(code, code))


def _act(request: HttpRequest) -> HttpResponse:
    acts: dict[str, Callable[[HttpRequest], str]] = {
        "run": _start, "test": _test, "retry": _retry,
    }  # fmt: skip
    act = acts.get(request.POST.get("act", ""))
    try:
        if act is not None:
            messages.success(request, act(request))
    except RollcallError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(reverse("admin:sync_page"))


def _start(request: HttpRequest) -> str:
    system = request.POST.get("system", "")
    if system not in in_use():
        return _("This system is not set up.")
    if not is_waiting(f"sync.{system}"):
        enqueue(f"sync.{system}", requested_by=request.user)
    return _("It starts with the next round of the worker.")


def _test(request: HttpRequest) -> str:
    return _("Signed in; %(n)s fields were read.") % {"n": check_connection()}


def _retry(request: HttpRequest) -> str:
    number = request.POST.get("record", "")
    record = get_object_or_404(SyncRecord, pk=number if number.isdecimal() else None)
    retry(record=record, actor=Actor.user(request.user), at=dates.now())
    return _("It is sent again with the next run.")


PAGE_OF_SYNC = StaffPage(
    "sync/", "sync_page", "sync.view_syncrecord", sync_page, "system", gettext_lazy("Sync"), "sync"
)
