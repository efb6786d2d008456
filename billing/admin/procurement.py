"""The procurement desk: order numbers asked and answered, papers for purchasing departments."""

from __future__ import annotations

import re
from datetime import date

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, StaffPage, staff_page
from backoffice.core.errors import RollcallError
from backoffice.core.services import jobs
from billing.admin.forms import PaperForm
from billing.enums import OrderState
from billing.models import BillingProfile, OrderRequest, SupplierPaper
from billing.services import orders, supplier_papers
from contacts.models import Organisation

PAGE = 50
SHOWN = {"asked": _("Waiting"), "answered": _("Answered"), "closed": _("Closed"),
         "missing": _("Not asked")}  # fmt: skip


def desk(request):
    """Who was asked, who answered, who needs a number and was not asked; papers of the supplier."""
    wanted = request.GET.get("year", "")
    known = re.fullmatch("[12][0-9]{3}", wanted)
    year = int(wanted) if known else _year_in_preparation(dates.today())
    paper_form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        _post(request, paper_form, year)
        return redirect(f"{request.path}?year={year}")
    show = request.GET.get("show", "asked")
    show = show if show in SHOWN else "asked"
    asked = OrderRequest.objects.filter(year=year).select_related("organisation")
    missing = _not_asked(year)
    rows = missing if show == "missing" else asked.filter(state=show)
    counts = {state: asked.filter(state=state).count() for state in OrderState.values}
    counts["missing"] = missing.count()
    return staff_page(
        request,
        "billing/procurement.html",
        title=_t("Procurement"),
        context={
            "year": year,
            "year_text": str(year),
            "years": [str(n) for n in (year - 1, year, year + 1)],
            "show": show,
            "views": [(name, label, counts[name]) for name, label in SHOWN.items()],
            "page": Paginator(rows, PAGE).get_page(request.GET.get("p")),
            "papers": SupplierPaper.objects.filter(withdrawn_at__isnull=True).select_related(
                "document"
            ),
            "form": PaperForm(),
            "may_ask": request.user.has_perm("billing.add_orderrequest"),
            "may_add": request.user.has_perm("billing.add_supplierpaper"),
            "making": jobs.is_waiting("billing.make_papers", year),
        },
    )


def _year_in_preparation(today: date) -> int:
    """From September on the numbers of the coming year are collected."""
    return today.year + 1 if today.month >= 9 else today.year


def _not_asked(year: int):
    """Members that need a number, have none for the year, and were not asked for it."""
    known = BillingProfile.objects.exclude(order_reference="").filter(
        order_valid_for__in=[year]
    ) | BillingProfile.objects.exclude(order_reference="").filter(order_valid_for__isnull=True)
    return (
        Organisation.objects.members(on=dates.today())
        .filter(purchase_order_needed=True)
        .exclude(pk__in=known.values("organisation"))
        .exclude(pk__in=OrderRequest.objects.filter(year=year).values("organisation"))
        .order_by("name")
    )


def _post(request, form, year: int) -> None:
    act = request.POST.get("act", "")
    needed = {"ask": "add_orderrequest", "ask_all": "add_orderrequest", "close": "add_orderrequest",
              "again": "add_orderrequest", "paper": "add_supplierpaper", "make": "add_supplierpaper",
              "withdraw": "withdraw_supplierpaper"}  # fmt: skip
    if act not in needed or not request.user.has_perm(f"billing.{needed[act]}"):
        raise PermissionDenied
    actor = Actor.user(request.user)
    try:
        messages.success(request, ACTS[act](request, form, year, actor))
    except RollcallError as error:
        messages.error(request, str(error))


def _ask(request, form, year: int, actor) -> str:
    organisation = get_object_or_404(Organisation, pk=request.POST.get("organisation"))
    orders.ask_for_order(organisation=organisation, year=year, actor=actor, at=dates.now())
    return _t("%(o)s is asked for its order number.") % {"o": organisation}


def _ask_all(request, form, year: int, actor) -> str:
    asked, refused = 0, []
    for organisation in _not_asked(year):
        try:
            orders.ask_for_order(organisation=organisation, year=year, actor=actor, at=dates.now())
            asked += 1
        except RollcallError as error:
            refused.append(str(error))
    for reason in refused[:10]:
        messages.warning(request, reason)
    return _t("%(n)s payers are asked.") % {"n": asked}


def _request(request) -> OrderRequest:
    return get_object_or_404(OrderRequest, pk=request.POST.get("request"))


def _again(request, form, year: int, actor) -> str:
    orders.ask_again(request=_request(request), actor=actor, at=dates.now())
    return _t("Asked once more.")


def _close(request, form, year: int, actor) -> str:
    orders.close_order(request=_request(request), actor=actor)
    return _t("Closed.")


def _paper(request, form, year: int, actor) -> str:
    if not form.is_valid():
        raise RollcallError(_t("Give kind, title and a PDF file."))
    file = form.cleaned_data["file"]
    paper = supplier_papers.add_paper(
        kind=form.cleaned_data["kind"], year=form.cleaned_data["year"],
        title=form.cleaned_data["title"], language=form.cleaned_data["language"],
        content=file.read(), file_name=file.name, actor=actor, at=dates.now(),
    )  # fmt: skip
    return _t("%(paper)s is there for everybody with a link.") % {"paper": paper}


def _make(request, form, year: int, actor) -> str:
    jobs.enqueue("billing.make_papers", year, requested_by=request.user)
    return _t("The papers of %(year)s are being printed.") % {"year": year}


def _withdraw(request, form, year: int, actor) -> str:
    paper = get_object_or_404(SupplierPaper, pk=request.POST.get("paper"))
    supplier_papers.withdraw_paper(paper=paper, actor=actor, at=dates.now())
    return _t("Nobody gets this paper any more.")


ACTS = {"ask": _ask, "ask_all": _ask_all, "again": _again, "close": _close, "paper": _paper,
        "make": _make, "withdraw": _withdraw}  # fmt: skip


PROCUREMENT = StaffPage(
    "billing/procurement/", "procurement", "billing.view_orderrequest", desk, "billing",
    _("Procurement"), "shopping_cart",
)  # fmt: skip


def _close_one(request_row, actor, data, request) -> str:
    orders.close_order(request=request_row, actor=actor)
    return _t("Closed.")


@admin.register(OrderRequest)
class OrderRequestAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "year", "state", "order_reference", "asked_at", "answered_at")
    list_select_related = ("organisation",)
    list_filter = ("state", "year")
    search_fields = ("organisation__name_folded", "order_reference")
    operations = (
        Operation("close", _("Close"), "billing.add_orderrequest", _close_one,
                  shown=lambda row: row.state != OrderState.CLOSED),
    )  # fmt: skip


@admin.register(SupplierPaper)
class SupplierPaperAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "year", "language", "added_at", "withdrawn_at")
    list_filter = ("kind", "year")
