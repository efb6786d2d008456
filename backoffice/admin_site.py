"""The admin site: our pages beside the models, sign-in through allauth."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_shim import UnfoldAdminSite


class RollcallSite(UnfoldAdminSite):
    index_template = "admin/dashboard.html"
    index_title = _("Dashboard")

    def extra_urls(self):
        from backoffice.core.admin_bases.pages import STAFF_PAGES

        return [path(page.path, page.guarded(), name=name) for name, page in STAFF_PAGES]

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Sign-in is allauth's, with its limits and second factor."""
        return super().login(request, extra_context)
