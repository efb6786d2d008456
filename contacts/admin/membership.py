"""Memberships, suspensions and links."""

from __future__ import annotations

from django.contrib import admin

from backoffice.core.admin_bases import DatedListMixin, ReadOnlyAdmin
from contacts.models import Membership, MembershipAct, OrganisationLink, Suspension


@admin.register(Membership)
class MembershipAdmin(DatedListMixin, ReadOnlyAdmin):
    """Periods change by acts on the organisation page."""

    list_display = ("organisation", "member_type", "valid_from", "last_day", "end_reason")
    list_select_related = ("organisation", "member_type")
    list_filter = ("member_type", "end_reason")
    search_fields = ("organisation__name_folded",)
    count_by = ("member_type__label", "member_type__id__exact", "member_type_id")
    export_fields = ("organisation__name", "organisation__country", "member_type__label",
                     "valid_from", "valid_until", "end_reason")  # fmt: skip


@admin.register(Suspension)
class SuspensionAdmin(DatedListMixin, ReadOnlyAdmin):
    list_display = ("organisation", "reason", "valid_from", "last_day")
    list_select_related = ("organisation",)
    list_filter = ("reason",)
    count_by = ("reason", "reason__exact", "reason")


@admin.register(OrganisationLink)
class OrganisationLinkAdmin(DatedListMixin, ReadOnlyAdmin):
    list_display = ("organisation", "kind", "lead", "valid_from", "last_day")
    list_select_related = ("organisation", "lead")
    list_filter = ("kind",)
    search_fields = ("organisation__name_folded", "lead__name_folded")
    count_by = ("lead__name", "lead__id__exact", "lead_id")


@admin.register(MembershipAct)
class MembershipActAdmin(ReadOnlyAdmin):
    """The register of legal acts; nothing in it changes."""

    list_display = ("organisation", "kind", "decided_on", "effective_on", "acted_by", "created_at")
    list_select_related = ("organisation", "acted_by")
    list_filter = ("kind",)
    search_fields = ("organisation__name_folded",)
