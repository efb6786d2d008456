"""Bodies with their seats, and terms: begun and ended by operations, never overwritten."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import LabelledTabularInline, ReadOnlyAdmin, RollcallAdmin
from governance import admin_record_operations
from governance.models import Body, Seat, Term


class SeatInline(LabelledTabularInline):
    model = Seat
    fields = ("position", "code", "label", "seat_class", "ex_officio")


@admin.register(Body)
class BodyAdmin(RollcallAdmin):
    list_display = ("name", "who_sits", "kind", "term_years", "terms_in_row")
    search_fields = ("name", "code")
    inlines = (SeatInline,)
    operations = admin_record_operations.BODY

    @admin.display(description=_("who sits"))
    def who_sits(self, obj: Body) -> str:
        address = reverse("admin:body_page", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open board"))


@admin.register(Term)
class TermAdmin(ReadOnlyAdmin):
    """Begun on the page of the body, ended here; a mistake is ended and begun anew."""

    list_display = ("seat", "contact", "organisation", "valid_from", "valid_until", "origin")
    list_filter = ("seat__body", "origin")
    list_select_related = ("seat__body", "contact", "organisation")
    operations = admin_record_operations.TERM
