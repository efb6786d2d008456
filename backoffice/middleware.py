"""Headers and gates of every request."""

from __future__ import annotations

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from simple_history.middleware import HistoryRequestMiddleware as HistoryActor

from backoffice.core.restores import restore_pending

__all__ = [
    "ContentSecurityPolicy",
    "HistoryActor",
    "ResponseHeaders",
    "RestorePending",
    "StaffSecondFactor",
    "UploadLimit",
]

GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy(CSPMiddleware):
    """Strict policy everywhere; eval and inline styles under /admin/ only, where Unfold needs them."""

    def process_response(self, request, response):
        if request.path.startswith("/admin/") and not hasattr(response, "_csp_replace"):
            response._csp_replace = settings.ADMIN_CSP_REPLACE
        return super().process_response(request, response)


class ResponseHeaders:
    """What Django does not set by itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault(
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
        )
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.user.is_authenticated and not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response


class UploadLimit:
    """Refuses a body larger than any form takes before a byte of it is read: the form's own check would
    come only after the whole file had been taken in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        stated = request.META.get("CONTENT_LENGTH") or "0"
        if not stated.isdecimal() or int(stated) > settings.UPLOAD_LIMIT:
            megabytes = settings.UPLOAD_LIMIT // 1024 // 1024
            return HttpResponse(
                _("The upload is larger than %(mb)s MB and was not read.") % {"mb": megabytes},
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        return self.get_response(request)


class RestorePending:
    """After a restore nothing is served until the erasures since the backup are carried out again:
    removed people are back in the data until then."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if restore_pending() and not request.path.startswith("/health/live"):
            return HttpResponse(
                "A backup was restored. Run: manage.py privacy replay",
                status=503,
                content_type="text/plain; charset=utf-8",
            )
        return self.get_response(request)


class StaffSecondFactor:
    """Staff without a second factor see the set-up pages only. Waived in demo mode."""

    OPEN = ("/accounts/", "/static/", "/health/", "/u/", "/p/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            user.is_authenticated
            and user.is_staff
            and not settings.ROLLCALL_DEMO
            and request.path.startswith("/admin/")
            and not _has_second_factor(user)
        ):
            return redirect(reverse("mfa_index") + "?needed=1")
        return self.get_response(request)


def _has_second_factor(user) -> bool:
    from allauth.mfa.models import Authenticator

    return Authenticator.objects.filter(
        user=user, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    ).exists()
