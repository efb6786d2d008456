"""The admin site: our pages beside the models, sign-in through allauth."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.urls import path
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_shim import UnfoldAdminSite


class RollcallSite(UnfoldAdminSite):
    index_template = "admin/dashboard.html"
    index_title = _("Dashboard")

    def extra_urls(self):
        from backoffice.core.admin_bases.pages import STAFF_PAGES

        return [path(page.path, page.guarded(), name=name) for name, page in STAFF_PAGES]


RollcallSite.login = secure_admin_login(RollcallSite.login)
