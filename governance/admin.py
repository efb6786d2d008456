"""Governance in the admin. What is fixed is shown, not edited; each step is one operation."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import (
    LabelledStackedInline,
    LabelledTabularInline,
    ReadOnlyAdmin,
    RollcallAdmin,
)
from contacts.models import Contact, Organisation
from governance import admin_operations, admin_record_operations
from governance.enums import ElectionState, OpenVoteState
from governance.models import (
    AgendaItem,
    Body,
    Contest,
    Election,
    Meeting,
    NamedAnswer,
    Nomination,
    OpenVote,
    Option,
    RollCorrection,
    RollEntry,
    Seat,
    Supporter,
    Teller,
    Term,
)


def lookups(*names: str) -> tuple[str, ...]:
    """Those of ``names`` whose records have a page of their own to search in."""
    wanted = {"organisation": Organisation, "proposed_by": Organisation, "contact": Contact}
    return tuple(name for name in names if admin.site.is_registered(wanted[name]))


def in_draft(obj) -> bool:
    """Whether the election behind a record is still a draft."""
    election = obj if isinstance(obj, Election) else getattr(obj, "election", None)
    return election is None or election.state == ElectionState.DRAFT


class DraftOnly:
    """Records of an election that nobody edits once the definition is fixed."""

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return (obj is None or in_draft(obj)) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, *above) -> bool:
        # A page of its own passes nothing, an inline the record it stands below.
        allowed = super().has_add_permission(request, *above)  # type: ignore[misc]
        return all(obj is None or in_draft(obj) for obj in above) and allowed

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return obj is not None and in_draft(obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]


class ContestInline(DraftOnly, LabelledTabularInline):
    model = Contest
    fields = ("position", "code", "title", "rule", "seats", "seat_class")


class TellerInline(LabelledTabularInline):
    model = Teller
    autocomplete_fields = ("user",)


@admin.register(Election)
class ElectionAdmin(DraftOnly, RollcallAdmin):
    restorable = False
    list_display = ("title", "desk", "state", "kind", "opens_at", "closes_at")
    list_filter = ("state", "kind")
    search_fields = ("title", "slug")
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("body", "meeting", "previous")
    inlines = (ContestInline, TellerInline)
    operations = admin_operations.ALL
    fieldsets = (
        (None, {"fields": ("title", "title_de", "slug", "kind", "body", "meeting", "previous")}),
        (
            _("Times"),
            {
                "fields": (
                    "nominations_until",
                    "record_date",
                    "opens_at",
                    "closes_at",
                    "objection_days",
                )
            },
        ),
        (
            _("Secrecy"),
            {"fields": ("class_rule", "codes", "publication", "proxy", "threshold", "shares")},
        ),
    )

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj is not None and not in_draft(obj) else self.prepopulated_fields

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @admin.display(description=_("desk"))
    def desk(self, obj: Election) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:election_desk", args=[obj.pk]), _("Open desk")
        )


class OptionInline(LabelledStackedInline):
    model = Option
    fields = ("position", "code", "name", "name_de", "organisation", "contact", "statement")
    autocomplete_fields = lookups("organisation", "contact")
    raw_id_fields = ("organisation", "contact")


@admin.register(Contest)
class ContestAdmin(DraftOnly, RollcallAdmin):
    restorable = False
    list_display = ("title", "election", "rule", "seats")
    search_fields = ("title", "election__title")
    autocomplete_fields = ("election",)
    inlines = (OptionInline,)

    def get_inlines(self, request, obj):
        return self.inlines if obj is not None else ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(RollEntry)
class RollEntryAdmin(ReadOnlyAdmin):
    """The committee's view: everything but the means to vote."""

    list_display = ("organisation", "included", "reason", "box", "voted", "channel", "unreachable")
    list_filter = ("included", "reason", "box", "voted", "channel")
    search_fields = ("organisation__name_folded",)
    list_select_related = ("organisation",)
    fields = (
        "election", "organisation", "contact", "member_type", "box", "included", "reason",
        "unreachable", "channel", "voted",
    )  # fmt: skip

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).order_by("-unreachable", "organisation__name")


@admin.register(RollCorrection)
class RollCorrectionAdmin(ReadOnlyAdmin):
    list_display = ("election", "organisation", "kind", "reason", "state", "proposed_by")
    list_filter = ("state", "kind")
    list_select_related = ("election", "organisation", "proposed_by")
    bulk_operations = admin_record_operations.CORRECTIONS
    operations = admin_record_operations.CORRECTION


class SeatInline(LabelledTabularInline):
    model = Seat
    fields = ("position", "code", "label", "seat_class", "ex_officio")


@admin.register(Body)
class BodyAdmin(RollcallAdmin):
    list_display = ("name", "kind", "term_years", "terms_in_row")
    search_fields = ("name", "code")
    inlines = (SeatInline,)


@admin.register(Term)
class TermAdmin(RollcallAdmin):
    restorable = False
    list_display = ("seat", "contact", "organisation", "valid_from", "valid_until", "origin")
    list_filter = ("seat__body", "origin")
    list_select_related = ("seat__body", "contact", "organisation")
    autocomplete_fields = (*lookups("contact", "organisation"), "election")
    raw_id_fields = ("contact", "organisation")
    operations = admin_record_operations.TERM


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
    readonly_fields = ("state", "called_on")
    operations = admin_record_operations.MEETING


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


class SupporterInline(LabelledTabularInline):
    model = Supporter
    autocomplete_fields = lookups("organisation")
    raw_id_fields = ("organisation",)


@admin.register(Nomination)
class NominationAdmin(RollcallAdmin):
    restorable = False
    list_display = ("__str__", "contest", "organisation", "origin", "state", "received_on")
    list_filter = ("state", "origin")
    list_select_related = ("contest", "organisation", "contact")
    autocomplete_fields = ("contest", *lookups("contact", "organisation"))
    raw_id_fields = ("contact", "organisation")
    readonly_fields = ("state", "reason")
    inlines = (SupporterInline,)
    operations = admin_record_operations.NOMINATION
