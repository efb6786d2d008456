"""Restoring one field from an earlier version; never of redacted data."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases.history import shown_value
from backoffice.core.errors import RollcallError
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update

REDACTED = "removed at request"


def restorable_fields(model_admin, request: HttpRequest, obj: models.Model) -> set[str]:
    """Names of fields that this person may edit on the form, and so may restore.

    None where the model admin says that its own rules of saving must not be passed by.
    """
    if not model_admin.restorable or not model_admin.has_change_permission(request, obj):
        return set()
    names: set[str] = set()
    for _title, options in model_admin.get_fieldsets(request, obj):
        for item in options["fields"]:
            names |= set(item) if isinstance(item, list | tuple) else {item}
    names -= set(model_admin.get_readonly_fields(request, obj))
    concrete = {field.name for field in obj._meta.concrete_fields}
    return {name for name in names if isinstance(name, str)} & concrete


def restore_view(
    model_admin, request: HttpRequest, object_id: str, version: str, field: str
) -> HttpResponse:
    """GET shows the value now and then, POST restores it as a new version."""
    obj = model_admin.get_object(request, object_id)
    if obj is None or getattr(model_admin.model, "history", None) is None:
        raise Http404
    if field not in restorable_fields(model_admin, request, obj):
        raise PermissionDenied
    past = model_admin.model.history.filter(
        **{"history_id": version, obj._meta.pk.name: obj.pk}
    ).first()
    if past is None or past.history_change_reason == REDACTED:
        raise Http404
    back = reverse(f"{model_admin.admin_site.name}:{model_admin.url_base}_history", args=[obj.pk])
    column = obj._meta.get_field(field)
    if request.method == "POST":
        _restore(request, obj, column, past)
        return redirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Restore a field"), "opts": model_admin.opts, "original": obj,
        "label": column.verbose_name, "back": back,
        "now": shown_value(column, getattr(obj, column.attname)),
        "then": shown_value(column, getattr(past, column.attname)),
    }  # fmt: skip
    return TemplateResponse(request, "admin/restore_field.html", context)


def _restore(request: HttpRequest, obj: models.Model, column: models.Field, past) -> None:
    actor = Actor.user(request.user)
    value = getattr(past, column.attname)
    before = getattr(obj, column.attname)
    setattr(obj, column.attname, value)
    changed = {column.attname: value}
    try:
        obj.clean_fields(exclude=[f.name for f in obj._meta.concrete_fields if f is not column])
        if hasattr(obj, "derive"):
            obj.derive()
            changed["name_folded"] = obj.__dict__["name_folded"]
        with transaction.atomic():
            guarded_update(
                obj, expect={column.attname: before}, set=changed, actor=actor,
                reason=_("restored from an earlier version"),
            )  # fmt: skip
            audit.record(
                "restores", "restore_field", actor=actor, subject=obj,
                facts={"field": column.name, "version": past.history_id},
            )  # fmt: skip
        messages.success(request, _("The field is restored."))
    except (ValidationError, RollcallError) as error:
        messages.error(request, str(error))


def restore_row_view(
    model_admin, request: HttpRequest, object_id: str, label: str, version: str
) -> HttpResponse:
    """GET shows a row of the record that was deleted, POST brings it back under its old key."""
    obj = model_admin.get_object(request, object_id)
    if obj is None:
        raise Http404
    inlines = {
        inline.model._meta.label_lower: inline
        for inline in model_admin.get_inline_instances(request, obj)
    }
    inline = inlines.get(label)
    if inline is None or not model_admin.has_change_permission(request, obj):
        raise PermissionDenied
    if not inline.has_add_permission(request, obj):
        raise PermissionDenied
    past = inline.model.history.filter(history_id=version, history_type="-").first()
    row = past.instance if past is not None else None
    keys = [f for f in inline.model._meta.concrete_fields if f.related_model is type(obj)]
    if row is None or past.history_change_reason == REDACTED:
        raise Http404
    if not any(getattr(row, key.attname) == obj.pk for key in keys):
        raise Http404
    back = reverse(f"{model_admin.admin_site.name}:{model_admin.url_base}_history", args=[obj.pk])
    if request.method == "POST":
        _bring_back(request, row, past)
        return redirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Restore a deleted row"), "opts": model_admin.opts, "original": obj,
        "label": inline.model._meta.verbose_name, "back": back, "now": "–", "then": str(row),
    }  # fmt: skip
    return TemplateResponse(request, "admin/restore_field.html", context)


def _bring_back(request: HttpRequest, row: models.Model, past) -> None:
    actor = Actor.user(request.user)  # type: ignore[arg-type]
    row._history_user = request.user  # type: ignore[attr-defined]
    row._change_reason = _("restored after it was deleted")  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if type(row)._base_manager.filter(pk=row.pk).exists():
                messages.error(request, _("The row is there already."))
                return
            row.full_clean(validate_unique=True)
            row.save(force_insert=True)
            audit.record("restores", "restore_row", actor=actor, subject=row,
                         facts={"version": past.history_id})  # fmt: skip
        messages.success(request, _("The row is restored."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except IntegrityError:
        messages.error(request, _("Another row has taken its place; nothing was restored."))
