"""Meetings with agenda, notices and minutes; votes by show of names."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import LabelledTabularInline, ReadOnlyAdmin, RollcallAdmin
from governance import admin_record_operations
from governance.admin.lookups import lookups
from governance.enums import OpenVoteState
from governance.models import (
    AgendaItem,
    Meeting,
    MinutesObjection,
    NamedAnswer,
    NoticeSent,
    OpenVote,
)
from governance.services.minutes import approval


class AgendaInline(LabelledTabularInline):
    model = AgendaItem
    fields = ("position", "title", "proposed_by", "received_on")
    autocomplete_fields = lookups("proposed_by")
    raw_id_fields = ("proposed_by",)


@admin.register(Meeting)
class MeetingAdmin(RollcallAdmin):
    restorable = False
    list_display = ("title", "body", "kind", "starts_at", "state", "called_on")
    list_filter = ("kind", "state")
    search_fields = ("title",)
    inlines = (AgendaInline,)
    readonly_fields = ("state", "called_on", "minutes_sent_on", "dispatch_log", "minutes_state")
    operations = admin_record_operations.MEETING

    def get_readonly_fields(self, request: HttpRequest, obj: Meeting | None = None):
        """What the call has announced is changed by a new call only."""
        announced = obj is not None and obj.called_on is not None
        return (*self.readonly_fields, *(("body", "kind", "starts_at") if announced else ()))

    @admin.display(description=_("dispatch log"))
    def dispatch_log(self, obj: Meeting) -> str:
        if obj.called_on is None:
            return str(_("Not called yet."))
        address = reverse("admin:governance_noticesent_changelist")
        return format_html(
            '<a class="rc-readonly-link" href="{}?meeting__id__exact={}">{}</a>',
            address,
            obj.pk,
            _("To whom, on which day"),
        )

    @admin.display(description=_("minutes"))
    def minutes_state(self, obj: Meeting) -> str:
        found = approval(obj, on=dates.today())
        last_day = date_format(found.last_day) if found.last_day else ""
        words = {
            "draft": _("Not dispatched yet."),
            "open": _("Dispatched; objections until %(day)s.") % {"day": last_day},
            "objected": _("%(n)s objections are not settled.") % {"n": found.open_objections},
            "approved": _("Approved: no objection until %(day)s.") % {"day": last_day},
        }
        address = reverse("admin:governance_minutesobjection_changelist")
        return format_html(
            '{} <a class="rc-readonly-link" href="{}?minutes__meeting__id__exact={}">{}</a>',
            words[found.state], address, obj.pk, _("Objections"),
        )  # fmt: skip


@admin.register(NoticeSent)
class NoticeSentAdmin(ReadOnlyAdmin):
    """Evidence of dispatch, member by member."""

    list_display = ("organisation", "dispatched_on", "by_mail", "reason")
    list_filter = ("meeting", "reason")
    list_select_related = ("organisation", "meeting")
    search_fields = ("organisation__name_folded",)
    export_fields = (
        "meeting__title",
        "organisation__name",
        "dispatched_on",
        "delivery_ref",
        "reason",
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("by mail"), boolean=True)
    def by_mail(self, obj: NoticeSent) -> bool:
        return obj.delivery_ref is not None


@admin.register(MinutesObjection)
class MinutesObjectionAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "minutes", "received_on", "settled_on")
    list_filter = ("minutes__meeting",)
    list_select_related = ("organisation", "minutes__meeting")
    operations = admin_record_operations.OBJECTION

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


class AnswerInline(LabelledTabularInline):
    """Shown while the vote is recorded; a closed vote shows what was answered."""

    model = NamedAnswer
    fields = ("organisation", "answer")
    autocomplete_fields = lookups("organisation")
    raw_id_fields = ("organisation",)

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


@admin.register(OpenVote)
class OpenVoteAdmin(RollcallAdmin):
    restorable = False
    list_display = ("title", "held_on", "meeting", "fraction", "state", "outcome")
    list_filter = ("state",)
    search_fields = ("title",)
    autocomplete_fields = ("meeting",)
    readonly_fields = ("state", "outcome")
    inlines = (AnswerInline,)
    operations = admin_record_operations.OPEN_VOTE

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        still_open = obj is None or obj.state == OpenVoteState.OPEN
        return still_open and super().has_change_permission(request, obj)

    @admin.display(description=_("result"))
    def outcome(self, obj: OpenVote) -> str:
        if not obj.report:
            return str(_("Everybody can see how each member votes."))
        totals = obj.report["stages"][0]["totals"]
        numbers = ", ".join(f"{name} {total}" for name, total in totals.items())
        verdict = _("Passed") if obj.report["passed"] else _("Not passed")
        return f"{verdict}: {numbers}"
