"""The simulation: two schedules side by side, by member, type, band, region, country and payer."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.errors import RollcallError
from backoffice.core.texts import harmless_cell
from billing.admin.forms import SimulationForm
from billing.services.comparison import Comparison, Row, ordered
from billing.services.simulation import compare_stored

PAGE = 50
VIEWS = {
    "members": _("By member"),
    "member_type": _("By member type"),
    "band": _("By country band"),
    "region": _("By region"),
    "country": _("By country"),
    "payer": _("By payer"),
}
ORDERS = {
    "more": _("Largest increase first"),
    "less": _("Largest decrease first"),
    "name": _("By name"),
    "parked": _("Parked only"),
}


def simulation(request):
    """Two schedules on the same members and usage; as a page or as a CSV file. Nothing is written."""
    form = SimulationForm(request.GET or None)
    result = None
    view = request.GET.get("view", "members")
    view = view if view in VIEWS else "members"
    order = request.GET.get("order", "more")
    order = order if order in ORDERS else "more"
    if request.GET and form.is_valid():
        try:
            result = compare_stored(**form.cleaned_data)
        except RollcallError as error:
            messages.error(request, str(error))
        if result is not None and request.GET.get("csv"):
            return as_csv(result, view)
    query = request.GET.copy()
    for name in ("view", "order", "p", "csv"):
        query.pop(name, None)
    rows = ordered(result, order) if result is not None else []
    return staff_page(
        request,
        "billing/simulation.html",
        title=_t("Fee simulation"),
        context={
            "form": form,
            "result": result,
            "query": query.urlencode(),
            "view": view,
            "views": VIEWS.items(),
            "order": order,
            "orders": ORDERS.items(),
            "page": Paginator(rows, PAGE).get_page(request.GET.get("p")),
            "groups": result.groups.get(view, []) if result is not None else [],
        },
    )


def as_csv(result: Comparison, view: str) -> HttpResponse:
    """The members, or the sums of one grouping, as a file."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="simulation-{view}.csv"'
    writer = csv.writer(response)
    if view == "members":
        writer.writerow(["organisation", "country", "band", "region", "member_type", "payer",
                         "registrations", result.first_name, result.second_name, "difference",
                         "parked"])  # fmt: skip
        for row in result.rows:
            writer.writerow(_member_cells(row))
        return response
    writer.writerow([view, "members", "parked", result.first_name, result.second_name,
                     "difference", "pay_more", "pay_less"])  # fmt: skip
    for group in result.groups[view]:
        writer.writerow([harmless_cell(group.name), group.members, group.parked, group.first,
                         group.second, group.difference, group.more, group.less])  # fmt: skip
    return response


def _member_cells(row: Row) -> list[object]:
    return [
        harmless_cell(row.name), row.country, row.band, row.region, row.member_type,
        harmless_cell(row.payer), row.usage, row.first, row.second, row.difference,
        harmless_cell(row.reason),
    ]  # fmt: skip


SIMULATION = StaffPage(
    "billing/simulation/", "fee_simulation", "billing.simulate_fees", simulation, "billing",
    _("Fee simulation"), "compare_arrows",
)  # fmt: skip
