"""The removal desk."""

from __future__ import annotations

from datetime import date

from django.contrib import admin
from django.db.models import F
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import ReadOnlyAdmin, StaffPage, staff_page
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from contacts.privacy import words
from contacts.privacy.admin.acts import OPERATIONS
from contacts.privacy.admin.forms import NewCaseForm
from contacts.privacy.deadlines import due_if_paused, warning_level
from contacts.privacy.enums import CaseKind, CaseState, Channel
from contacts.privacy.models import AccessExport, ErasureJournal, PlanItem, PrivacyCase
from contacts.privacy.services import answer, holds, opening, organisation_path, tickets, triage

TONES = dict.fromkeys(CaseState.values, "info") | {
    "closed": "success", "executing": "danger", "received": "warning",
}  # fmt: skip
# By how many of the warnings have been reached; 0 is a case without a clock.
CLOCK_TONES = {1: "info", 2: "warning", 3: "warning", 4: "danger"}
BAR = [state for state, _label in CaseState.choices]
S = CaseState


class OpenFilter(admin.SimpleListFilter):
    title = _("open")
    parameter_name = "open"

    def lookups(self, request, model_admin):
        return [("1", _("Open cases"))]

    def queryset(self, request, queryset):
        return queryset.exclude(state=CaseState.CLOSED) if self.value() else queryset


@admin.register(PrivacyCase)
class PrivacyCaseAdmin(ReadOnlyAdmin):
    list_display = ("reference", "kind", "shown_state", "received_on", "due_on", "clock", "channel")
    list_filter = (OpenFilter, ("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter))
    search_fields = ("reference",)
    # Open ones by their day, then the closed.
    ordering = (F("closed_at").asc(nulls_first=True), Coalesce("extended_until", "due_on"), "id")
    # The head of the page says the rest.
    fields = ("address", "language", "identity_asked_on", "identity_confirmed_at",
              "extension_reason", "restriction_ends_on", "plan_sha256", "planned_by", "approved_by",
              "approved_at", "executed_at", "scanned_at", "answered_at", "closed_at")  # fmt: skip
    change_form_template = "privacy/case_page.html"
    operations = OPERATIONS

    @display(description=_("state"), label=TONES)
    def shown_state(self, case):
        return case.state, case.get_state_display()

    @display(description=_("clock"), label=CLOCK_TONES)
    def clock(self, case) -> tuple[int, str]:
        if case.state == CaseState.CLOSED:
            return 0, "–"
        left = days_left(case)
        if left < 0:
            words = ngettext("%(days)s day late", "%(days)s days late", -left) % {"days": -left}
        else:
            words = ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}
        return max(1, warning_level(case.received_on, today())), words

    def change_view(self, request, object_id, form_url="", extra_context=None):
        case = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if case is not None:
            extra |= {
                "bar": [
                    (label, BAR.index(state) < BAR.index(case.state), state == case.state)
                    for state, label in CaseState.choices
                ],
                "plan": PlanItem.objects.filter(case=case),
                "decisions": case.decisions.all(),
                "findings": [(words.place(hit), hit.get("why", "")) for hit in case.scan_findings],
                "tasks": case.tasks.select_related("processor"),
                "blocking": answer.blocking(case) if case.state == S.PROPAGATING else [],
                "hand_over": organisation_path.hand_over_tasks(case),
                "shared": bool(case.address) and organisation_path.looks_shared(case.address),
                "ticket_link": tickets.ticket_link(case.ticket),
                "hold": holds.hold_on_person(case.contact, on=today()),
                "mail": triage.mail_of(case),
                "review_export": case.kind == CaseKind.ACCESS and case.state == S.IN_REVIEW,
                "handed_out": AccessExport.objects.filter(case=case).first(),
                "left": days_left(case),
                "late": -days_left(case),
                "due_if_paused": _due_if_paused(case),
            }
        return super().change_view(request, object_id, form_url, extra)


def days_left(case: PrivacyCase) -> int:
    """Until the last day for the answer; negative when it is over."""
    return ((case.extended_until or case.due_on) - today()).days


def _due_if_paused(case: PrivacyCase) -> date | None:
    """The other date, once somebody has waited for proof of identity for a day or more."""
    if case.identity_asked_on is None:
        return None
    until = (
        timezone.localdate(case.identity_confirmed_at) if case.identity_confirmed_at else today()
    )
    waited = (until - case.identity_asked_on).days
    if waited < 1:
        return None
    return due_if_paused(
        case.received_on, waited_days=waited, months=3 if case.extended_until else 1
    )


@admin.register(ErasureJournal)
class ErasureJournalAdmin(ReadOnlyAdmin):
    list_display = ("case_reference", "executed_at")
    fields = ("case_reference", "executed_at")


def new_case(request):
    """A request that came by phone or post."""
    form = NewCaseForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            case = opening.open_case(
                channel=Channel.STAFF, actor=Actor.user(request.user), **form.cleaned_data
            )
            return redirect("admin:privacy_privacycase_change", case.pk)
        except RollcallError as error:
            problem = str(error)
    return staff_page(request, "contacts/new_contact.html", title=_t("New privacy case"),
                      context={"form": form, "problem": problem})  # fmt: skip


NEW_CASE = StaffPage(
    "privacy/new/", "privacy_new", "privacy.add_privacycase", new_case, "privacy", _("New case"),
    "add_circle",
)  # fmt: skip
