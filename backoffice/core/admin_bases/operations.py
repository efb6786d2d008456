"""Operations on one record or on many: own permission, confirmation, one service call each.

Django's ``admin_view`` only asks "is staff"; each operation names its own permission and the view
checks it again on the POST.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError


@dataclass(frozen=True)
class Operation:
    """One act on one record.

    ``run(obj, actor, data, request)`` calls exactly one service and returns a sentence for the
    person, or an HttpResponse. ``shown(obj)`` says whether it fits the record's state now.
    """

    name: str
    label: str | Promise
    permission: str
    run: Callable[..., Any]
    explain: str | Promise | Callable[[Any], str] = ""
    form: type[forms.Form] | Callable[..., forms.Form] | None = None
    shown: Callable[[Any], bool] = lambda obj: True
    danger: bool = False
    primary: bool = False
    # Asks for the password or second factor again when the last proof is too old.
    reauthenticate: bool = False
    icon: str = ""

    def explanation(self, obj: Any) -> str:
        return str(self.explain(obj) if callable(self.explain) else self.explain)


@dataclass(frozen=True)
class BulkOperation:
    """One act on each selected record: one service call and one transaction per record."""

    name: str
    label: str | Promise
    permission: str
    run: Callable[..., Any]
    explain: str | Promise = ""
    form: type[forms.Form] | None = None


def bound_form(operation: Operation | BulkOperation, request: HttpRequest, obj: Any = None):
    if operation.form is None:
        return None
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    kwargs = {"obj": obj} if getattr(operation.form, "takes_object", False) else {}
    return operation.form(*data, **kwargs)


def must_reauthenticate(request: HttpRequest) -> HttpResponse | None:
    """A redirect to the proof page when the last proof of identity is too old."""
    from allauth.account.internal.flows import reauthentication
    from django.conf import settings

    if settings.ROLLCALL_DEMO:
        return None
    if reauthentication.did_recently_authenticate(request):
        return None
    return HttpResponseRedirect(
        reverse("account_reauthenticate") + "?next=" + request.get_full_path()
    )


def operation_view(model_admin, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
    """GET shows what will happen, POST does it."""
    operation = next((item for item in model_admin.operations if item.name == name), None)
    obj = model_admin.get_object(request, object_id)
    if operation is None or obj is None:
        raise Http404
    if not request.user.has_perm(operation.permission):
        raise PermissionDenied
    back = reverse(f"{model_admin.admin_site.name}:{model_admin.url_base}_change", args=[obj.pk])
    if operation.reauthenticate and (proof := must_reauthenticate(request)):
        return proof
    if not operation.shown(obj):
        messages.warning(request, _("This is not possible in the record's present state."))
        return HttpResponseRedirect(back)
    form = bound_form(operation, request, obj)
    if request.method == "POST" and (form is None or form.is_valid()):
        answer = _perform(request, operation, obj, form)
        if answer is not None:
            return answer if isinstance(answer, HttpResponse) else HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": operation.label,
        "subtitle": str(obj),
        "opts": model_admin.opts,
        "original": obj,
        "operation": operation,
        "explanation": operation.explanation(obj),
        "form": form,
        "back": back,
    }
    return TemplateResponse(request, "admin/operation.html", context)


def _perform(request: HttpRequest, operation: Operation, obj: Any, form) -> Any:
    """The result of the service, or None after a refusal (the page is shown again)."""
    try:
        result = operation.run(
            obj, Actor.user(request.user), form.cleaned_data if form else {}, request
        )
    except RollcallError as error:
        messages.error(request, str(error))
        return None
    if isinstance(result, HttpResponse):
        return result
    messages.success(request, str(result or _("Done.")))
    return True


def bulk_view(model_admin, request: HttpRequest, queryset, operation: BulkOperation):
    """Confirmation with the count, then a result per record."""
    if not request.user.has_perm(operation.permission):
        raise PermissionDenied
    form = (
        bound_form(operation, request)
        if "confirmed" in request.POST
        else (operation.form() if operation.form else None)
    )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": operation.label,
        "opts": model_admin.opts,
        "operation": operation,
        "form": form,
        "count": queryset.count(),
        "sample": list(queryset[:20]),
        "selected": request.POST.getlist("_selected_action"),
        "select_across": request.POST.get("select_across", "0"),
    }
    if "confirmed" not in request.POST or (form is not None and not form.is_valid()):
        return TemplateResponse(request, "admin/bulk_confirm.html", context)
    actor, data = Actor.user(request.user), form.cleaned_data if form else {}
    rows = []
    for obj in queryset.iterator(chunk_size=200):
        try:
            rows.append((obj, True, str(operation.run(obj, actor, data, request) or _("Done."))))
        except RollcallError as error:
            rows.append((obj, False, str(error)))
    context |= {"rows": rows, "done": sum(1 for row in rows if row[1])}
    return TemplateResponse(request, "admin/bulk_result.html", context)
