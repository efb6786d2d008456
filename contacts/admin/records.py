"""Notes, tasks, possible duplicates."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, RollcallAdmin
from contacts.models import DuplicatePair, FollowUp, Note
from contacts.services import records


def _done(task, actor, data, request) -> str:
    records.finish_follow_up(task=task, actor=actor)
    return _t("The task is done.")


@admin.register(FollowUp)
class FollowUpAdmin(RollcallAdmin):
    list_display = ("title", "organisation", "contact", "due_on", "assigned_to", "done_at")
    list_select_related = ("organisation", "contact", "assigned_to")
    list_filter = (("done_at", admin.EmptyFieldListFilter), "code")
    autocomplete_fields = ("organisation", "contact")
    readonly_fields = ("code", "about", "done_at", "done_by", "created_by")
    operations = (
        Operation("done", _("Mark as done"), "contacts.change_followup", _done, primary=True,
                  shown=lambda task: task.done_at is None),
    )  # fmt: skip

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "organisation", "contact", "created_by", "created_at")
    list_select_related = ("organisation", "contact", "created_by")


@admin.register(DuplicatePair)
class DuplicatePairAdmin(ReadOnlyAdmin):
    list_display = ("kind", "left_id", "right_id", "score", "state", "found_on")
    list_filter = ("kind", "state")
