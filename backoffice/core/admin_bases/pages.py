"""Pages of the admin that are not a model's: boards, desks, simulations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from backoffice.core.registry import Registry


@dataclass(frozen=True)
class StaffPage:
    """``path`` below /admin/, a permission, and a view(request, **kwargs)."""

    path: str
    name: str
    permission: str
    view: Callable[..., HttpResponse]
    # Group and label in the side bar; an empty label keeps it out.
    group: str | Promise = ""
    label: str | Promise = ""
    icon: str = ""

    def guarded(self) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not request.user.has_perm(self.permission):
                raise PermissionDenied
            return self.view(request, *args, **kwargs)

        return admin.site.admin_view(view)


STAFF_PAGES: Registry[StaffPage] = Registry("staff pages")


def staff_page(
    request: HttpRequest,
    template: str,
    *,
    title: str | Promise,
    context: dict[str, Any] | None = None,
) -> TemplateResponse:
    """Renders a template that extends ``admin/staff_page.html`` inside the admin's frame."""
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **(context or {})}
    )
