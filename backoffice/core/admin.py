"""Kernel records in the admin: logins, groups, issuer, jobs, audit, documents, help texts."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import (
    LabelledTabularInline,
    Operation,
    ReadOnlyAdmin,
    RollcallAdmin,
)
from backoffice.core.admin_shim import (
    AdminPasswordChangeForm,
    ChoicesDropdownFilter,
    UserChangeForm,
    UserCreationForm,
    display,
)
from backoffice.core.enums import JobState, StorageState
from backoffice.core.models import (
    AuditAnchor,
    AuditEvent,
    BankAccount,
    FieldHelp,
    Issuer,
    JobRun,
    NumberSeries,
    SavedView,
    ScheduleMark,
    StoredDocument,
    User,
)
from backoffice.core.services import audit, documents, jobs

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, RollcallAdmin):  # type: ignore[misc]
    pass


@admin.register(User)
class UserAdmin(DjangoUserAdmin, RollcallAdmin):  # type: ignore[misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    filter_horizontal = ("groups",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "language", "password")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2", "is_staff")}),)

    def get_readonly_fields(self, request, obj=None):
        own = super().get_readonly_fields(request, obj)
        # Only a superuser makes one, so that a group right cannot be turned into all rights.
        return own if request.user.is_superuser else (*own, "is_superuser")


class BankAccountInline(LabelledTabularInline):
    model = BankAccount


@admin.register(Issuer)
class IssuerAdmin(RollcallAdmin):
    list_display = ("legal_name", "valid_from", "city", "country", "currency")
    inlines = (BankAccountInline,)
    fieldsets = (
        (None, {"fields": (("legal_name", "short_name"), "valid_from")}),
        (_("Address"), {"fields": ("street", ("post_code", "city"), ("state_code", "country"))}),
        (_("Registers"), {"fields": ("register_entry", ("tax_number", "vat_id"))}),
        (
            _("Contact"),
            {"fields": (("email", "billing_email"), ("privacy_email", "phone"), "website",
                        "privacy_notice_url")},
        ),
        (_("Documents"), {"fields": (("page_size", "currency"),)}),
    )  # fmt: skip


def _retry(job, actor, data, request) -> str:
    with transaction.atomic():
        jobs.retry(job)
        audit.record("jobs", "retry", actor=actor, subject=job, facts={"job": job.name})
    return _("The job is queued again.")  # type: ignore[return-value]


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    list_display = ("name", "shown_state", "progress", "attempt", "created_at", "finished_at")
    list_filter = (("state", ChoicesDropdownFilter), "name")
    readonly_fields = [field.name for field in JobRun._meta.fields]
    operations = (
        Operation(
            "retry",
            _("Run again"),
            "core.retry_jobrun",
            _retry,
            explain=_("The job starts from the beginning; what it has done already stays done."),
            shown=lambda job: job.state == JobState.FAILED,
        ),
    )

    @display(
        description=_("state"),
        label={"done": "success", "failed": "danger", "running": "info", "queued": "warning"},
    )
    def shown_state(self, job: JobRun):
        return job.state, job.get_state_display()

    @display(description=_("progress"))
    def progress(self, job: JobRun) -> str:
        if job.share is not None:
            return f"{job.share} % ({job.done}/{job.total})"
        return str(job.done) if job.done else "–"


def _verify(event, actor, data, request) -> str:
    faults = list(audit.verify_stream(event.stream))
    if faults:
        first = faults[0]
        return _("Entry %(number)s: %(problem)s") % {
            "number": first.sequence,
            "problem": first.problem,
        }
    return _("The chain is whole.")  # type: ignore[return-value]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("stream", "sequence", "at", "actor", "action", "subject")
    list_filter = ("action",)
    search_fields = ("stream", "subject", "action")
    readonly_fields = [field.name for field in AuditEvent._meta.fields]
    operations = (
        Operation("verify", _("Verify this chain"), "core.view_auditevent", _verify,
                  explain=_("Recomputes every hash of this chain from its first entry.")),
    )  # fmt: skip


@admin.register(AuditAnchor)
class AuditAnchorAdmin(ReadOnlyAdmin):
    list_display = ("day", "digest", "created_at")
    readonly_fields = ("day", "heads", "digest", "created_at")


def _download(document, actor, data, request) -> HttpResponse:
    if not documents.may_open(request.user, document.kind):
        raise PermissionDenied
    content = documents.read_bytes(document)
    audit.record(
        "documents", "download", actor=actor, subject=document, facts={"kind": document.kind}
    )
    return HttpResponse(
        content,
        content_type=document.media_type,
        headers={"Content-Disposition": f'attachment; filename="{document.pk}"'},
    )


@admin.register(StoredDocument)
class StoredDocumentAdmin(ReadOnlyAdmin):
    """Each kind of document opens with a permission of the app that made it."""

    list_display = ("file_name", "kind", "state", "size", "created_at")
    list_filter = ("kind", ("state", ChoicesDropdownFilter))
    readonly_fields = [field.name for field in StoredDocument._meta.fields]
    operations = (
        Operation(
            "download",
            _("Download"),
            "core.view_storeddocument",
            _download,
            explain=_("The download is recorded in the audit log."),
            shown=lambda document: document.state == StorageState.STORED,
        ),
    )

    def get_queryset(self, request):
        kinds = documents.kinds_open_to(request.user)
        return super().get_queryset(request).filter(kind__in=kinds)


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    list_display = ("key", "last")


@admin.register(ScheduleMark)
class ScheduleMarkAdmin(ReadOnlyAdmin):
    list_display = ("name", "due_at", "last_started_at")


@admin.register(FieldHelp)
class FieldHelpAdmin(RollcallAdmin):
    deletable = True
    list_display = ("model", "field", "language", "text")


@admin.register(SavedView)
class SavedViewAdmin(RollcallAdmin):
    """Own views; shared ones can be seen by all and changed by their owner."""

    deletable = True
    list_display = ("name", "model", "owner", "shared")
    exclude = ("owner",)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(owner=request.user)

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.owner = request.user
        super().save_model(request, obj, form, change)
