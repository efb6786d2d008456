"""Rates of exchange and the share of dues that is not deductible."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import (
    OperationForm,
    ReadOnlyAdmin,
    RollcallAdmin,
    StaffPage,
    staff_page,
)
from backoffice.core.errors import RollcallError
from billing.models import ExchangeRate, NonDeductibleShare
from billing.services.rates import load_rates


class RatesForm(OperationForm):
    file = forms.FileField(
        label=_("Rates of the ECB"), help_text=_("The history as CSV, or the daily file as XML.")
    )


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin):
    list_display = ("day", "currency", "rate", "source")
    list_filter = ("currency",)


@admin.register(NonDeductibleShare)
class NonDeductibleShareAdmin(RollcallAdmin):
    list_display = ("year", "percent")


def rates(request):
    """Upload of a file of rates; those that are known stay."""
    form = RatesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            count = load_rates(
                content=file.read(), file_name=file.name, actor=Actor.user(request.user)
            )
        except RollcallError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _t("%(n)s new rates.") % {"n": count})
            return redirect("admin:billing_exchangerate_changelist")
    return staff_page(
        request, "billing/rates.html", title=_t("Rates of exchange"), context={"form": form}
    )


RATES = StaffPage("billing/rates/", "billing_rates", "billing.add_exchangerate", rates)
