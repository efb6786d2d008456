"""`/u/<token>`: one-click POST of mail programs (RFC 8058), and the page for people.

GET and HEAD change nothing. A POST needs no cookie, no session and no CSRF token: the secret in the
address is the permission. An unknown token gets the same answers as a known one.
"""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from backoffice.core.addresses import mask_address
from backoffice.delivery.enums import MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import TOPIC_LABELS
from backoffice.delivery.services.compose import preferences_path
from backoffice.delivery.services.unsubscribing import delivery_of_token, own_scope, unsubscribe

logger = logging.getLogger("rollcall.unsubscribe")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page, or the act. Always 200 without redirect; 503 when the database fails, so that the
    mailbox provider tries again."""
    try:
        delivery = delivery_of_token(token)
        if request.method == "POST":
            everything = request.POST.get("scope") == "optional"
            if delivery is not None:
                unsubscribe(delivery, everything=everything)
            return _done(request, token, delivery, everything)
        return _page(request, token, delivery)
    except DatabaseError:
        logger.exception("unsubscribe could not be recorded")
        return HttpResponse("Please try again in a moment.", status=503, content_type="text/plain")


def _language(delivery: Delivery | None) -> str:
    return delivery.language if delivery is not None else (get_language() or "en-gb")


def _page(request: HttpRequest, token: str, delivery: Delivery | None) -> HttpResponse:
    with override(_language(delivery)):
        return render(request, "delivery/unsubscribe.html", _context(token, delivery))


def _done(
    request: HttpRequest, token: str, delivery: Delivery | None, everything: bool
) -> HttpResponse:
    with override(_language(delivery)):
        context = {**_context(token, delivery), "everything": everything}
        response = render(request, "delivery/unsubscribed.html", context)
    # A mail program's POST carries no cookie and gets none back (RFC 8058 section 3.2).
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
    return response


def _context(token: str, delivery: Delivery | None) -> dict[str, object]:
    known = delivery is not None and bool(delivery.address)
    scope = own_scope(delivery) if delivery is not None else "class:service"
    return {
        "token": token,
        "masked": mask_address(delivery.address) if delivery is not None and known else "",
        "what": scope_label(scope),
        "preferences_url": preferences_path(token),
        "binding": delivery is not None and delivery.mail_class in ("governance", "contract"),
    }


def scope_label(scope: str) -> str:
    """The words for a scope, as a person reads them."""
    kind, _sep, name = scope.partition(":")
    if kind == "topic":
        for _name, label in TOPIC_LABELS:
            found = label(name)
            if found:
                return found
    return str(MailClass(name).label) if name in MailClass.values else name
