"""Model pages: 50 rows, no second count, nothing deletable unless said, history with labels."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet, URLField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.core.admin_bases.exports import export_view, may_export
from backoffice.core.admin_bases.history import related_rows, version_rows
from backoffice.core.admin_bases.operations import (
    BulkOperation,
    Operation,
    bulk_view,
    operation_view,
)
from backoffice.core.admin_bases.restoring import (
    restorable_fields,
    restore_row_view,
    restore_view,
)
from backoffice.core.admin_bases.views import (
    save_view,
    saved_views_for,
    take_view_parameter,
    view_columns,
)
from backoffice.core.admin_shim import ModelAdmin, StackedInline, TabularInline
from backoffice.core.models import FieldHelp
from backoffice.core.texts import fold

HISTORY_PAGE = 50


class RollcallAdmin(ModelAdmin):
    """Base of all editable records.

    ``operations`` are shown as buttons above the form, ``bulk_operations`` as list actions. Set
    ``deletable`` only for records without legal weight.
    """

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True
    deletable = False
    # False where saving has rules of its own (states, approvals, versions): restoring a single field
    # writes the row directly and would pass them by.
    restorable = True
    # Fields of the export; empty: no export. The permission is ``export_<model>``.
    export_fields: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    bulk_operations: tuple[BulkOperation, ...] = ()
    change_form_template = "admin/rollcall_change_form.html"
    change_list_template = "admin/rollcall_change_list.html"
    object_history_template = "admin/rollcall_history.html"
    actions_on_top = True

    @property
    def url_base(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self):
        own = [
            path(
                "save-view/",
                self.admin_site.admin_view(partial(save_view, self)),
                name=f"{self.url_base}_save_view",
            ),
            path(
                "export/",
                self.admin_site.admin_view(partial(export_view, self)),
                name=f"{self.url_base}_export",
            ),
            path(
                "<path:object_id>/restore/<str:version>/<str:field>/",
                self.admin_site.admin_view(partial(restore_view, self)),
                name=f"{self.url_base}_restore",
            ),
            path(
                "<path:object_id>/restore-row/<str:label>/<str:version>/",
                self.admin_site.admin_view(partial(restore_row_view, self)),
                name=f"{self.url_base}_restore_row",
            ),
            path(
                "<path:object_id>/do/<slug:name>/",
                self.admin_site.admin_view(partial(operation_view, self)),
                name=f"{self.url_base}_do",
            ),
        ]
        return own + super().get_urls()

    def exported_rows(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        """Which rows of the list an export may hold; narrowed where some must not leave."""
        return rows

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return self.deletable and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest):
        actions = super().get_actions(request)
        if not self.deletable:
            actions.pop("delete_selected", None)
        for operation in self.bulk_operations:
            if request.user.has_perm(operation.permission):
                actions[operation.name] = (
                    _bulk_action(operation),
                    operation.name,
                    str(operation.label),
                )
        return actions

    def open_operations(self, request: HttpRequest, obj) -> list[tuple[Operation, str]]:
        """Operations that this user may do and that fit the record now, with their addresses."""
        return [
            (
                operation,
                reverse(
                    f"{self.admin_site.name}:{self.url_base}_do", args=[obj.pk, operation.name]
                ),
            )
            for operation in self.operations
            if request.user.has_perm(operation.permission) and operation.shown(obj)
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        obj = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if obj is not None:
            extra["open_operations"] = self.open_operations(request, obj)
        return super().change_view(request, object_id, form_url, extra)

    def changelist_view(self, request, extra_context=None):
        take_view_parameter(request)
        extra = {
            "saved_views": saved_views_for(request, self.model),
            "save_view_url": reverse(f"{self.admin_site.name}:{self.url_base}_save_view"),
            "export_url": (
                reverse(f"{self.admin_site.name}:{self.url_base}_export")
                if may_export(self, request)
                else ""
            ),
            **(extra_context or {}),
        }
        return super().changelist_view(request, extra)

    def get_search_results(self, request: HttpRequest, queryset, search_term):
        """Folded columns are compared with a folded term: "ZOË" and "zoe" find the same."""
        if any(str(name).endswith("_folded") for name in self.get_search_fields(request)):
            search_term = fold(search_term)
        return super().get_search_results(request, queryset, search_term)

    def get_list_display(self, request: HttpRequest):
        """The columns of the saved view that is open, if it names any."""
        own = super().get_list_display(request)
        chosen = view_columns(request, self.model)
        return [name for name in own if name in chosen] or own if chosen else own

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, URLField):
            kwargs.setdefault("assume_scheme", "https")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        texts = FieldHelp.objects.filter(
            model=self.opts.label_lower, language=get_language() or "en-gb"
        ).values_list("field", "text")
        for name, text in texts:
            if name in form.base_fields:
                form.base_fields[name].help_text = text
        return form

    def history_view(self, request, object_id, extra_context=None) -> HttpResponse:
        """Versions newest first, each as a list of changed fields with labels, who, when, why."""
        if getattr(self.model, "history", None) is None:
            return super().history_view(request, object_id, extra_context)
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        versions = self.model.history.filter(**{self.opts.pk.name: obj.pk}).select_related(
            "history_user"
        )
        page = Paginator(versions.order_by("-history_date", "-history_id"), HISTORY_PAGE).get_page(
            request.GET.get("p")
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(obj),
            "opts": self.opts,
            "original": obj,
            "object": obj,
            "page": page,
            "rows": version_rows(self.model, obj.pk, list(page.object_list)),
            "restorable": restorable_fields(self, request, obj),
            "related": related_rows(self, request, obj) if page.number == 1 else [],
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    def save_model(self, request, obj, form, change) -> None:
        if hasattr(obj, "history"):
            obj._history_user = request.user
        super().save_model(request, obj, form, change)
        # The reason sticks to the instance and would be written with the next save as well.
        if hasattr(obj, "_change_reason"):
            obj._change_reason = None


def _bulk_action(operation: BulkOperation):
    def act(model_admin, request, queryset):
        return bulk_view(model_admin, request, queryset, operation)

    act.__name__ = operation.name
    return act


class ReadOnlyAdmin(RollcallAdmin):
    """Records that only services write. Where a page of its own shows the matter, `folded_fields` is
    the title under which the plain fields are folded away."""

    folded_fields: str | Promise = ""

    def get_fieldsets(self, request: HttpRequest, obj=None):
        if not self.folded_fields:
            return super().get_fieldsets(request, obj)
        names = list(self.get_fields(request, obj))
        return [(self.folded_fields, {"fields": names, "classes": ["collapse"]})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


class _Labelled:
    """Inline fields get an accessible name: tabular rows have no label of their own."""

    extra = 0
    show_change_link = True

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None:
            inner = getattr(field.widget, "widget", field.widget)
            for widget in (field.widget, inner):
                widget.attrs.setdefault("aria-label", str(db_field.verbose_name))
        return field


class LabelledTabularInline(_Labelled, TabularInline):
    pass


class LabelledStackedInline(_Labelled, StackedInline):
    pass
