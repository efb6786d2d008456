"""Exports on django-import-export: permission, stated purpose, chosen columns, audit, streamed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from tempfile import TemporaryFile
from typing import IO, cast

from django import forms
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import models, transaction
from django.db.models import Q
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases.dated import day_of_list
from backoffice.core.admin_bases.export_rows import export_resource, label_of
from backoffice.core.admin_bases.forms import styled
from backoffice.core.models import SavedView
from backoffice.core.services import audit

# Sets of columns are saved views of a list of their own.
SETS = "#export"
XLSX_ROWS = 100_000
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    columns = forms.MultipleChoiceField(label=_("Columns"), widget=forms.CheckboxSelectMultiple)
    save_as = forms.CharField(
        label=_("Keep this set of columns as"), max_length=80, required=False,
        help_text=_("A set of the same name is replaced."),
    )  # fmt: skip
    shared = forms.BooleanField(label=_("Shared with all staff"), required=False)


def may_export(model_admin, request: HttpRequest) -> bool:
    meta = model_admin.opts
    return bool(model_admin.export_fields) and request.user.has_perm(
        f"{meta.app_label}.export_{meta.model_name}"
    )


def _form(model_admin, request: HttpRequest, sets: list[SavedView]) -> ExportForm:
    chosen = request.GET.get("set", "")
    known = next((view for view in sets if str(view.pk) == chosen), None)
    columns = [
        name for name in (known.columns if known else []) if name in model_admin.export_fields
    ]
    form = ExportForm(
        request.POST or None, initial={"columns": columns or list(model_admin.export_fields)}
    )
    field = cast(forms.MultipleChoiceField, form.fields["columns"])
    field.choices = [(n, label_of(model_admin.model, n)) for n in model_admin.export_fields]
    return styled(form)


def column_sets(model_admin, request: HttpRequest) -> list[SavedView]:
    """The person's own sets of columns for this export and the shared ones."""
    own = Q(owner=request.user) | Q(shared=True)
    return list(SavedView.objects.filter(own, model=f"{model_admin.opts.label_lower}{SETS}"))


def export_view(model_admin, request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a file; the act is in the audit log without any of its values."""
    if not may_export(model_admin, request):
        raise PermissionDenied
    meta = model_admin.opts
    sets = column_sets(model_admin, request)
    form = _form(model_admin, request, sets)
    day = _day(request)
    rows = model_admin.get_changelist_instance(_without_set(request)).get_queryset(request)
    rows = model_admin.exported_rows(request, rows)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        count = rows.count()
        if data["file_format"] == "xlsx" and count > XLSX_ROWS:
            form.add_error("file_format", _("More than %(n)s rows: take CSV.") % {"n": XLSX_ROWS})
        else:
            names = [name for name in model_admin.export_fields if name in data["columns"]]
            _record(model_admin, request, data, count, names, day)
            return _file(model_admin, rows, data["file_format"], names, day)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Export"), "opts": meta, "form": form, "count": rows.count(), "sets": sets,
        "day": day,
        "back": reverse(f"{model_admin.admin_site.name}:{model_admin.url_base}_changelist"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/export.html", context)


def _day(request: HttpRequest) -> date | None:
    """The day of the list that is exported; what is no day was refused by the list itself."""
    try:
        return day_of_list(request)
    except ValueError as error:
        raise SuspiciousOperation("no day") from error


def _without_set(request: HttpRequest) -> HttpRequest:
    """The list refuses parameters it does not know."""
    query = request.GET.copy()
    query.pop("set", None)
    request.GET = query  # type: ignore[assignment]
    return request


def _record(
    model_admin, request: HttpRequest, data: dict, count: int, names: list[str], day: date | None
) -> None:
    with transaction.atomic():
        audit.record(
            "exports", "export", actor=Actor.user(request.user),  # type: ignore[arg-type]
            facts={"model": model_admin.opts.label_lower, "rows": count, "purpose": data["purpose"],
                   "recipient": data["recipient"], "format": data["file_format"],
                   "columns": names, **({"as_of": day} if day else {})},
        )  # fmt: skip
        if data["save_as"]:
            SavedView.objects.update_or_create(
                owner_id=request.user.pk, model=f"{model_admin.opts.label_lower}{SETS}",
                name=data["save_as"], defaults={"columns": names, "shared": data["shared"]},
            )  # fmt: skip


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(lines: Iterable[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for line in lines:
        yield writer.writerow(line)


def _file(
    model_admin, rows: models.QuerySet, file_format: str, names: list[str], day: date | None
) -> HttpResponseBase:
    """CSV goes out row by row; a workbook is written row by row into a file that is then sent."""
    name = f"{model_admin.opts.model_name}{f'-{day}' if day else ''}.{file_format}"
    lines = export_resource(model_admin.model, names).lines(rows)
    if file_format == "csv":
        return StreamingHttpResponse(
            _csv(lines), content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip
    return FileResponse(_workbook(lines), as_attachment=True, filename=name, content_type=XLSX_TYPE)


def _workbook(lines: Iterable[list[str]]) -> IO[bytes]:
    # Loaded with the first workbook: it is a good part of the memory of a worker.
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in lines:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in line])
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file
