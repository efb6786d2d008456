"""The page on which a payer gives its purchase order number; opened by signed link, no login."""

from __future__ import annotations

import hmac

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from billing.enums import OrderState
from billing.messages import order_token
from billing.models import OrderRequest
from billing.services.orders import answer_order
from billing.services.supplier_papers import current_papers
from billing.views.documents import paper_response


class OrderForm(forms.Form):
    order_reference = forms.CharField(
        label=_("Purchase order number"), max_length=60, required=False,
        help_text=_("It is printed on our invoice."),
    )  # fmt: skip
    buyer_reference = forms.CharField(
        label=_("Your reference (optional)"), max_length=60, required=False,
        help_text=_("A cost centre, a department or the name your accounts office looks for."),
    )  # fmt: skip
    not_needed = forms.BooleanField(label=_("We need no purchase order number."), required=False)
    message = forms.CharField(
        label=_("Message to our office (optional)"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


def _by_link(pk: int, token: str) -> OrderRequest:
    found = OrderRequest.objects.select_related("organisation").filter(pk=pk).first()
    if found is None or not hmac.compare_digest(token.encode(), order_token(found).encode()):
        raise Http404
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_page(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """GET shows what is asked; POST keeps the answer. It may be corrected until the invoice is made."""
    asked = _by_link(pk, token)
    closed = asked.state == OrderState.CLOSED
    initial = {
        "order_reference": asked.order_reference,
        "buyer_reference": asked.buyer_reference,
    }
    form = OrderForm(request.POST or None, initial=initial)
    if request.method == "POST" and not closed and form.is_valid():
        try:
            answer_order(
                request=asked, actor=Actor.link("billing.order"), at=dates.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except RollcallError as error:
            form.add_error(error.where or None, error.message)  # type: ignore[arg-type]
        else:
            return redirect("billing:order_done", pk, token)
    return render(
        request,
        "billing/public/order.html",
        {
            "asked": asked,
            "form": form,
            "closed": closed,
            "token": token,
            "papers": current_papers(year=asked.year, language=request.LANGUAGE_CODE),
        },
    )


@never_cache
@require_safe
def order_done(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Thanks, and what was noted."""
    return render(
        request, "billing/public/order_done.html", {"asked": _by_link(pk, token), "token": token}
    )


@never_cache
@require_safe
def order_paper(request: HttpRequest, pk: int, token: str, paper_pk: int) -> HttpResponse:
    """One of the supplier's papers."""
    _by_link(pk, token)
    return paper_response(paper_pk)
