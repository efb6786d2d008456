"""Organisations, repositories and tags in the admin."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import (
    DatedListMixin,
    LabelledTabularInline,
    RollcallAdmin,
)
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from contacts.admin import bulk, organisation_acts
from contacts.admin.organisation_filters import (
    MemberTypeFilter,
    StandingFilter,
    shown_day,
    standing_counts,
)
from contacts.admin.organisation_page import page_context
from contacts.models import (
    Identifier,
    Membership,
    Organisation,
    OrganisationAddress,
    OtherName,
    Repository,
    Tag,
)
from contacts.structure import makes_a_circle


class OrganisationForm(forms.ModelForm):
    """An organisation is not part of itself or of what is part of it."""

    def clean_parent(self):
        parent = self.cleaned_data["parent"]
        if parent is not None and self.instance.pk and makes_a_circle(self.instance, parent):
            raise forms.ValidationError(
                _("This organisation stands below; that would be a circle.")
            )
        return parent


class OtherNameInline(LabelledTabularInline):
    model = OtherName
    tab = True


class IdentifierInline(LabelledTabularInline):
    model = Identifier
    tab = True


class AddressInline(LabelledTabularInline):
    model = OrganisationAddress
    tab = True


@admin.register(Organisation)
class OrganisationAdmin(DatedListMixin, RollcallAdmin):
    list_display = ("name", "country", "organisation_type", "member_type", "symbol")
    list_filter = (
        StandingFilter,
        MemberTypeFilter,
        ("region", ChoicesDropdownFilter),
        ("organisation_type", ChoicesDropdownFilter),
        "for_profit",
    )
    search_fields = ("name_folded",)
    export_fields = ("name", "display_name", "country", "region", "organisation_type",
                     "focus_area", "for_profit", "website", "membership_type", "standing",
                     "archived_on")  # fmt: skip
    autocomplete_fields = ("parent", "tags")
    readonly_fields = ("source", "created_at", "archived_on", "merged_into")
    form = OrganisationForm
    inlines = (IdentifierInline, OtherNameInline, AddressInline)
    operations = organisation_acts.OPERATIONS
    bulk_operations = bulk.ORGANISATIONS
    change_form_template = "contacts/organisation_page.html"
    fieldsets = (
        (None, {"fields": (("name", "display_name"), ("country", "organisation_type"),
                           ("focus_area", "for_profit"), ("website", "group_email"), "parent",
                           "tags", "description")}),
        (_("Billing"), {"fields": (("annual_revenue", "doi_estimate"),
                                   ("business_status", "business_evidence_on"),
                                   ("language", "purchase_order_needed"))}),
        (_("Record"), {"fields": (("source", "created_at"), ("archived_on", "merged_into"))}),
    )  # fmt: skip

    def get_queryset(self, request):
        # The column is computed on the instance alone; the day is in what is fetched.
        on_day = Membership.objects.open(on=shown_day(request)).select_related("member_type")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(
                "identifiers", Prefetch("memberships", queryset=on_day, to_attr="on_day")
            )
        )

    def as_of_rows(self, rows, day):
        """Organisations are not dated; their member type, standing and counts are."""
        return rows

    def day_counts(self, request, rows, day):
        return standing_counts(request, day)

    def exported_rows(self, request, rows):
        return rows.with_standing(on=shown_day(request))

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset, False
        return queryset.filter(
            pk__in=Organisation.objects.matching(search_term).values("pk")
        ), False

    @display(description=_("member type"))
    def member_type(self, organisation) -> str:
        return str(organisation.on_day[0].member_type) if organisation.on_day else "–"

    @display(description=_("symbol"))
    def symbol(self, organisation) -> str:
        return next((i.value for i in organisation.identifiers.all() if i.kind == "symbol"), "–")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        organisation = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if organisation is not None:
            extra |= page_context(request, organisation)
        return super().change_view(request, object_id, form_url, extra)


@admin.register(Repository)
class RepositoryAdmin(RollcallAdmin):
    list_display = ("symbol", "name", "organisation", "client_type", "active")
    list_filter = ("active", "client_type")
    list_select_related = ("organisation",)
    search_fields = ("symbol", "name_folded")
    autocomplete_fields = ("organisation",)

    def get_readonly_fields(self, request, obj=None):
        """The holder changes by the dated act, never in the form."""
        return ("organisation",) if obj is not None else ()


@admin.register(Tag)
class TagAdmin(RollcallAdmin):
    deletable = True
    list_display = ("name",)
    search_fields = ("name",)
