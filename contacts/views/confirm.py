"""`/duty/confirm/`: the yearly look at an organisation's contacts. GET changes nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backoffice.core import dates
from backoffice.core.errors import RollcallError
from backoffice.core.limits import allow
from contacts.enums import ReviewState
from contacts.public_forms import LineForm, local_label
from contacts.services import confirmation


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_contacts(request: HttpRequest, token: str) -> HttpResponse:
    """The duties with one question each; all right, or what has changed."""
    on = dates.today()
    row = confirmation.by_token(token, on=on)
    if row is None:
        return render(request, "contacts/public/gone.html", status=404)
    if request.method == "POST" and not allow(request, action="confirm", limit=30, seconds=3600):
        return render(request, "public/too_many.html", status=429)
    data = request.POST if request.method == "POST" else None
    lines = [
        (line, local_label(line.role), LineForm(data, prefix=f"{line.role.code}_{line.order}",
                                                held=line.holder is not None))
        for line in confirmation.duty_lines(row)
    ]  # fmt: skip
    problem = ""
    if request.method == "POST":
        # Every row is asked, so that all mistakes are shown at once.
        wrong = [form for _line, _label, form in lines if not form.is_valid()]
        if wrong:
            problem = _("Please look at the marked fields.")
        else:
            try:
                row = confirmation.answer(
                    token=token, changes=_changes(lines), at=dates.now(), on=on
                )
            except RollcallError as error:
                problem = error.message
                row.refresh_from_db()
    return render(
        request,
        "contacts/public/confirm_contacts.html",
        {"row": row, "lines": lines, "problem": problem, "done": row.state != ReviewState.ASKED},
        status=422 if problem else 200,
    )


def _changes(lines: list) -> list[dict[str, Any]]:
    """What differs from the record, in the form the service takes."""
    found = []
    for line, _label, form in lines:
        what = form.cleaned_data["what"]
        if what:
            found.append({
                **form.cleaned_data, "role": line.role.code, "order": line.order,
                "was": line.holder.pk if line.holder else None,
            })  # fmt: skip
    return found
