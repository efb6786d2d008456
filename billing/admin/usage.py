"""The usage desk: figures imported, reviewed, compared with the registry, signed, sealed."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, StaffPage
from backoffice.core.errors import BadInput, RollcallError
from backoffice.core.queries import actor_words
from backoffice.core.services import jobs
from billing.admin.forms import (
    CompareFileForm,
    CorrectUsageForm,
    MissingUsageForm,
    OverrideForm,
    ReasonForm,
    ReconcileForm,
)
from billing.admin.words import ALL_FIELDS
from billing.enums import CorrectionState, SnapshotState
from billing.models import UsageCorrection, UsageDifference, UsageRow, UsageSnapshot
from billing.registry.answers import UnreadableAnswer, read_file
from billing.services import reconciliation, sealing, usage, usage_corrections
from billing.services.usage_overview import VIEWS, overview, view_rows
from contacts.models import Organisation, Repository

PAGE = 50
STEPS = (SnapshotState.OPEN, SnapshotState.REVIEWED, SnapshotState.RECONCILED,
         SnapshotState.SIGNED, SnapshotState.SEALED)  # fmt: skip


def _count(snapshot, actor, data, request) -> str:
    jobs.enqueue("billing.count_usage", snapshot.pk, requested_by=request.user)
    return _t("The registry is being asked; the jobs page shows how far it is.")


def _compare(snapshot, actor, data, request) -> str:
    jobs.enqueue("billing.compare_usage", snapshot.pk, request.user.pk, requested_by=request.user)
    return _t("The registry is being asked; the differences appear here.")


def _compare_file(snapshot, actor, data, request) -> str:
    file = data["file"]
    try:
        answers = read_file(file.read(), snapshot.year)
    except UnreadableAnswer as error:
        raise BadInput(str(error), where=file.name) from error
    comparison = reconciliation.record_comparison(
        snapshot=snapshot, answers=answers, source=file.name, actor=actor, at=dates.now()
    )
    return _t("%(n)s figures compared, %(d)s differ.") % {
        "n": comparison.compared, "d": comparison.differences.count(),
    }  # fmt: skip


def _review(snapshot, actor, data, request) -> str:
    usage.review_snapshot(snapshot=snapshot, actor=actor)
    return _t("The figures are reviewed.")


def _reconcile(snapshot, actor, data, request) -> str:
    sealing.reconcile_snapshot(snapshot=snapshot, actor=actor, **data)
    return _t("The figures agree with the registry, or every difference is decided.")


def _sign(snapshot, actor, data, request) -> str:
    sealing.sign_snapshot(snapshot=snapshot, actor=actor, at=dates.now())
    return _t("You have signed the figures.")


def _seal(snapshot, actor, data, request) -> str:
    sealing.seal_snapshot(snapshot=snapshot, actor=actor, at=dates.now())
    return _t("The figures are sealed and can be billed from.")


def _reopen(snapshot, actor, data, request) -> str:
    usage.reopen_snapshot(snapshot=snapshot, actor=actor)
    return _t("The figures can be changed again.")


def _add_missing(snapshot, actor, data, request) -> str:
    repository, organisation = _named(data["symbol"])
    usage_corrections.record_correction(
        snapshot=snapshot, organisation=organisation, repository=repository, count=data["count"],
        reason=data["reason"], actor=actor, at=dates.now(),
    )  # fmt: skip
    return _t("The correction waits for the next run.")


def _named(symbol: str) -> tuple[Repository | None, Organisation]:
    """The repository or organisation with that symbol. Raises: BadInput."""
    wanted = symbol.strip().upper()
    repository = Repository.objects.filter(symbol=wanted).select_related("organisation").first()
    if repository is not None:
        return repository, repository.organisation
    organisation = Organisation.objects.filter(
        identifiers__kind="symbol", identifiers__value__iexact=wanted
    ).first()
    if organisation is None:
        raise BadInput(_t("No repository or organisation has the symbol %(s)s.") % {"s": wanted})
    return None, organisation


def _in(*states):
    return lambda snapshot: snapshot.state in states


def _askable(snapshot) -> bool:
    return bool(settings.ROLLCALL_REGISTRY_URL) and snapshot.state in reconciliation.DECIDABLE


OPERATIONS = (
    Operation("count", _("Count from the registry"), "billing.change_usagesnapshot", _count,
              explain=_("Asks the registry for every repository of the members and fills the "
                        "figures in."),
              shown=lambda s: s.state == SnapshotState.OPEN and _askable(s)),
    Operation("review", _("Mark as reviewed"), "billing.change_usagesnapshot", _review,
              primary=True, shown=_in(SnapshotState.OPEN),
              explain=_("You have looked at members without a figure, at large changes and at what "
                        "was changed by hand.")),
    Operation("compare", _("Compare with the registry"), "billing.reconcile_usagesnapshot",
              _compare, shown=_askable,
              explain=_("Asks the registry for each repository; ours stay as they are until you "
                        "decide each difference.")),
    Operation("compare_file", _("Compare with a file"), "billing.reconcile_usagesnapshot",
              _compare_file, form=CompareFileForm,
              shown=lambda s: s.state in reconciliation.DECIDABLE),
    Operation("reconcile", _("Mark as reconciled"), "billing.reconcile_usagesnapshot", _reconcile,
              form=ReconcileForm, primary=True, shown=_in(SnapshotState.REVIEWED)),
    Operation("sign", _("Sign the figures"), "billing.sign_usagesnapshot", _sign, primary=True,
              explain=_("You stand for these figures: your name, the time and their hash are kept."),
              shown=_in(SnapshotState.RECONCILED), reauthenticate=True),
    Operation("seal", _("Seal"), "billing.seal_usagesnapshot", _seal, primary=True,
              explain=_("Sealed figures never change; corrections go into the next run."),
              shown=_in(SnapshotState.SIGNED)),
    Operation("reopen", _("Open again"), "billing.change_usagesnapshot", _reopen,
              explain=_("A signature is given up."),
              shown=_in(SnapshotState.REVIEWED, SnapshotState.RECONCILED, SnapshotState.SIGNED)),
    Operation("missing", _("Add a figure that is missing"), "billing.add_usagecorrection",
              _add_missing, form=MissingUsageForm, shown=_in(SnapshotState.SEALED),
              explain=_("The sealed figures stay; the difference is billed by the next run.")),
)  # fmt: skip


@admin.register(UsageSnapshot)
class UsageSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("title", "year", "state", "source", "signed_at", "sealed_at")
    list_filter = ("year", "state")
    operations = OPERATIONS
    change_form_template = "billing/usage_page.html"
    folded_fields = ALL_FIELDS

    def change_view(self, request, object_id, form_url="", extra_context=None):
        snapshot = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if snapshot is not None:
            extra |= page_context(request, snapshot)
        return super().change_view(request, object_id, form_url, extra)


def page_context(request, snapshot: UsageSnapshot) -> dict:
    """Steps, sums, and one page of the rows that are looked at."""
    facts = overview(snapshot)
    show = request.GET.get("show", "")
    if show not in VIEWS:
        show = "differences" if facts.comparison is not None else "figures"
    page = Paginator(view_rows(snapshot, show, facts), PAGE).get_page(request.GET.get("p"))
    reached = STEPS.index(SnapshotState(snapshot.state))
    return {
        "facts": facts,
        "signed_by": actor_words(snapshot.signed_by),
        "steps": [(step.label, n < reached, n == reached) for n, step in enumerate(STEPS)],
        "views": [(name, label, facts.count_of(name)) for name, label in VIEWS.items()],
        "show": show,
        "page": page,
        "decidable": snapshot.state in reconciliation.DECIDABLE
        and request.user.has_perm("billing.reconcile_usagesnapshot"),
        "has_snapshot_link": bool(settings.ROLLCALL_REGISTRY_URL),
    }


def decide(request, pk):
    """One difference decided; a POST from the page of its snapshot."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    difference = get_object_or_404(
        UsageDifference.objects.select_related("comparison__snapshot"), pk=pk
    )
    try:
        reconciliation.decide_difference(
            difference=difference, take=request.POST.get("act") == "take",
            reason=request.POST.get("reason", ""), actor=Actor.user(request.user), at=dates.now(),
        )  # fmt: skip
    except RollcallError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _t("Decided."))
    return redirect("admin:billing_usagesnapshot_change", difference.comparison.snapshot_id)


DECIDE = StaffPage(
    "billing/usage/difference/<int:pk>/", "usage_difference", "billing.reconcile_usagesnapshot",
    decide,
)  # fmt: skip


def _override(row, actor, data, request) -> str:
    usage.override_count(row=row, count=data["count"], reason=data["reason"], actor=actor)
    return _t("The figure is changed; the counted one stays beside it.")


def _correct(row, actor, data, request) -> str:
    usage_corrections.record_correction(
        snapshot=row.snapshot, organisation=row.organisation, repository=row.repository,
        content_type=row.content_type, vintage=row.vintage, quarter=row.quarter,
        count=data["count"], reason=data["reason"], actor=actor, at=dates.now(),
    )  # fmt: skip
    return _t("The correction waits for the next run.")


@admin.register(UsageRow)
class UsageRowAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "repository", "snapshot", "count", "counted", "reason")
    list_select_related = ("organisation", "repository", "snapshot")
    list_filter = ("snapshot",)
    search_fields = ("organisation__name_folded", "repository__symbol")
    operations = (
        Operation("override", _("Change the figure"), "billing.change_usagerow", _override,
                  form=OverrideForm,
                  shown=lambda row: row.snapshot.state in reconciliation.DECIDABLE),
        Operation("correct", _("Correct the figure"), "billing.add_usagecorrection", _correct,
                  form=CorrectUsageForm,
                  explain=_("The sealed figure stays; the difference is billed or credited by the "
                            "next run."),
                  shown=lambda row: row.snapshot.state == SnapshotState.SEALED),
    )  # fmt: skip


def _withdraw(correction, actor, data, request) -> str:
    usage_corrections.withdraw_correction(correction=correction, reason=data["reason"], actor=actor)
    return _t("The correction is withdrawn; nothing is billed for it.")


@admin.register(UsageCorrection)
class UsageCorrectionAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "repository", "snapshot", "before", "count", "state", "reason")
    list_select_related = ("organisation", "repository", "snapshot")
    list_filter = ("state", "snapshot")
    search_fields = ("organisation__name_folded", "repository__symbol")
    operations = (
        Operation("withdraw", _("Withdraw"), "billing.add_usagecorrection", _withdraw,
                  form=ReasonForm, danger=True,
                  shown=lambda c: c.state == CorrectionState.OPEN),
    )  # fmt: skip
