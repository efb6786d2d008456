"""Memberships, suspensions and links."""

from __future__ import annotations

from django.contrib import admin

from backoffice.core.admin_bases import ReadOnlyAdmin
from contacts.models import Membership, MembershipAct, OrganisationLink, Suspension


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Periods change by acts on the organisation page."""

    list_display = ("organisation", "member_type", "valid_from", "valid_until", "end_reason")
    list_select_related = ("organisation", "member_type")
    list_filter = ("member_type", "end_reason")
    search_fields = ("organisation__name_folded",)


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "reason", "valid_from", "valid_until")
    list_select_related = ("organisation",)
    list_filter = ("reason",)


@admin.register(OrganisationLink)
class OrganisationLinkAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "kind", "lead", "valid_from", "valid_until")
    list_select_related = ("organisation", "lead")
    list_filter = ("kind",)


@admin.register(MembershipAct)
class MembershipActAdmin(ReadOnlyAdmin):
    """The register of legal acts; nothing in it changes."""

    list_display = ("organisation", "kind", "decided_on", "effective_on", "acted_by", "created_at")
    list_select_related = ("organisation", "acted_by")
    list_filter = ("kind",)
    search_fields = ("organisation__name_folded",)
