"""Topics, segments, mailings and series in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import (
    LabelledStackedInline,
    Operation,
    ReadOnlyAdmin,
    RollcallAdmin,
)
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from mailings.enums import MailingState
from mailings.forms import StartForm, TestSendForm
from mailings.models import (
    ConsentRecord,
    Mailing,
    Segment,
    Series,
    SeriesEntry,
    SeriesStep,
    Subscription,
    Topic,
)
from mailings.services import follow_ups, sending
from mailings.services.testing import send_test

EDITABLE = (MailingState.DRAFT, MailingState.APPROVED)
ENDED = (MailingState.FINISHED, MailingState.CANCELLED)


@admin.register(Topic)
class TopicAdmin(RollcallAdmin):
    restorable = False
    list_display = ("name", "code", "mail_class", "legal_basis", "frequency", "public", "active")
    list_filter = ("public", "active")
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "code", "description", "frequency", "position", "active")}),
        (_("Rules"), {"fields": ("mail_class", "legal_basis", "public", "feed_url")}),
        (_("Wording of the consent"), {"fields": ("wording", "wording_version")}),
        (_("German"), {"fields": ("name_de", "description_de", "frequency_de", "wording_de")}),
    )


@admin.register(Segment)
class SegmentAdmin(RollcallAdmin):
    """Adding and changing open the builder."""

    restorable = False
    list_display = ("name", "version", "created_at")
    search_fields = ("name",)

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:segment_new"))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:segment_builder", args=[object_id]))


def _start(mailing: Mailing, actor, data, request) -> str:
    sending.start_mailing(
        mailing=mailing,
        actor=actor,
        at=dates.now(),
        on=dates.today(),
        acknowledged=data.get("unreached") or 0,
    )
    return _t("Started. Rows are planned in the background, then they leave.")


def _approve(mailing: Mailing, actor, data, request) -> str:
    sending.approve_mailing(mailing=mailing, actor=actor)
    return _t("Approved.")


def _pause(mailing: Mailing, actor, data, request) -> str:
    sending.pause_mailing(mailing=mailing, actor=actor, at=dates.now())
    return _t("Paused before the next hand-over.")


def _resume(mailing: Mailing, actor, data, request) -> str:
    sending.resume_mailing(mailing=mailing, actor=actor, at=dates.now())
    return _t("It goes on with what has not left.")


def _cancel(mailing: Mailing, actor, data, request) -> str:
    sending.cancel_mailing(mailing=mailing, actor=actor, at=dates.now())
    return _t("Cancelled. The report lists who got it.")


def _test(mailing: Mailing, actor, data, request) -> str:
    send_test(mailing=mailing, address=data["address"], language=data["language"], actor=actor)
    return _t("The test is on its way.")


def _missing(mailing: Mailing, actor, data, request) -> HttpResponseRedirect:
    draft = follow_ups.draft_for_missing(mailing=mailing, actor=actor)
    return HttpResponseRedirect(reverse("admin:mailings_mailing_change", args=[draft.pk]))


def _correction(mailing: Mailing, actor, data, request) -> HttpResponseRedirect:
    draft = follow_ups.draft_correction(mailing=mailing, actor=actor)
    return HttpResponseRedirect(reverse("admin:mailings_mailing_change", args=[draft.pk]))


def _in(*states: str):
    return lambda mailing: mailing.state in states


@admin.register(Mailing)
class MailingAdmin(RollcallAdmin):
    restorable = False
    list_display = (
        "name",
        "state_label",
        "mail_class",
        "topic",
        "segment",
        "planned",
        "started_at",
    )
    list_filter = (("state", ChoicesDropdownFilter), ("mail_class", ChoicesDropdownFilter))
    search_fields = ("name", "subject")
    change_form_template = "admin/mailings/mailing_form.html"
    fieldsets = (
        (None, {"fields": ("name", "mail_class", "topic", "segment", "exclude", "scheduled_for")}),
        (_("Text"), {"fields": ("subject", "body", "reply_to")}),
        (_("German"), {"fields": ("subject_de", "body_de")}),
    )
    operations = (
        Operation("test", _("Send a test"), "mailings.change_mailing", _test, form=TestSendForm,
                  explain=_("The subject is marked, the links do nothing, and it counts nowhere.")),
        Operation("approve", _("Approve"), "mailings.approve_mailing", _approve,
                  shown=_in(MailingState.DRAFT),
                  explain=_("You have read text and audience of somebody else's mailing.")),
        Operation("start", _("Start"), "mailings.send_mailing", _start, primary=True,
                  shown=_in(*EDITABLE), reauthenticate=True, form=StartForm,
                  explain=_("Text and audience are frozen now. Nothing leaves before every row is "
                            "planned.")),
        Operation("pause", _("Pause"), "mailings.send_mailing", _pause,
                  shown=_in(MailingState.SENDING, MailingState.PLANNING)),
        Operation("resume", _("Go on"), "mailings.send_mailing", _resume, primary=True,
                  shown=_in(MailingState.PAUSED)),
        Operation("missing", _("To the missing"), "mailings.add_mailing", _missing, shown=_in(*ENDED),
                  explain=_("Makes a draft with the same text to everybody who did not get it.")),
        Operation("correction", _("Correction"), "mailings.add_mailing", _correction,
                  shown=_in(*ENDED),
                  explain=_("Makes a draft to exactly those who got it, for a corrected text.")),
        Operation("cancel", _("Cancel"), "mailings.send_mailing", _cancel, danger=True,
                  shown=_in(*EDITABLE, MailingState.SENDING, MailingState.PAUSED),
                  explain=_("What has not left is not sent. This cannot be taken back.")),
    )  # fmt: skip

    @display(
        description=_("state"),
        ordering="state",
        label={
            "finished": "success",
            "sending": "info",
            "planning": "info",
            "paused": "warning",
            "cancelled": "danger",
        },
    )
    def state_label(self, mailing: Mailing) -> tuple[str, str]:
        return mailing.state, mailing.get_state_display()

    def has_change_permission(self, request: HttpRequest, obj: Mailing | None = None) -> bool:
        if obj is not None and obj.state not in EDITABLE:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.created_by = request.user
        elif form.changed_data:
            # A changed text or audience needs a new approval.
            obj.state, obj.approved_by, obj.version = MailingState.DRAFT, None, obj.version + 1
        super().save_model(request, obj, form, change)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("address", "topic", "state", "requested_at", "confirmed_at", "ended_at")
    list_filter = (("state", ChoicesDropdownFilter), "topic")
    search_fields = ("address",)


@admin.register(ConsentRecord)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("subscription", "act", "at", "wording_version", "source", "actor")
    list_filter = (("act", ChoicesDropdownFilter),)


class StepInline(LabelledStackedInline):
    model = SeriesStep


@admin.register(Series)
class SeriesAdmin(RollcallAdmin):
    restorable = False
    list_display = ("name", "entry", "mail_class", "active", "active_from")
    inlines = (StepInline,)


@admin.register(SeriesEntry)
class SeriesEntryAdmin(ReadOnlyAdmin):
    list_display = ("series", "contact", "entered_on", "last_step", "ended_on", "end_reason")
