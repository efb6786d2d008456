"""Front door, way after sign-in, health."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backoffice.core.surfaces import MY_PAGES


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """What a visitor without an account can do here."""
    names = {
        "apply_url": "apply",
        "signup_url": "news_subscribe",
        "privacy_url": "privacy_request",
    }
    return render(
        request, "public/front_door.html", {key: _address(name) for key, name in names.items()}
    )


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@login_required
@require_safe
def after_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect("admin:index" if request.user.is_staff else "my_home")


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The process can work: the database answers. 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})


@login_required
@require_safe
@never_cache
def my_home(request: HttpRequest) -> HttpResponse:
    """A contact's own page: duties held and the pages of other apps that concern them."""
    contact = getattr(request.user, "contact", None)
    duties = (
        contact.duties.filter(valid_until__isnull=True).select_related("role_type", "organisation")
        if contact
        else []
    )
    pages = [
        (page.title, reverse(page.url_name))
        for _name, page in MY_PAGES
        if contact is not None and page.shown(contact.pk)
    ]
    return render(
        request, "public/my_home.html", {"contact": contact, "duties": duties, "pages": pages}
    )


def icon(request: HttpRequest) -> HttpResponse:
    """What a browser asks for by itself on pages that name no icon."""
    return redirect(static("backoffice/icon.svg"))
