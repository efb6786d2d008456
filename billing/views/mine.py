"""A billing contact's own page: the documents of its organisations, and shares in others'."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backoffice.core import dates
from billing.services.mine import documents_of


@login_required
@never_cache
@require_safe
def my_invoices(request: HttpRequest) -> HttpResponse:
    """Invoices of the organisations for which this contact holds a billing duty today."""
    contact = getattr(request.user, "contact", None)
    day = dates.today()
    return render(
        request,
        "billing/public/my_invoices.html",
        {"mine": documents_of(contact.pk, on=day) if contact is not None else None},
    )
