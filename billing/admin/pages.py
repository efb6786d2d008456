"""The comparison of two schedules."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.errors import RollcallError
from billing.admin.forms import SimulationForm
from billing.services.comparison import compare


def simulation(request):
    """Two schedules side by side on the usage of a year; as a table or a CSV file."""
    form = SimulationForm(request.GET or None)
    result = None
    if request.GET and form.is_valid():
        data = form.cleaned_data
        try:
            result = compare(
                first=data["first"], second=data["second"], year=data["year"],
                snapshot=data["snapshot"],
            )  # fmt: skip
        except RollcallError as error:
            messages.error(request, str(error))
        if result is not None and request.GET.get("csv"):
            return _as_csv(result)
    return staff_page(
        request,
        "billing/simulation.html",
        title=_t("Fee simulation"),
        context={"form": form, "result": result, "query": request.GET.urlencode()},
    )


def _as_csv(result) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="simulation.csv"'
    writer = csv.writer(response)
    writer.writerow(["organisation", "country", "region", "member_type", result.first_name,
                     result.second_name, "difference", "parked"])  # fmt: skip
    for row in result.rows:
        writer.writerow([_safe(row.name), row.country, row.region, row.member_type,
                         row.first, row.second, row.difference, _safe(row.reason)])  # fmt: skip
    return response


def _safe(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


SIMULATION = StaffPage(
    "billing/simulation/", "fee_simulation", "billing.simulate_fees", simulation, "billing",
    _("Fee simulation"), "compare_arrows",
)  # fmt: skip
