"""The billing run page: preview, exceptions, difference to last year, acts."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Sum
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, StaffPage, staff_page
from backoffice.core.errors import RollcallError
from backoffice.core.services import jobs
from billing.admin.forms import NewRunForm
from billing.enums import ItemState, RunState
from billing.models import BillingRun, RunItem
from billing.services import orders, runs
from billing.services.compute import compute_run
from billing.services.vat_ids import is_online

EXCEPTIONS = {
    "no_billing_contact": _("nobody to send it to"),
    "billing_contact_unreachable": _("billing contact cannot be reached"),
    "no_purchase_order": _("purchase order number missing"),
    "large_change": _("large change to last year"),
    "first_invoice": _("first invoice"),
    "amount_to_confirm": _("amount from a second-hand source"),
    "usage_correction": _("corrects earlier usage"),
    "vat_checked_offline": _("VAT id not asked online"),
}
PAGE = 50


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
              shown=_in(RunState.REVIEWED), reauthenticate=True),
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

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if run is not None:
            extra |= page_context(request, run)
        return super().change_view(request, object_id, form_url, extra)


def page_context(request, run: BillingRun) -> dict:
    """Counts, sums, and one page of items of the chosen kind."""
    show = request.GET.get("show", "ready")
    rows = RunItem.objects.filter(run=run).select_related("payer")
    if show == "exceptions":
        rows = rows.exclude(exceptions=[]).exclude(state=ItemState.PARKED)
    elif show == "parked":
        rows = rows.filter(state=ItemState.PARKED)
    else:
        rows = rows.filter(state__in=[ItemState.READY, ItemState.ISSUED])
    counts = dict(
        RunItem.objects.filter(run=run).values_list("state").annotate(n=Count("pk")).order_by()
    )
    page = Paginator(rows.order_by("payer__name", "id"), PAGE).get_page(request.GET.get("p"))
    invoices = run.invoices.all()
    return {
        "show": show,
        "page": page,
        "rows": [
            (item, [EXCEPTIONS.get(code, code) for code in item.exceptions], _difference(item))
            for item in page
        ],
        "counts": counts,
        "exception_count": RunItem.objects.filter(run=run)
        .exclude(exceptions=[])
        .exclude(state=ItemState.PARKED)
        .count(),
        "sums": RunItem.objects.filter(run=run, state__in=[ItemState.READY, ItemState.ISSUED])
        .aggregate(net=Sum("net_amount"), tax=Sum("tax_amount"), gross=Sum("gross_amount"),
                   before=Sum("last_year_amount")),
        "stored": invoices.filter(document__state="stored").count(),
        "sent": invoices.filter(sent_at__isnull=False).count(),
        "letters": invoices.exclude(unsent_reason="").count(),
        "currency": run.schedule.currency,
    }  # fmt: skip


def _difference(item: RunItem):
    if item.last_year_amount is None:
        return None
    return item.gross_amount - item.last_year_amount


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
