"""Memberships, suspensions, links and applications."""

from __future__ import annotations

from django.contrib import admin

from backoffice.core.admin_bases import ReadOnlyAdmin, RollcallAdmin
from contacts.models import Membership, MembershipApplication, OrganisationLink, Suspension


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


@admin.register(MembershipApplication)
class MembershipApplicationAdmin(RollcallAdmin):
    restorable = False
    list_display = ("organisation_name", "country", "member_type", "state", "applied_at")
    list_select_related = ("member_type",)
    list_filter = ("state", "member_type")
    search_fields = ("organisation_name",)
    readonly_fields = ("state", "applied_at", "decided_by", "decided_on", "signed_on", "signed_by",
                       "countersigned_on", "agreement_sha256", "agreement_version",
                       "agreement_file", "organisation", "refusal_reason")  # fmt: skip
    autocomplete_fields = ("lead",)
