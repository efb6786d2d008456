"""Exports on django-import-export: permission, stated purpose, audit, harmless cells, streamed CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export.resources import ModelResource
from tablib import Dataset

from backoffice.core.actor import Actor
from backoffice.core.admin_bases.forms import styled
from backoffice.core.services import audit
from backoffice.core.texts import harmless_cell

XLSX_ROWS = 20_000


class ExportForm(forms.Form):
    """Why and for whom is kept as a code: the audit log holds no free text."""

    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=[
            ("members_administration", _("Administration of members")),
            ("assembly", _("Assembly and elections")),
            ("audit", _("Audit")),
            ("reporting", _("Reporting")),
            ("move", _("Move to another system")),
        ],
    )
    recipient = forms.ChoiceField(
        label=_("Recipient"),
        choices=[
            ("staff", _("Own staff")),
            ("board", _("Board")),
            ("auditor", _("Auditor")),
            ("processor", _("Processor under contract")),
        ],
    )
    file_format = forms.ChoiceField(label=_("Format"), choices=[("csv", "CSV"), ("xlsx", "XLSX")])


def may_export(model_admin, request: HttpRequest) -> bool:
    meta = model_admin.opts
    return bool(model_admin.export_fields) and request.user.has_perm(
        f"{meta.app_label}.export_{meta.model_name}"
    )


class _Echo:
    def write(self, value: str) -> str:
        return value


def _lines(rows, names: tuple[str, ...]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(names)
    for row in rows.values_list(*names).iterator(chunk_size=2000):
        yield writer.writerow([harmless_cell(value) for value in row])


def export_view(model_admin, request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a file; the act is in the audit log without any of its values."""
    if not may_export(model_admin, request):
        raise PermissionDenied
    meta = model_admin.opts
    form = styled(ExportForm(request.POST or None))
    listed = model_admin.get_changelist_instance(request).get_queryset(request)
    rows = model_admin.exported_rows(listed)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        count = rows.count()
        if data["file_format"] == "xlsx" and count > XLSX_ROWS:
            form.add_error("file_format", _("More than %(n)s rows: take CSV.") % {"n": XLSX_ROWS})
        else:
            audit.record(
                "exports", "export", actor=Actor.user(request.user),
                facts={"model": meta.label_lower, "rows": count, "purpose": data["purpose"],
                       "recipient": data["recipient"], "format": data["file_format"]},
            )  # fmt: skip
            return _file(model_admin, rows, data["file_format"])
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Export"), "opts": meta, "form": form, "count": rows.count(),
        "names": model_admin.export_fields,
        "back": reverse(f"{model_admin.admin_site.name}:{model_admin.url_base}_changelist"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/export.html", context)


def _file(model_admin, rows, file_format: str) -> HttpResponseBase:
    name = f"{model_admin.opts.model_name}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    fields = tuple(model_admin.export_fields)
    rows = rows.order_by("pk").prefetch_related(None).select_related(None)
    if file_format == "csv":
        return StreamingHttpResponse(
            _lines(rows, fields), content_type="text/csv; charset=utf-8", headers=headers
        )
    # The package and numpy behind it take 40 MB, which a worker that only sends mail need not hold.
    from import_export.formats.base_formats import XLSX

    meta = type("Meta", (), {"model": model_admin.model, "fields": fields})
    resource = type("ListResource", (ModelResource,), {"Meta": meta})()
    plain = resource.export(rows)
    data = Dataset(*[[harmless_cell(cell) for cell in row] for row in plain], headers=plain.headers)
    return HttpResponse(
        XLSX().export_data(data),
        content_type=XLSX.CONTENT_TYPE, headers=headers,
    )  # fmt: skip
