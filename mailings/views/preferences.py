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
from mailings.services.preferences import choices_of, duty_mail, save_choices

LINK = Actor.link("preferences")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """What this address receives. The secret in the address is the permission, hence no CSRF token:
    nobody can forge a request without knowing it."""
    delivery = delivery_of_token(token)
    if delivery is None or not delivery.address or delivery.address.endswith(".invalid"):
        return render(request, "mailings/preferences_unknown.html", status=404)
    saved = None
    if request.method == "POST":
        saved = save_choices(
            address=delivery.address,
            wanted=frozenset(request.POST.getlist("topic")),
            classes=_classes(request),
            source=f"preferences:{delivery.pk}",
            language=delivery.language,
            actor=LINK,
            at=dates.now(),
            on=dates.today(),
        )
    context = {
        "choices": choices_of(delivery.address, on=dates.today()),
        "duty_mail": duty_mail(delivery.address, on=dates.today()),
        "masked": mask_address(delivery.address),
        "saved": saved,
        "token": token,
    }
    return render(request, "mailings/preferences.html", context)


def _classes(request: HttpRequest) -> frozenset[str] | None:
    """The duty mail that is wanted; None for a form that did not ask."""
    return frozenset(request.POST.getlist("class")) if "duties" in request.POST else None
