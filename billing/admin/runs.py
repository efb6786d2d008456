"""The billing run page: preview, exceptions, difference to last year, acts."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import (
    Operation,
    OperationForm,
    ReadOnlyAdmin,
    StaffPage,
    staff_page,
)
from backoffice.core.errors import RollcallError, RuleBroken
from backoffice.core.services import jobs
from billing.admin.forms import NewRunForm
from billing.admin.run_page import page_context
from billing.admin.words import ALL_FIELDS
from billing.enums import RunState
from billing.models import BillingRun
from billing.services import orders, run_checks, runs
from billing.services.compute import compute_run
from billing.services.vat_ids import is_online
from contacts.models import Organisation


class ApproveForm(OperationForm):
    """Whoever approves sees which members cannot be reached, and says so."""

    takes_object = True
    letters = forms.BooleanField(required=False)

    def __init__(self, *args, obj, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        unreachable = run_checks.unreachable_items(obj)
        if not unreachable:
            del self.fields["letters"]
            return
        field = self.fields["letters"]
        field.label = _t("%(n)s invoices reach nobody by mail and go as letters") % {
            "n": len(unreachable)
        }
        field.help_text = ", ".join(str(item.payer) for item in unreachable[:12])


def _compute(run, actor, data, request) -> str:
    compute_run(run=run, actor=actor, at=dates.now())
    return _t("Computed: %(n)s invoices, %(p)s members parked.") % {
        "n": run.item_count,
        "p": run.parked_count,
    }


def _review(run, actor, data, request) -> str:
    runs.review_run(run=run, actor=actor)
    return _t("Reviewed. Somebody else approves it.")


def _approve(run, actor, data, request) -> str:
    unreachable = len(run_checks.unreachable_items(run))
    if unreachable and not data.get("letters"):
        raise RuleBroken(
            _t("%(n)s invoices will reach nobody by mail; say that they go as letters.")
            % {"n": unreachable}
        )
    runs.approve_run(run=run, actor=actor, at=dates.now())
    return _t("Approved.")


def _issue(run, actor, data, request) -> str:
    with transaction.atomic():
        runs.start_issuing(run=run, actor=actor)
        jobs.enqueue("billing.issue_run", run.pk, requested_by=request.user)
    return _t("The invoices are being issued; the page shows how far it is.")


def _close(run, actor, data, request) -> str:
    runs.close_run(run=run, actor=actor)
    return _t("Closed.")


def _drop(run, actor, data, request) -> str:
    runs.drop_run(run=run, actor=actor)
    return _t("Dropped.")


def _check_vat(run, actor, data, request) -> str:
    jobs.enqueue("billing.check_vat_ids", run.pk, requested_by=request.user)
    return _t("VIES is being asked; compute the run again afterwards.")


def _ask_orders(run, actor, data, request) -> str:
    asked, refused = orders.ask_run(run=run, actor=actor, at=dates.now())
    for reason in refused[:10]:
        messages.warning(request, reason)
    return _t("%(n)s payers are asked for their order numbers; compute again when they answered.") % {
        "n": asked,
    }  # fmt: skip


def _in(*states):
    return lambda run: run.state in states


OPERATIONS = (
    Operation("compute", _("Compute"), "billing.prepare_billingrun", _compute, primary=True,
              explain=_("Replaces the preview. Nothing is issued."),
              shown=_in(RunState.DRAFT, RunState.COMPUTED, RunState.REVIEWED)),
    Operation("ask_orders", _("Ask for order numbers"), "billing.add_orderrequest", _ask_orders,
              explain=lambda run: _t("%(n)s payers need an order number and have none for the year. "
                                     "Each gets a mail with a link.") % {
                  "n": len(orders.payers_without_order(run))},
              shown=lambda run: run.state in (RunState.COMPUTED, RunState.REVIEWED)
              and bool(orders.payers_without_order(run))),
    Operation("check_vat", _("Check the VAT ids"), "billing.add_vatcheck", _check_vat,
              explain=_("Asks VIES for the payers of this run whose answer is missing or too old."),
              shown=lambda run: is_online() and run.state in (RunState.COMPUTED, RunState.REVIEWED)),
    Operation("review", _("Mark as reviewed"), "billing.prepare_billingrun", _review,
              explain=_("You have looked at the amounts, the exceptions and the parked members."),
              shown=_in(RunState.COMPUTED)),
    Operation("approve", _("Approve"), "billing.approve_billingrun", _approve, primary=True,
              explain=lambda run: _t("%(n)s invoices, %(total)s %(currency)s in all.") % {
                  "n": run.item_count, "total": run.gross_total,
                  "currency": run.schedule.currency},
              form=ApproveForm, shown=_in(RunState.REVIEWED), reauthenticate=True),
    Operation("issue", _("Issue the invoices"), "billing.issue_billingrun", _issue, primary=True,
              explain=_("Numbers are given, documents stored and mailed. This cannot be undone."),
              shown=_in(RunState.APPROVED), danger=True),
    Operation("close", _("Close the run"), "billing.issue_billingrun", _close,
              shown=_in(RunState.ISSUED)),
    Operation("drop", _("Drop the run"), "billing.prepare_billingrun", _drop, danger=True,
              shown=_in(RunState.DRAFT, RunState.COMPUTED, RunState.REVIEWED)),
)  # fmt: skip


@admin.register(BillingRun)
class BillingRunAdmin(ReadOnlyAdmin):
    list_display = ("title", "year", "schedule", "state", "item_count", "parked_count",
                    "gross_total")  # fmt: skip
    list_select_related = ("schedule",)
    list_filter = ("year", "purpose", "state")
    operations = OPERATIONS
    change_form_template = "billing/run_page.html"
    folded_fields = ALL_FIELDS

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if run is not None:
            extra |= page_context(request, run)
        return super().change_view(request, object_id, form_url, extra)


def new_run(request):
    """The form of a new run; the run itself is made by the service."""
    form = NewRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = runs.create_run(actor=Actor.user(request.user), **form.cleaned_data)
        except RollcallError as error:
            messages.error(request, str(error))
        else:
            return redirect("admin:billing_billingrun_change", run.pk)
    return staff_page(
        request, "billing/new_run.html", title=_t("New billing run"), context={"form": form}
    )


NEW_RUN = StaffPage(
    "billing/new-run/", "new_billing_run", "billing.prepare_billingrun", new_run, "billing",
    _("New billing run"), "add_circle",
)  # fmt: skip


def hold(request, pk: int):
    """Keeps a payer out of the run, or takes it in again; a POST from the run's page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    run = get_object_or_404(BillingRun, pk=pk)
    payer = get_object_or_404(Organisation, pk=request.POST.get("payer"))
    actor = Actor.user(request.user)
    try:
        if request.POST.get("act") == "release":
            run_checks.release_payer(run=run, payer=payer, actor=actor, at=dates.now())
            messages.success(request, _t("%(p)s is in the run again.") % {"p": payer})
        else:
            run_checks.hold_payer(
                run=run, payer=payer, reason=request.POST.get("reason", ""), actor=actor,
                at=dates.now(),
            )  # fmt: skip
            messages.success(request, _t("%(p)s is kept out of the run.") % {"p": payer})
    except RollcallError as error:
        messages.error(request, str(error))
    return redirect("admin:billing_billingrun_change", pk)


HOLD = StaffPage(
    "billing/run/<int:pk>/hold/", "billing_run_hold", "billing.prepare_billingrun", hold
)
