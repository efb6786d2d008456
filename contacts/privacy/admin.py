"""The removal desk."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import (
    Operation,
    ReadOnlyAdmin,
    RollcallAdmin,
    StaffPage,
    staff_page,
)
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from backoffice.core.services import documents
from contacts.privacy.admin_forms import (
    EvidenceForm,
    FindingForm,
    NewCaseForm,
    OutcomeForm,
    ReasonForm,
)
from contacts.privacy.deadlines import warning_level
from contacts.privacy.enums import CaseKind, CaseState, Channel, TaskState
from contacts.privacy.models import ErasureJournal, PlanItem, PrivacyCase, Processor, ProcessorTask
from contacts.privacy.services import answer, cases, execution, export, planning, processors

BAR = [state for state, _label in CaseState.choices]


def _ask(case, actor, data, request) -> str:
    cases.ask_identity(case=case, on=today(), actor=actor)
    return _t("The signed link is on its way to the address on file.")


def _review(case, actor, data, request) -> str:
    cases.review_without_link(case=case, actor=actor)
    return _t("The case is in review.")


def _plan(case, actor, data, request) -> str:
    planning.plan_case(case=case, on=today(), actor=actor)
    return _t("The plan is made; a second person approves it.")


def _approve(case, actor, data, request) -> str:
    planning.approve_case(case=case, actor=actor)
    return _t("The plan is approved as hashed.")


def _execute(case, actor, data, request) -> str:
    execution.execute_case(case=case, on=today(), actor=actor)
    if case.scan_findings:
        return _t("Executed. The scan found %(n)s places to look at.") % {
            "n": len(case.scan_findings)
        }
    return _t("Executed. The scan is clean.")


def _rescan(case, actor, data, request) -> str:
    found = execution.rescan(case=case, actor=actor)
    return _t("%(n)s places found.") % {"n": len(found)}


def _answer(case, actor, data, request) -> str:
    answer.answer_case(case=case, actor=actor)
    return _t("Certificate and answer are being made.")


def _export(case, actor, data, request) -> str:
    export.answer_access(case=case, on=today(), actor=actor)
    return _t("The export is stored; the person gets an expiring link.")


def _grant(case, actor, data, request) -> str:
    cases.grant_case(case=case, actor=actor)
    return _t("Granted; the answer is on its way.")


def _redact(case, actor, data, request) -> str:
    model, _sep, pk = data["finding"].partition("|")
    execution.redact_finding(case=case, model=model, pk=pk, actor=actor)
    return _t("Erased; %(n)s findings are left.") % {"n": len(case.scan_findings)}


def _close(case, actor, data, request) -> str:
    answer.close_case(case=case, actor=actor)
    return _t("The case is closed.")


def _close_early(case, actor, data, request) -> str:
    cases.close_early(case=case, outcome=data["outcome"], actor=actor)
    return _t("The case is closed.")


def _extend(case, actor, data, request) -> str:
    cases.extend(case=case, reason=data["reason"], on=today(), actor=actor)
    return _t("The time is extended; the person is told.")


def _certificate(case, actor, data, request) -> HttpResponse:
    return HttpResponse(
        documents.read_bytes(case.certificate), content_type=case.certificate.media_type,
        headers={"Content-Disposition": f'attachment; filename="{case.reference}.pdf"'},
    )  # fmt: skip


def _state(*states):
    return lambda case: case.state in states


S = CaseState
OPERATIONS = (
    Operation("identity", _("Ask for identity"), "privacy.plan_privacycase", _ask, primary=True,
              explain=_("A signed link goes to the address on file. Nothing is deleted without it."),
              shown=lambda c: c.state == S.RECEIVED and c.contact_id is not None),
    Operation("review", _("Review without identity"), "privacy.plan_privacycase", _review,
              shown=lambda c: c.state == S.RECEIVED
              and (c.contact_id is None or c.kind == CaseKind.OBJECTION)),
    Operation("plan", _("Make the plan"), "privacy.plan_privacycase", _plan, primary=True,
              explain=_("Per category: what is found, what happens, on which basis, kept until when."),
              shown=lambda c: c.state in (S.IN_REVIEW, S.PLANNED) and c.kind == CaseKind.REMOVAL),
    Operation("approve", _("Approve the plan"), "privacy.approve_privacycase", _approve,
              primary=True, shown=_state(S.PLANNED), reauthenticate=True,
              explain=_("A second person; the plan's hash is what will be executed.")),
    Operation("execute", _("Execute the plan"), "privacy.execute_privacycase", _execute,
              danger=True, shown=_state(S.APPROVED, S.EXECUTING), reauthenticate=True,
              explain=_("Erases exactly what the plan says. This cannot be taken back.")),
    Operation("rescan", _("Scan again"), "privacy.execute_privacycase", _rescan,
              shown=_state(S.PROPAGATING)),
    Operation("answer", _("Certificate and answer"), "privacy.execute_privacycase", _answer,
              primary=True, shown=_state(S.PROPAGATING)),
    Operation("export", _("Answer with an export"), "privacy.execute_privacycase", _export,
              primary=True,
              shown=lambda c: c.state == S.IN_REVIEW and c.kind == CaseKind.ACCESS),
    Operation("grant", _("Grant and answer"), "privacy.execute_privacycase", _grant, primary=True,
              explain=_("A rectification is made on the contact first."),
              shown=lambda c: c.state == S.IN_REVIEW and c.kind in cases.GRANTABLE),
    Operation("redact", _("Erase a finding"), "privacy.execute_privacycase", _redact,
              form=FindingForm, danger=True,
              shown=lambda c: c.state == S.PROPAGATING and bool(c.scan_findings)),
    Operation("certificate", _("Download certificate"), "privacy.view_privacycase", _certificate,
              shown=lambda c: c.certificate_id is not None and c.kind == CaseKind.REMOVAL),
    Operation("close", _("Close"), "privacy.execute_privacycase", _close, primary=True,
              shown=_state(S.ANSWERED)),
    Operation("extend", _("Extend the time"), "privacy.plan_privacycase", _extend, form=ReasonForm,
              shown=lambda c: c.state != S.CLOSED and c.extended_until is None),
    Operation("end", _("Close without execution"), "privacy.plan_privacycase", _close_early,
              form=OutcomeForm, danger=True,
              shown=_state(S.RECEIVED, S.IDENTITY_CHECK, S.IN_REVIEW, S.PLANNED)),
)  # fmt: skip


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
    exclude = ("source_key", "scan_findings", "certificate")
    change_form_template = "privacy/case_page.html"
    operations = OPERATIONS

    @display(description=_("state"), label={"closed": "success", "executing": "danger"})
    def shown_state(self, case):
        return case.state, case.get_state_display()

    @display(description=_("clock"))
    def clock(self, case) -> str:
        if case.state == CaseState.CLOSED:
            return "–"
        left = ((case.extended_until or case.due_on) - today()).days
        marks = "!" * warning_level(case.received_on, today())
        return _t("%(days)s days left %(marks)s") % {"days": left, "marks": marks}

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
                "tasks": case.tasks.select_related("processor"),
                "blocking": answer.blocking(case) if case.state == S.PROPAGATING else [],
                "left": ((case.extended_until or case.due_on) - today()).days,
            }
        return super().change_view(request, object_id, form_url, extra)


def _settle(task, actor, data, request) -> str:
    processors.settle_task(task=task, actor=actor, **data)
    return _t("The task is settled.")


@admin.register(ProcessorTask)
class ProcessorTaskAdmin(ReadOnlyAdmin):
    list_display = ("processor", "case", "state", "due_on", "evidence")
    list_select_related = ("processor", "case")
    list_filter = ("state", "processor")
    operations = (
        Operation("settle", _("Settle"), "privacy.change_processortask", _settle, form=EvidenceForm,
                  explain=lambda task: task.processor.checklist, primary=True,
                  shown=lambda task: task.state == TaskState.OPEN),
    )  # fmt: skip


@admin.register(Processor)
class ProcessorAdmin(RollcallAdmin):
    list_display = ("name", "purpose", "days", "active")


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
            case = cases.open_case(
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
