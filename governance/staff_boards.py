"""The page of a board: seats, holders, vacancies and rotation on any day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.services.documents import read_bytes
from governance.board_memory import rotation, seat_rows
from governance.models import Body, Nomination

FLAGS = {
    "vacant": (_("vacant"), "rc-bad"),
    "unratified": (_("to be ratified"), "rc-warn"),
    "ends_soon": (_("up within a year"), "rc-warn"),
    "last_term": (_("may not stand again"), "rc-bad"),
    "same_member": (_("member sits twice"), "rc-warn"),
}


def body_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One body as on a day (``?on=YYYY-MM-DD``, today without it)."""
    body = get_object_or_404(Body, pk=pk)
    on = _day(request)
    rows = seat_rows(body, on=on)
    ends = rotation(rows)
    model_admin: Any = admin.site._registry[Body]
    shown = [
        {
            "seat": row.seat,
            "term": row.term,
            "last_day": dates.last_day(row.term.valid_until) if row.term else None,
            "run": row.terms_in_row,
            "flags": [FLAGS[flag] for flag in row.flags],
        }
        for row in rows
    ]
    context = {
        "body": body,
        "on": on,
        "rows": shown,
        "seats": len(rows),
        "held": sum(row.term is not None for row in rows),
        "ends": [{"year": year, "n": n} for year, n in ends],
        "most": max((n for _year, n in ends), default=1),
        "operations": [
            pair
            for pair in model_admin.open_operations(request, body)
            if pair[0].name != "who-sits"
        ],
    }
    return staff_page(request, "governance/admin/body.html", title=body.name, context=context)


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return dates.today()


def candidate_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of a nomination for the committee."""
    nomination = get_object_or_404(Nomination.objects.select_related("photo"), pk=pk)
    if nomination.photo is None:
        raise Http404
    return HttpResponse(read_bytes(nomination.photo), content_type=nomination.photo.media_type)


PAGES = (
    StaffPage(
        path="bodies/<int:pk>/",
        name="body_page",
        permission="governance.view_body",
        view=body_page,
        group="governance",
    ),
    StaffPage(
        path="nominations/<int:pk>/photo.jpg",
        name="candidate_photo",
        permission="governance.view_nomination",
        view=candidate_photo,
        group="governance",
    ),
)
