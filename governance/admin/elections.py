"""Elections, contests, roll. What is fixed is shown, not edited; each step is one operation."""

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
from governance import admin_operations, admin_record_operations
from governance.admin.drafts import DraftOnly, in_draft
from governance.admin.lookups import lookups
from governance.models import Contest, Election, Option, RollCorrection, RollEntry, Teller


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
