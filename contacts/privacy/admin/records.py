"""The record of processing activities: versions, download, a new one when something changed."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin
from backoffice.core.dates import today
from backoffice.core.services import documents
from contacts.privacy.models import ProcessingRecord
from contacts.privacy.services.processing_record import make_record


def _download(which: str):
    def run(record, actor, data, request) -> HttpResponse:
        document = getattr(record, which)
        return HttpResponse(
            documents.read_bytes(document), content_type=document.media_type,
            headers={"Content-Disposition": f'attachment; filename="{document.file_name}"'},
        )  # fmt: skip

    return run


@admin.register(ProcessingRecord)
class ProcessingRecordAdmin(ReadOnlyAdmin):
    list_display = ("version", "made_on", "content_sha256")
    fields = ("version", "made_on", "content_sha256")
    change_list_template = "privacy/records.html"
    operations = tuple(
        Operation(which, label, "privacy.view_processingrecord", _download(which))
        for which, label in (
            ("english", _("Download in English")), ("german", _("Download in German")),
            ("data", _("Download as JSON")),
        )
    )  # fmt: skip

    def get_urls(self):
        view = require_POST(self.admin_site.admin_view(self.look_again))
        return [path("again/", view, name="privacy_record_again"), *super().get_urls()]

    def look_again(self, request: HttpRequest) -> HttpResponse:
        """Makes a new version when what the record says has changed."""
        if not request.user.has_perm("privacy.add_processingrecord"):
            return HttpResponse(status=403)
        before = ProcessingRecord.objects.count()
        record = make_record(on=today(), actor=Actor.user(request.user))
        if ProcessingRecord.objects.count() > before:
            messages.success(request, _t("Version %(v)s is made.") % {"v": record.version})
        else:
            messages.info(request, _t("Nothing has changed since version %(v)s.")
                          % {"v": record.version})  # fmt: skip
        return HttpResponseRedirect(reverse("admin:privacy_processingrecord_changelist"))
