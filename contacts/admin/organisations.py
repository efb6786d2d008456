"""Organisations, repositories and tags in the admin."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import LabelledTabularInline, RollcallAdmin
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.core.dates import today
from contacts.admin import bulk, organisation_acts
from contacts.admin.organisation_page import page_context
from contacts.models import (
    Identifier,
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
class OrganisationAdmin(RollcallAdmin):
    list_display = ("name", "country", "organisation_type", "member_type", "symbol")
    list_filter = (
        ("region", ChoicesDropdownFilter),
        ("organisation_type", ChoicesDropdownFilter),
        "for_profit",
    )
    search_fields = ("name_folded",)
    export_fields = ("name", "display_name", "country", "region", "organisation_type",
                     "focus_area", "for_profit", "website", "archived_on")  # fmt: skip
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
        return (
            super()
            .get_queryset(request)
            .prefetch_related("identifiers", "memberships__member_type")
        )

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset, False
        return queryset.filter(
            pk__in=Organisation.objects.matching(search_term).values("pk")
        ), False

    @display(description=_("member type"))
    def member_type(self, organisation) -> str:
        day = today()
        for period in organisation.memberships.all():
            if period.valid_from <= day and (not period.valid_until or period.valid_until > day):
                return str(period.member_type)
        return "–"

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
