"""Reports for the books: VAT totals, recapitulative statement, exports and what has left already."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import OperationForm, StaffPage, staff_page
from backoffice.core.errors import RollcallError
from billing.models import LedgerExport
from billing.services import ledger
from billing.services.reports import recapitulative, vat_totals

FORMS = {
    "datev": _("DATEV (EXTF)"),
    "csv": _("Plain CSV, a row per line"),
    "beancount": _("Ledger (beancount), payments included"),
    "recap": _("Recapitulative statement"),
}
CATEGORIES = {
    "S": _("domestic VAT"),
    "AE": _("reverse charge"),
    "O": _("outside the scope"),
}


class SpanForm(OperationForm):
    start = forms.DateField(label=_("From"))
    end = forms.DateField(label=_("To (included)"))

    def clean(self):
        data = super().clean() or {}
        if data.get("start") and data.get("end") and data["end"] < data["start"]:
            raise forms.ValidationError(_("The last day lies before the first."))
        return data


def _last_month(day: date) -> tuple[date, date]:
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def reports(request):
    """The span is chosen by GET; an export leaves by POST and is kept on record."""
    start, end = _last_month(dates.today())
    values = request.POST if request.method == "POST" else request.GET
    form = SpanForm(values if "start" in values else {"start": start, "end": end})
    if form.is_valid():
        start, end = form.cleaned_data["start"], form.cleaned_data["end"]
        if request.method == "POST":
            return _export(request, start, end)
    return staff_page(
        request,
        "billing/reports.html",
        title=_t("Reports and exports"),
        context={
            "form": form,
            "start": start,
            "end": end,
            "vat": [
                (row, CATEGORIES.get(str(row["category"]), str(row["category"])))
                for row in vat_totals(start=start, end=end)
            ],
            "recap": recapitulative(start=start, end=end),
            "forms": [
                (name, label, ledger.not_exported(form=name, start=start, end=end))
                for name, label in FORMS.items()
            ],
            "exports": LedgerExport.objects.all()[:20],
            "may_export": request.user.has_perm("billing.export_invoice"),
        },
    )


def _export(request, start: date, end: date):
    if not request.user.has_perm("billing.export_invoice"):
        raise PermissionDenied
    form = request.POST.get("form", "")
    try:
        content = ledger.export_documents(
            form=form, start=start, end=end, actor=Actor.user(request.user), at=dates.now()
        )
    except RollcallError as error:
        messages.error(request, str(error))
        return redirect(f"{request.path}?start={start}&end={end}")
    ending = ledger.FORMATS[form]
    name = f"{'EXTF_Buchungsstapel' if form == 'datev' else form}_{start}_{end}.{ending}"
    return _file(content, name)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


REPORTS = StaffPage(
    "billing/reports/", "billing_reports", "billing.view_invoice", reports, "billing",
    _("Reports and exports"), "summarize",
)  # fmt: skip
