"""Series and the people in them in the admin."""

from __future__ import annotations

from django.contrib import admin

from backoffice.core.admin_bases import LabelledStackedInline, ReadOnlyAdmin, RollcallAdmin
from mailings.forms import StepForm
from mailings.models import Series, SeriesEntry, SeriesStep


class StepInline(LabelledStackedInline):
    model = SeriesStep
    form = StepForm


@admin.register(Series)
class SeriesAdmin(RollcallAdmin):
    restorable = False
    list_display = ("name", "entry", "exit", "mail_class", "active", "active_from")
    list_select_related = ("entry", "exit")
    inlines = (StepInline,)


@admin.register(SeriesEntry)
class SeriesEntryAdmin(ReadOnlyAdmin):
    list_display = ("series", "contact", "entered_on", "last_step", "ended_on", "end_reason")
    list_select_related = ("series", "contact")
    list_filter = ("series",)
