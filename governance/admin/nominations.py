"""Nominations: entered by staff for the slate, or come in through the call."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import LabelledTabularInline, RollcallAdmin
from governance import admin_record_operations
from governance.admin.lookups import lookups
from governance.models import Nomination, Supporter


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
    readonly_fields = ("state", "reason", "proposed_by", "picture")
    exclude = ("given_name", "family_name", "address")
    inlines = (SupporterInline,)
    operations = admin_record_operations.NOMINATION

    @admin.display(description=_("photo"))
    def picture(self, obj: Nomination) -> str:
        if obj.photo is None:
            return str(_("None."))
        address = reverse("admin:candidate_photo", args=[obj.pk])
        return format_html('<img src="{}" width="120" height="120" alt="">', address)
