"""The import desk: upload, test, look at every row, apply the tested plan, take back."""

from __future__ import annotations

import csv

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import (
    Operation,
    OperationForm,
    ReadOnlyAdmin,
    StaffPage,
    staff_page,
)
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from backoffice.core.texts import harmless_cell
from contacts.enums import ImportState, RowOutcome
from contacts.imports.tabular import MAX_BYTES
from contacts.models import ImportRow, ImportRun, SavedMapping
from contacts.registry import IMPORT_KINDS
from contacts.services import import_desk
from contacts.services.undo import undo_import

SHOWN_ROWS = 100


class UploadForm(OperationForm):
    kind = forms.ChoiceField(label=_("Kind of file"))
    file = forms.FileField(label=_("File"), help_text=_("CSV, text, XLSX, also zipped."))
    blanks = forms.BooleanField(
        label=_("Empty cells empty the field"), required=False,
        help_text=_("Otherwise an empty cell says nothing. Only for columns that the file has."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs) -> None:
        self.base_fields["kind"].choices = [(name, kind.title) for name, kind in IMPORT_KINDS]  # type: ignore[attr-defined]
        super().__init__(*args, **kwargs)

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(mb)s MB.") % {"mb": MAX_BYTES // 1024 // 1024}
            )
        return file


def desk(request):
    """Upload form and the latest imports."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = import_desk.upload(
                kind=form.cleaned_data["kind"],
                content=file.read(),
                file_name=file.name,
                actor=Actor.user(request.user),
                on=today(),
                blanks=form.cleaned_data["blanks"],
            )
        except RollcallError as error:
            messages.error(request, str(error))
        else:
            if not run.mapping:
                return redirect("admin:import_columns", run.pk)
            return redirect("admin:contacts_importrun_change", run.pk)
    return staff_page(
        request,
        "contacts/import_desk.html",
        title=_t("Import desk"),
        context={"form": form, "runs": ImportRun.objects.select_related("requested_by")[:20]},
    )


IMPORT_DESK = StaffPage(
    "imports/", "import_desk", "contacts.add_importrun", desk, "data", _("Import desk"),
    "upload_file",
)  # fmt: skip


def columns(request, pk):
    """Which column means what; the file is tested with the answer."""
    run = get_object_or_404(ImportRun.objects.select_related("file"), pk=pk)
    kind = IMPORT_KINDS.get(run.kind)
    fields = sorted(set(kind.columns.values()))
    headers = run.dialect.get("columns", [])
    chosen = {name: run.mapping.get(name, "") for name in headers}
    if request.method == "POST":
        given = {name: request.POST.get(f"c{n}", "") for n, name in enumerate(headers)}
        chosen = {name: field for name, field in given.items() if field in fields}
        try:
            import_desk.name_columns(
                run=run, mapping=chosen, remember="remember" in request.POST,
                actor=Actor.user(request.user), on=today(),
            )  # fmt: skip
        except RollcallError as error:
            messages.error(request, str(error))
        else:
            return redirect("admin:contacts_importrun_change", run.pk)
    samples = import_desk.sample_of(run)
    rows = [
        (n, name, chosen.get(name, ""), samples.get(name, [])) for n, name in enumerate(headers)
    ]
    return staff_page(
        request,
        "contacts/import_columns.html",
        title=_t("Columns of the file"),
        context={"run": run, "rows": rows, "fields": fields, "required": sorted(kind.required)},
    )


IMPORT_COLUMNS = StaffPage(
    "imports/<uuid:pk>/columns/", "import_columns", "contacts.add_importrun", columns
)


def _apply(run, actor, data, request) -> str:
    import_desk.start_apply(run=run, actor=actor)
    return _t("The import runs in the background; this page shows its progress.")


def _asking(run: ImportRun) -> int:
    """How many rows of a tested file wait for an answer."""
    return run.rows.exclude(question="").count() if _may_apply(run) else 0


def _may_apply(run: ImportRun) -> bool:
    return run.state == ImportState.TESTED and bool(run.plan_sha256)


def _columns(run, actor, data, request) -> HttpResponse:
    return redirect("admin:import_columns", run.pk)


def _undo(run, actor, data, request) -> str:
    report = undo_import(run=run, actor=actor)
    return _t("%(removed)s removed, %(restored)s restored, %(kept)s stay because they were changed since.") % {
        "removed": report.removed, "restored": report.restored, "kept": len(report.kept),
    }  # fmt: skip


def _rejected(run, actor, data, request) -> HttpResponse:
    """The refused rows with their reasons, to be mended and imported again."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{run.pk}.csv"'
    rows = run.rows.filter(outcome__in=[RowOutcome.REJECTED, RowOutcome.DECISION])
    names: list[str] = []
    for row in rows:
        names += [key for key in row.cells if key not in names]
    writer = csv.writer(response)
    writer.writerow(["row", "reason", *map(harmless_cell, names)])
    for row in rows:
        cells = [row.cells.get(name, "") for name in names]
        writer.writerow([row.number, harmless_cell(row.reason), *map(harmless_cell, cells)])
    return response


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("kind", "state", "read", "created", "updated", "rejected", "created_at")
    list_filter = ("kind", "state")
    change_form_template = "contacts/import_page.html"
    fields = ("file_sha256", "plan_sha256", "requested_by", "finished_at", "undone_at",
              "journal_expires_on")  # fmt: skip
    operations = (
        Operation("apply", _("Apply the tested plan"), "contacts.add_importrun", _apply,
                  explain=_("Exactly what was tested is written; a row whose data changed since is refused."),
                  primary=True, shown=lambda run: _may_apply(run) and import_desk.work_on(run) is None),
        Operation("columns", _("Name the columns"), "contacts.add_importrun", _columns,
                  shown=lambda run: run.file_id and run.state in (ImportState.UPLOADED, ImportState.TESTED)),
        Operation("rejected", _("Download refused rows"), "contacts.add_importrun", _rejected,
                  shown=lambda run: bool(run.rejected)),
        Operation("undo", _("Take back"), "contacts.undo_importrun", _undo, danger=True,
                  explain=_("Rows nobody has touched since are removed or restored; the rest is listed."),
                  shown=lambda run: run.state in (ImportState.APPLYING, ImportState.APPLIED)),
    )  # fmt: skip

    def has_add_permission(self, request) -> bool:
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if run is not None:
            only = request.GET.get("only", "")
            rows = ImportRow.objects.filter(run=run)
            if only in RowOutcome.values:
                rows = rows.filter(outcome=only)
            extra |= {"rows": rows[:SHOWN_ROWS], "outcomes": RowOutcome.choices, "only": only,
                      "work": import_desk.work_on(run), "asking": _asking(run),
                      "shown_rows": SHOWN_ROWS}  # fmt: skip
        return super().change_view(request, object_id, form_url, extra)


@admin.register(SavedMapping)
class SavedMappingAdmin(ReadOnlyAdmin):
    deletable = True
    list_display = ("kind", "header_sha256")
