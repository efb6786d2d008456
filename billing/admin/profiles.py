"""Billing profiles and the dunning ladder."""

from __future__ import annotations

from django.contrib import admin

from backoffice.core.admin_bases import RollcallAdmin
from billing.models import BillingProfile, DunningStep


@admin.register(BillingProfile)
class BillingProfileAdmin(RollcallAdmin):
    list_display = ("organisation", "order_reference", "order_valid_for", "buyer_reference",
                    "document_form", "copy_deputies")  # fmt: skip
    list_select_related = ("organisation",)
    autocomplete_fields = ("organisation",)
    search_fields = ("organisation__name_folded", "order_reference")


@admin.register(DunningStep)
class DunningStepAdmin(RollcallAdmin):
    list_display = ("ladder", "position", "days_after_due", "act", "subject", "active")
    readonly_fields = ("ladder", "position")
