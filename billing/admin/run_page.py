"""What the page of a billing run shows: steps, sums, warnings, and its items by kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from backoffice.core.queries import actor_words
from backoffice.core.texts import fold
from billing.enums import ItemState, RunState
from billing.models import BillingRun, RunItem
from billing.services import run_checks
from contacts.models import Organisation

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
VIEWS = {
    "ready": _("Invoices"),
    "exceptions": _("To look at"),
    "parked": _("Parked"),
    "nothing": _("Nothing to bill"),
    "changes": _("Changed by the last computing"),
}
STEPS = (_("Draft"), _("Computed"), _("Reviewed"), _("Approved"), _("Being issued"), _("Issued"),
         _("Closed"))  # fmt: skip
BILLED = (ItemState.READY, ItemState.ISSUED)
PAGE = 50


def page_context(request, run: BillingRun) -> dict:
    """Steps, sums, warnings, and one page of items of the chosen kind."""
    show = request.GET.get("show", "ready")
    show = show if show in VIEWS else "ready"
    wanted = request.GET.get("q", "").strip()
    items = RunItem.objects.filter(run=run)
    counts = dict(items.values_list("state").annotate(n=Count("pk")).order_by())
    looked_at = items.exclude(exceptions=[]).exclude(
        state__in=[ItemState.PARKED, ItemState.NOTHING]
    )
    rows = items.select_related("payer")
    if show == "exceptions":
        rows = looked_at.select_related("payer")
    elif show in (ItemState.PARKED, ItemState.NOTHING):
        rows = rows.filter(state=show)
    elif show == "ready":
        rows = rows.filter(state__in=BILLED)
    if wanted:
        rows = rows.filter(payer__name_folded__contains=fold(wanted))
    changes = _changes(run) if show == "changes" else []
    page = Paginator(
        changes if show == "changes" else rows.order_by("payer__name", "id"), PAGE
    ).get_page(request.GET.get("p"))
    number = {
        "ready": counts.get(ItemState.READY, 0) + counts.get(ItemState.ISSUED, 0),
        "exceptions": looked_at.count(),
        "parked": counts.get(ItemState.PARKED, 0),
        "nothing": counts.get(ItemState.NOTHING, 0),
        "changes": run.preview_changes.get("changed", 0),
    }
    invoices = run.invoices.filter(kind="invoice")
    return {
        "show": show,
        "wanted": wanted,
        "views": [(name, label, number[name]) for name, label in VIEWS.items()
                  if name != "changes" or number["changes"]],
        "page": page,
        "rows": [] if show == "changes" else [_row(item) for item in page],
        "counts": counts,
        "steps": [(label, n < _reached(run), n == _reached(run)) for n, label in enumerate(STEPS)],
        "warnings": run_checks.warnings_of(run),
        "sums": items.filter(state__in=BILLED).aggregate(
            net=Sum("net_amount"), tax=Sum("tax_amount"), gross=Sum("gross_amount"),
            before=Sum("last_year_amount")),
        "stored": invoices.filter(document__state="stored").count(),
        "sent": invoices.filter(sent_at__isnull=False).count(),
        "letters": invoices.exclude(unsent_reason="").count(),
        "received": run_checks.received(run) if counts.get(ItemState.ISSUED) else None,
        "held": {hold.payer_id for hold in run.holds.all()},
        "may_hold": run.state in (RunState.COMPUTED, RunState.REVIEWED)
        and request.user.has_perm("billing.prepare_billingrun"),
        "currency": run.schedule.currency,
        "preparer": actor_words(run.preparer),
        "approver": actor_words(run.approver),
    }  # fmt: skip


def _reached(run: BillingRun) -> int:
    order = [RunState.DRAFT, RunState.COMPUTED, RunState.REVIEWED, RunState.APPROVED,
             RunState.ISSUING, RunState.ISSUED, RunState.CLOSED]  # fmt: skip
    return order.index(RunState(run.state)) if run.state in order else -1


def _changes(run: BillingRun) -> list[tuple]:
    rows = run.preview_changes.get("payers", [])
    names = Organisation.objects.in_bulk([pk for pk, _old, _new in rows])
    return [(names.get(pk), old, new) for pk, old, new in rows]


def _row(item: Any) -> tuple[RunItem, list[Any], Decimal | None]:
    notes = [EXCEPTIONS.get(code, code) for code in item.exceptions]
    return item, notes, _difference(item)


def _difference(item: RunItem) -> Decimal | None:
    if item.last_year_amount is None:
        return None
    return item.gross_amount - item.last_year_amount
