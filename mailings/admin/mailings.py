"""Segments and mailings in the admin."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, RollcallAdmin
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.core.errors import InvalidTransition
from mailings.enums import MailingState
from mailings.forms import FilesForm, MailingForm, StartForm, TestSendForm
from mailings.models import Mailing, Segment
from mailings.services import attachments, follow_ups, holding, sending
from mailings.services.drafting import EDITABLE, save_draft
from mailings.services.testing import send_test

ENDED = (MailingState.FINISHED, MailingState.CANCELLED)


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
        override=data.get("doctor") or "",
        everybody=bool(data.get("everybody")),
    )
    if mailing.state == MailingState.SCHEDULED:
        return _t("Scheduled. The text is frozen; the audience is made when the time comes.")
    return _t("Started. Rows are planned in the background, then they leave.")


def _approve(mailing: Mailing, actor, data, request) -> str:
    sending.approve_mailing(mailing=mailing, actor=actor)
    return _t("Approved.")


def _take_back(mailing: Mailing, actor, data, request) -> str:
    sending.take_back(mailing=mailing, actor=actor)
    return _t("It is a draft again.")


def _pause(mailing: Mailing, actor, data, request) -> str:
    holding.pause_mailing(mailing=mailing, actor=actor, at=dates.now())
    return _t("Paused before the next hand-over.")


def _resume(mailing: Mailing, actor, data, request) -> str:
    holding.resume_mailing(mailing=mailing, actor=actor, at=dates.now())
    return _t("It goes on with what has not left.")


def _cancel(mailing: Mailing, actor, data, request) -> str:
    holding.cancel_mailing(mailing=mailing, actor=actor, at=dates.now())
    return _t("Cancelled. The report lists who got it.")


def _test(mailing: Mailing, actor, data, request) -> str:
    send_test(mailing=mailing, address=data["address"], language=data["language"], actor=actor)
    return _t("The test is on its way.")


def _files(mailing: Mailing, actor, data, request) -> str:
    upload = data["archive"]
    rows = attachments.add_files(
        mailing=mailing, uploads=[(upload.name, upload.read())], actor=actor
    )
    return _t("%(n)s files are attached.") % {"n": len(rows)}


def _no_files(mailing: Mailing, actor, data, request) -> str:
    count = attachments.remove_files(mailing=mailing, actor=actor)
    return _t("%(n)s files were taken off.") % {"n": count}


def _missing(mailing: Mailing, actor, data, request) -> HttpResponseRedirect:
    draft = follow_ups.draft_for_missing(mailing=mailing, actor=actor)
    return HttpResponseRedirect(reverse("admin:mailings_mailing_change", args=[draft.pk]))


def _correction(mailing: Mailing, actor, data, request) -> HttpResponseRedirect:
    draft = follow_ups.draft_correction(mailing=mailing, actor=actor)
    return HttpResponseRedirect(reverse("admin:mailings_mailing_change", args=[draft.pk]))


def _in(*states: str):
    return lambda mailing: mailing.state in states


def _stands_still(mailing: Mailing) -> bool:
    return mailing.state == MailingState.PAUSED or bool(holding.held_back(mailing))


def _what_resuming_means(mailing: Mailing) -> str:
    why = holding.held_back(mailing)
    if not why:
        return ""
    return _t("It paused itself: %(why)s. If you let it go on, these count as seen.") % {"why": why}


@admin.register(Mailing)
class MailingAdmin(RollcallAdmin):
    restorable = False
    form = MailingForm
    list_display = (
        "name",
        "state_label",
        "mail_class",
        "topic",
        "segment",
        "scheduled_for",
        "planned",
        "started_at",
    )
    list_filter = (("state", ChoicesDropdownFilter), ("mail_class", ChoicesDropdownFilter))
    list_select_related = ("topic", "segment")
    search_fields = ("name", "subject")
    change_form_template = "admin/mailings/mailing_form.html"
    fieldsets = (
        (None, {"fields": ("name", "mail_class", "topic", "segment", "exclude", "scheduled_for",
                           "seen_version")}),
        (_("Text"), {"fields": ("subject", "body", "reply_to", "in_archive")}),
        (_("German"), {"fields": ("subject_de", "body_de")}),
    )  # fmt: skip
    operations = (
        Operation("test", _("Send a test"), "mailings.change_mailing", _test, form=TestSendForm,
                  explain=_("The subject is marked, the links do nothing, and it counts nowhere.")),
        Operation("files", _("Attach files"), "mailings.change_mailing", _files, form=FilesForm,
                  shown=_in(MailingState.DRAFT),
                  explain=_("Each organisation's people in the audience get the file of their "
                            "organisation, one mail per organisation.")),
        Operation("no_files", _("Take the files off"), "mailings.change_mailing", _no_files,
                  shown=lambda m: m.state == MailingState.DRAFT and m.files.exists()),
        Operation("approve", _("Approve"), "mailings.approve_mailing", _approve,
                  shown=_in(MailingState.DRAFT),
                  explain=_("You have read text and audience of somebody else's mailing.")),
        Operation("start", _("Start"), "mailings.send_mailing", _start, primary=True,
                  shown=_in(*EDITABLE), reauthenticate=True, form=StartForm,
                  explain=_("Text and audience are frozen now. Nothing leaves before every row is "
                            "planned.")),
        Operation("take_back", _("Take back"), "mailings.send_mailing", _take_back,
                  shown=_in(MailingState.SCHEDULED),
                  explain=_("The mailing becomes a draft again and needs a new approval.")),
        Operation("pause", _("Pause"), "mailings.send_mailing", _pause,
                  shown=_in(MailingState.SENDING)),
        Operation("resume", _("Go on"), "mailings.send_mailing", _resume, primary=True,
                  shown=_stands_still, explain=_what_resuming_means),
        Operation("missing", _("To the missing"), "mailings.add_mailing", _missing, shown=_in(*ENDED),
                  explain=_("Makes a draft with the same text to everybody who did not get it.")),
        Operation("correction", _("Correction"), "mailings.add_mailing", _correction,
                  shown=_in(*ENDED),
                  explain=_("Makes a draft to exactly those who got it, for a corrected text.")),
        Operation("cancel", _("Cancel"), "mailings.send_mailing", _cancel, danger=True,
                  shown=_in(*EDITABLE, MailingState.SCHEDULED, MailingState.PLANNING,
                            MailingState.SENDING, MailingState.PAUSED),
                  explain=_("What has not left is not sent. This cannot be taken back.")),
    )  # fmt: skip

    @display(
        description=_("state"),
        ordering="state",
        label={
            "finished": "success",
            "sending": "info",
            "planning": "info",
            "scheduled": "info",
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

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and obj.follow_kind:
            # The audience of a follow-up is that of the first mailing.
            for name in ("topic", "segment", "exclude"):
                if name in form.base_fields:
                    form.base_fields[name].disabled = True
        return form

    def render_change_form(self, request, context, *args, **kwargs):
        mailing = context.get("original")
        if mailing is not None:
            context["files"] = list(mailing.files.select_related("organisation"))
            context["held_back"] = holding.held_back(mailing)
        return super().render_change_form(request, context, *args, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except InvalidTransition as error:
            # Started, or saved by somebody else, at this very moment.
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request, obj, form, change) -> None:
        actor = Actor.user(request.user)
        if change:
            fields = [name for name in form.changed_data if name != "seen_version"]
            version = form.cleaned_data.get("seen_version") or obj.version
            save_draft(mailing=obj, fields=fields, version=version, actor=actor)
            return
        obj.created_by = obj.edited_by = request.user
        super().save_model(request, obj, form, change)
