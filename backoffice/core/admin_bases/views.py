"""Saved views: filter, columns and sort of a list under a name, private or shared."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases.forms import styled
from backoffice.core.models import SavedView


def saved_views_for(request: HttpRequest, model: type[Model]) -> list[SavedView]:
    """The person's own views of this list and the shared ones."""
    return list(
        SavedView.objects.filter(
            Q(owner=request.user) | Q(shared=True), model=model._meta.label_lower
        )
    )


def take_view_parameter(request: HttpRequest) -> None:
    """Takes ``?view=`` out of the filters: the list page refuses parameters it does not know."""
    if "view" in request.GET:
        query = request.GET.copy()
        request.saved_view = query.pop("view")[-1]  # type: ignore[attr-defined]
        request.GET = query  # type: ignore[assignment]


def view_columns(request: HttpRequest, model: type[Model]) -> list[str]:
    """Columns of the view named by ``?view=``, when this person may use it."""
    chosen = getattr(request, "saved_view", "")
    if not chosen.isdigit():
        return []
    view = next((v for v in saved_views_for(request, model) if v.pk == int(chosen)), None)
    return list(view.columns) if view else []


class SaveViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    columns = forms.MultipleChoiceField(
        label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all columns."),
    )  # fmt: skip
    shared = forms.BooleanField(label=_("Shared with all staff"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)


def save_view(model_admin, request: HttpRequest) -> HttpResponse:
    """Keeps the list as it stands now; a view of the same name is replaced."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    back = reverse(f"{model_admin.admin_site.name}:{model_admin.url_base}_changelist")
    now = urlsplit(request.META.get("HTTP_REFERER", "")).query
    form = SaveViewForm(request.POST or None, initial={"query": now[:2000]})
    columns = cast(forms.MultipleChoiceField, form.fields["columns"])
    columns.choices = [
        (name, str(name).replace("_", " ").capitalize())
        for name in model_admin.list_display
        if isinstance(name, str)
    ]
    styled(form)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        view, _created = SavedView.objects.update_or_create(
            owner_id=request.user.pk,
            model=model_admin.opts.label_lower,
            name=data["name"],
            defaults={
                "query": data["query"], "columns": data["columns"], "shared": data["shared"],
            },
        )  # fmt: skip
        return redirect(f"{back}?{view.query}&view={view.pk}".replace("?&", "?"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Save this view"),
        "opts": model_admin.opts,
        "form": form,
        "back": back,
    }
    return TemplateResponse(request, "admin/save_view.html", context)
