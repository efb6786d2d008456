"""`/duty/`: naming a successor by a one-time link. GET changes nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backoffice.core import dates
from backoffice.core.errors import RollcallError
from backoffice.core.limits import allow
from contacts.enums import ReviewState
from contacts.messages_duties import received_words
from contacts.public_forms import SuccessorForm, local_label
from contacts.services import handover as service


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, token: str) -> HttpResponse:
    """The question with the form; a used or old link says so."""
    on = dates.today()
    found = service.by_token(token, on=on)
    if found is None:
        return render(request, "contacts/public/gone.html", status=404)
    if request.method == "POST" and not allow(request, action="hand-over", limit=20, seconds=3600):
        return render(request, "public/too_many.html", status=429)
    form = SuccessorForm(
        request.POST if request.method == "POST" and "keep" not in request.POST else None
    )
    problem = ""
    try:
        if request.method == "POST" and "keep" in request.POST:
            found = service.keep_holder(token=token, at=dates.now(), on=on)
        elif request.method == "POST" and form.is_valid():
            found = service.answer_handover(token=token, at=dates.now(), on=on, **form.cleaned_data)
    except RollcallError as error:
        problem = error.message
    holder = service.present_holder(found)
    language = get_language() or "en-gb"
    return render(
        request,
        "contacts/public/hand_over.html",
        {"handover": found, "form": form, "problem": problem, "holder": holder,
         "role": local_label(found.role_type),
         "receives": received_words(found.role_type.code, language),
         "done": found.state != ReviewState.ASKED},
    )  # fmt: skip
