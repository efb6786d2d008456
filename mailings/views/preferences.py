"""`/news/preferences/<token>`: topic by topic, by the secret of a mail, without an account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.addresses import mask_address
from backoffice.delivery.services.unsubscribing import delivery_of_token
from mailings.services.preferences import choices_of, save_choices

LINK = Actor.link("preferences")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """What this address receives. The secret in the address is the permission, hence no CSRF token:
    nobody can forge a request without knowing it."""
    delivery = delivery_of_token(token)
    if delivery is None or not delivery.address:
        return render(request, "mailings/preferences_unknown.html", status=404)
    saved = request.method == "POST"
    if saved:
        save_choices(
            address=delivery.address,
            wanted=frozenset(request.POST.getlist("topic")),
            source=f"preferences:{delivery.pk}",
            actor=LINK,
            at=dates.now(),
        )
    context = {
        "choices": choices_of(delivery.address),
        "masked": mask_address(delivery.address),
        "saved": saved,
        "token": token,
    }
    return render(request, "mailings/preferences.html", context)
