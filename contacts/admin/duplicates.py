"""The duplicate desk: the queue of pairs with reasons, and two records side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.dates import today
from backoffice.core.errors import BadInput, RollcallError
from contacts.duplicates.reasons import in_words
from contacts.enums import PairState
from contacts.models import Contact, DuplicatePair, Organisation
from contacts.services import duplicates, merging
from contacts.services.merge_fields import MODELS

PAGE = 25
STATES = ((PairState.OPEN, _("To decide")), (PairState.DISTINCT, _("Not duplicates")),
          (PairState.MERGED, _("Merged")))  # fmt: skip
KINDS = (("organisation", _("Organisations")), ("contact", _("Contacts")))
VIEW = {"organisation": "contacts.view_organisation", "contact": "contacts.view_contact"}


def may_merge(request: HttpRequest, kind: str) -> bool:
    return request.user.has_perm(f"contacts.merge_{kind}")


def desk(request: HttpRequest) -> HttpResponse:
    """Pairs, highest score first; a decision is a POST that comes back to the same page."""
    kind = request.GET.get("kind", "organisation")
    state = request.GET.get("state", PairState.OPEN)
    if kind not in VIEW or state not in PairState.values:
        raise Http404
    if not request.user.has_perm(VIEW[kind]):
        raise PermissionDenied
    if request.method == "POST":
        return _decide(request)
    pairs = DuplicatePair.objects.filter(kind=kind, state=state).select_related("decided_by")
    page = Paginator(pairs.order_by("-score", "pk"), PAGE).get_page(request.GET.get("p"))
    return staff_page(
        request,
        "contacts/duplicate_desk.html",
        title=_t("Duplicate desk"),
        context={
            "rows": _rows(page, kind), "page": page, "kind": kind, "state": state,
            "kinds": KINDS, "states": STATES, "may_merge": may_merge(request, kind),
            "may_decide": request.user.has_perm("contacts.decide_duplicatepair"),
            "query": f"kind={kind}&state={state}",
        },
    )  # fmt: skip


def _rows(page: Page, kind: str) -> list[dict[str, Any]]:
    """Each pair with its two records and its reasons; two or three queries for the page."""
    ids = {pk for pair in page for pk in (pair.left_id, pair.right_id)}
    found: dict[int, Any] = {}
    if kind == "organisation":
        rows = Organisation.objects.filter(pk__in=ids).prefetch_related("identifiers", "addresses")
        found = {row.pk: row for row in rows}
    else:
        people = Contact.objects.filter(pk__in=ids).prefetch_related("addresses")
        found = {row.pk: row for row in people}
    return [
        {"pair": pair, "left": found.get(pair.left_id), "right": found.get(pair.right_id),
         "reasons": in_words(pair.reasons)}
        for pair in page
    ]  # fmt: skip


def _decide(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("contacts.decide_duplicatepair"):
        raise PermissionDenied
    actor = Actor.user(request.user)  # type: ignore[arg-type]
    try:
        if request.POST.get("act") == "search":
            duplicates.search_now(actor=actor)
            messages.success(request, _t("The search runs in the background."))
            return redirect(request.get_full_path())
        wanted = request.POST.get("pair", "")
        pair = get_object_or_404(DuplicatePair, pk=int(wanted) if wanted.isdecimal() else 0)
        if request.POST.get("act") == "reopen":
            duplicates.reopen_pair(pair=pair, actor=actor)
            messages.success(request, _t("The pair is open again."))
        else:
            duplicates.mark_distinct(pair=pair, actor=actor)
            messages.success(request, _t("Remembered: not duplicates."))
    except RollcallError as error:
        messages.error(request, str(error))
    return redirect(request.get_full_path())


def compare(request: HttpRequest, kind: str, left: int, right: int) -> HttpResponse:
    """Side by side; ``?keep=right`` lets the right one stay. POST merges what was looked at."""
    if kind not in VIEW:
        raise Http404
    if not request.user.has_perm(VIEW[kind]):
        raise PermissionDenied
    keep_right = request.GET.get("keep") == "right"
    winner_id, loser_id = (right, left) if keep_right else (left, right)
    actor = Actor.user(request.user)  # type: ignore[arg-type]
    if request.method == "POST":
        return _merge(request, kind, winner_id, loser_id, actor)
    try:
        plan = merging.plan_merge(
            kind=kind, winner_id=winner_id, loser_id=loser_id, on=today(), actor=actor
        )
    except BadInput as error:
        raise Http404(str(error)) from error
    low, high = sorted((left, right))
    pair = DuplicatePair.objects.filter(kind=kind, left_id=low, right_id=high).first()
    return staff_page(
        request,
        "contacts/merge_page.html",
        title=_t("Compare and merge"),
        context={
            "plan": plan, "kind": kind, "left": left, "right": right, "keep_right": keep_right,
            "pair": pair, "reasons": in_words(pair.reasons) if pair else [],
            "may_merge": may_merge(request, kind), "addresses": _primaries(plan),
            "winner_url": reverse(f"admin:contacts_{kind}_change", args=[winner_id]),
            "loser_url": reverse(f"admin:contacts_{kind}_change", args=[loser_id]),
        },
    )  # fmt: skip


def _primaries(plan: merging.MergePlan) -> tuple[str, str] | None:
    """The two primary addresses to choose from, when both contacts have one."""
    if plan.kind != "contact":
        return None
    found = [
        row.addresses.filter(primary=True, valid_until__isnull=True).first()
        for row in (plan.winner, plan.loser)
    ]
    return (str(found[0]), str(found[1])) if all(found) else None


def _merge(request: HttpRequest, kind: str, winner_id: int, loser_id: int, actor: Actor):
    if not may_merge(request, kind):
        raise PermissionDenied
    choices = {
        name.removeprefix("f_"): value
        for name, value in request.POST.items()
        if name.startswith("f_") and isinstance(value, str)
    }
    try:
        merging.merge_records(
            kind=kind, winner_id=winner_id, loser_id=loser_id, choices=choices,
            digest=request.POST.get("digest", ""), on=today(), actor=actor,
        )  # fmt: skip
    except RollcallError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    winner = MODELS[kind]._base_manager.get(pk=winner_id)
    messages.success(request, _t("Merged into %(name)s.") % {"name": winner})
    return redirect(f"admin:contacts_{kind}_change", winner_id)


DUPLICATE_DESK = StaffPage(
    "duplicates/", "duplicate_desk", "contacts.view_duplicatepair", desk, "data",
    _("Duplicate desk"), "join_inner",
)  # fmt: skip
COMPARE = StaffPage(
    "duplicates/<slug:kind>/<int:left>/<int:right>/", "duplicate_compare",
    "contacts.view_duplicatepair", compare,
)  # fmt: skip
