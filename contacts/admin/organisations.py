"""The organisation page: staff's home."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import (
    LabelledTabularInline,
    Operation,
    RollcallAdmin,
)
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.core.dates import today
from contacts.admin import forms
from contacts.board import cells_of
from contacts.models import (
    Identifier,
    Organisation,
    OrganisationAddress,
    OtherName,
    Repository,
    RoleType,
    Tag,
)
from contacts.queries import standing_on
from contacts.registry import HEAD_FACTS, ORGANISATION_TABS, RECEIVES
from contacts.services import duties, membership, records
from contacts.timeline import timeline

KINDS = (
    ("mail", _("Mail")), ("money", _("Money")), ("duty", _("Duties")),
    ("membership", _("Membership")), ("vote", _("Votes")), ("note", _("Notes")),
    ("task", _("Tasks")), ("change", _("Changes")), ("privacy", _("Privacy")),
)  # fmt: skip


class OtherNameInline(LabelledTabularInline):
    model = OtherName
    tab = True


class IdentifierInline(LabelledTabularInline):
    model = Identifier
    tab = True


class AddressInline(LabelledTabularInline):
    model = OrganisationAddress
    tab = True


def _note(organisation, actor, data, request) -> str:
    records.add_note(text=data["text"], organisation=organisation, actor=actor)
    return _t("The note is on the timeline.")


def _assign(organisation, actor, data, request) -> str:
    duties.assign_duty(organisation=organisation, actor=actor, source="staff", **data)
    return _t("The duty is given.")


def _start(organisation, actor, data, request) -> str:
    membership.start_membership(organisation=organisation, actor=actor, **data)
    return _t("The membership has started.")


def _move(organisation, actor, data, request) -> str:
    membership.move_member(organisation=organisation, actor=actor, **data)
    return _t("The member has moved.")


def _suspend(organisation, actor, data, request) -> str:
    membership.suspend(organisation=organisation, actor=actor, **data)
    return _t("The member is suspended.")


def _reinstate(organisation, actor, data, request) -> str:
    membership.reinstate(organisation=organisation, actor=actor, **data)
    return _t("The suspension is lifted.")


def _resign(organisation, actor, data, request) -> str:
    period = membership.resign(organisation=organisation, actor=actor, **data)
    return _t("The membership ends; the first day without it is %(day)s.") % {
        "day": period.valid_until
    }


def _end(organisation, actor, data, request) -> str:
    membership.end_membership(organisation=organisation, actor=actor, **data)
    return _t("The membership ends.")


def _code(organisation) -> str:
    return standing_on(organisation, on=today()).code


OPERATIONS = (
    Operation("note", _("Add a note"), "contacts.add_note", _note, form=forms.NoteForm),
    Operation("duty", _("Give a duty"), "contacts.add_roleassignment", _assign, form=forms.DutyForm,
              explain=_("The old holder gets an end date when the duty is taken over."), primary=True),
    Operation("start", _("Start membership"), "contacts.add_membership", _start,
              form=forms.StartForm, shown=lambda o: _code(o) in ("none", "ended")),
    Operation("move", _("Move"), "contacts.move_organisation", _move, form=forms.MoveForm,
              explain=_("One dated act: old link and period end, the new ones start that day."),
              shown=lambda o: _code(o) in ("good", "suspended")),
    Operation("suspend", _("Suspend"), "contacts.suspend_membership", _suspend,
              form=forms.SuspendForm, danger=True, shown=lambda o: _code(o) == "good"),
    Operation("reinstate", _("Lift suspension"), "contacts.suspend_membership", _reinstate,
              form=forms.DayForm, shown=lambda o: _code(o) == "suspended"),
    Operation("resign", _("Notice received"), "contacts.end_membership", _resign,
              form=forms.NoticeForm, shown=lambda o: _code(o) in ("good", "suspended"),
              explain=_("The end follows from the agency's notice rule.")),
    Operation("end", _("End membership"), "contacts.end_membership", _end, form=forms.EndForm,
              danger=True, reauthenticate=True,
              shown=lambda o: _code(o) in ("good", "suspended")),
)  # fmt: skip


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
    inlines = (IdentifierInline, OtherNameInline, AddressInline)
    operations = OPERATIONS
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


def page_context(request, organisation: Organisation) -> dict:
    """Head, duty cells and timeline of the page."""
    day = today()
    roles = list(RoleType.objects.all())
    facts = [fact for _name, source in HEAD_FACTS for fact in source(organisation.pk, day)]
    kinds = [kind for kind in request.GET.getlist("kind") if kind in dict(KINDS)]
    tabs = [
        {"title": tab.title, "template": tab.template, **tab.context(organisation.pk, day)}
        for _name, tab in ORGANISATION_TABS
        if request.user.has_perm(tab.permission)
    ]
    cells = cells_of([organisation.pk], roles, on=day)[organisation.pk]
    return {
        "standing": standing_on(organisation, on=day),
        "facts": facts,
        "cells": [
            (cell, [s for _n, receives in RECEIVES for s in receives(cell.role_code, "en-gb")])
            for cell in cells
        ],
        "timeline": timeline(request.user, organisation_id=organisation.pk, kinds=kinds),
        "kinds": KINDS,
        "chosen_kinds": kinds,
        "tabs": tabs,
        "below": organisation.led_links.open(on=day).select_related("organisation")[:100],
        "leads": organisation.lead_links.open(on=day).select_related("lead"),
        "repositories": organisation.repositories.all()[:50],
        "open_tasks": organisation.followups.filter(done_at__isnull=True),
    }


@admin.register(Repository)
class RepositoryAdmin(RollcallAdmin):
    list_display = ("symbol", "name", "organisation", "client_type", "active")
    list_filter = ("active", "client_type")
    list_select_related = ("organisation",)
    search_fields = ("symbol", "name_folded")
    autocomplete_fields = ("organisation",)


@admin.register(Tag)
class TagAdmin(RollcallAdmin):
    deletable = True
    list_display = ("name",)
    search_fields = ("name",)
