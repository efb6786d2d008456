"""Where help desks report tickets. Only what is signed and fresh is read; the answer is quick."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backoffice.core import dates
from contacts.privacy.helpdesk import (
    Ticket,
    front_signed,
    read_front,
    read_zendesk,
    zendesk_signed,
)
from contacts.privacy.services.tickets import take_ticket

MOST_BYTES = 1024 * 1024


@csrf_exempt
@require_POST
def zendesk(request: HttpRequest) -> HttpResponse:
    """A Zendesk webhook, native ticket event or trigger."""
    key = settings.ROLLCALL_ZENDESK_SECRET
    if not key:
        return HttpResponse(status=404)
    if _too_big(request):
        return HttpResponse(status=413)
    if not zendesk_signed(key, request.headers, request.body, dates.now()):
        return HttpResponse(status=403)
    invocation = request.headers.get("X-Zendesk-Webhook-Invocation-Id", "")
    return _take("zendesk", lambda: read_zendesk(request.body, event=invocation))


@csrf_exempt
@require_POST
def front(request: HttpRequest) -> HttpResponse:
    """A webhook of Front; a new subscription is confirmed by giving its challenge back."""
    keys = {
        "application": settings.ROLLCALL_FRONT_SECRET,
        "rule": settings.ROLLCALL_FRONT_API_SECRET,
    }
    if not any(keys.values()):
        return HttpResponse(status=404)
    if _too_big(request):
        return HttpResponse(status=413)
    if not front_signed(keys, request.headers, request.body, dates.now()):
        return HttpResponse(status=403)
    challenge = request.headers.get("X-Front-Challenge")
    if challenge:
        return JsonResponse({"challenge": challenge[:500]})
    return _take("front", lambda: read_front(request.body))


def _too_big(request: HttpRequest) -> bool:
    return int(request.headers.get("Content-Length") or 0) > MOST_BYTES


def _take(system: str, read: Callable[[], Ticket | None]) -> HttpResponse:
    try:
        ticket = read()
    except ValueError:
        return HttpResponse(status=400)
    if ticket is None or not ticket.event or not ticket.ticket:
        return JsonResponse({"result": "nothing to do"})
    return JsonResponse({"result": take_ticket(system=system, ticket=ticket)})
