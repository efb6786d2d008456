"""The acts of the removal desk: each calls one service and says what came of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import Operation
from backoffice.core.dates import today
from backoffice.core.services import documents
from backoffice.core.services.jobs import is_waiting
from contacts.privacy.admin.forms import (
    DecisionForm,
    EndForm,
    FindingForm,
    GroundForm,
    OutcomeForm,
    ReasonForm,
    RectifyForm,
)
from contacts.privacy.enums import CaseKind, CaseState
from contacts.privacy.services import (
    answer,
    cases,
    execution,
    findings,
    granting,
    organisation_path,
    planning,
    triage,
)


def _ask(case, actor, data, request) -> str:
    cases.ask_identity(case=case, on=today(), actor=actor)
    return _t("The signed link is on its way to the address on file.")


def _review(case, actor, data, request) -> str:
    cases.review_without_link(case=case, actor=actor)
    return _t("The case is in review.")


def _organisation(case, actor, data, request) -> str:
    organisation_path.hand_to_organisation(case=case, on=today(), actor=actor)
    return _t("A task waits at every organisation concerned; the sender is told.")


def _handed_over(case, actor, data, request) -> str:
    organisation_path.finish_organisation_path(case=case, actor=actor)
    return _t("Handed over; the answer is on its way.")


def _read(case, actor, data, request) -> str:
    triage.note_read(case=case, actor=actor)
    return _t("Noted as read.")


def _plan(case, actor, data, request) -> str:
    planning.plan_case(case=case, on=today(), actor=actor, ground=data["ground"])
    return _t("The plan is made; a second person approves it.")


def _decide(case, actor, data, request) -> str:
    planning.decide_item(case=case, on=today(), actor=actor, **data)
    return _t("Decided; the plan is made again.")


def _approve(case, actor, data, request) -> str:
    planning.approve_case(case=case, actor=actor)
    return _t("The plan is approved as hashed.")


def _execute(case, actor, data, request) -> str:
    execution.start_execution(case=case, on=today(), actor=actor)
    return _t("The execution has started; the scan follows.")


def _rescan(case, actor, data, request) -> str:
    found = findings.rescan(case=case, actor=actor)
    return _t("%(n)s places found.") % {"n": len(found)}


def _answer(case, actor, data, request) -> str:
    answer.answer_case(case=case, actor=actor)
    return _t("Certificate and answer are being made.")


def _rectify(case, actor, data, request) -> str:
    redact = data.pop("redact")
    granting.rectify(case=case, values=data, redact=redact, actor=actor)
    return _t("Corrected; grant the case to answer it.")


def _announce(case, actor, data, request) -> str:
    granting.announce_end(case=case, ends_on=data["ends_on"], on=today(), actor=actor)
    return _t("The person is told.")


def _lift(case, actor, data, request) -> str:
    granting.lift_restriction(case=case, on=today(), actor=actor)
    return _t("The data may be used again.")


def _grant(case, actor, data, request) -> str:
    granting.grant_case(case=case, actor=actor)
    return _t("Granted; the answer is on its way.")


def _settle_finding(case, actor, data, request) -> str:
    model, field, pk = data["finding"].split("|", 2)
    what = {"case": case, "model": model, "field": field, "pk": pk, "actor": actor}
    if data["way"] == "erase":
        findings.redact_finding(**what)
    elif data["way"] == "reword":
        findings.reword_finding(**what, words=data["text"])
    else:
        findings.justify_finding(**what, reason=data["text"])
    left = len(findings.open_findings(case))
    return _t("Settled; %(n)s findings are left.") % {"n": left}


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


def _may_execute(case) -> bool:
    """Approved, or left half-way by a worker that died."""
    if case.state == S.EXECUTING:
        return not is_waiting(execution.EXECUTE_JOB, case.pk)
    return case.state == S.APPROVED


GRANT_WORDS = {
    CaseKind.OBJECTION: _("All optional mail to every address of the person stops."),
    CaseKind.RESTRICTION: _("The contact is neither mailed, exported nor matched any more; processors "
                            "are told by tasks."),
    CaseKind.RECTIFICATION: _("The correction is made first; processors are told by tasks."),
}  # fmt: skip
S = CaseState
OPERATIONS = (
    Operation("identity", _("Ask for identity"), "privacy.plan_privacycase", _ask, primary=True,
              explain=_("A signed link goes to the address on file. Nothing is deleted without it."),
              shown=lambda c: c.state == S.RECEIVED and c.contact_id is not None
              and c.kind in cases.NEEDS_IDENTITY
              and not organisation_path.takes_organisation_path(c)),
    Operation("organisation", _("Ask the organisation"), "privacy.plan_privacycase", _organisation,
              primary=True, shown=lambda c: c.state == S.RECEIVED
              and organisation_path.takes_organisation_path(c),
              explain=_("Nothing is removed: one task per organisation, to have its duties handed "
                        "over. The sender is told.")),
    Operation("handed_over", _("Duties are handed over"), "privacy.execute_privacycase",
              _handed_over, primary=True, shown=lambda c: c.state == S.IN_REVIEW
              and organisation_path.takes_organisation_path(c)),
    Operation("read", _("Read"), "privacy.plan_privacycase", _read, icon="mark_email_read",
              explain=_("The person wrote again; the text stands with the request."),
              shown=lambda c: c.unread_since is not None),
    Operation("review", _("Review without identity"), "privacy.plan_privacycase", _review,
              shown=lambda c: c.state == S.RECEIVED
              and c.kind not in (CaseKind.UNCLEAR, CaseKind.COLLEAGUE)
              and (c.contact_id is None or c.kind == CaseKind.OBJECTION)),
    Operation("plan", _("Make the plan"), "privacy.plan_privacycase", _plan, primary=True,
              form=GroundForm,
              explain=_("Per category: what is found, what happens, on which basis, kept until when."),
              shown=lambda c: c.state in (S.IN_REVIEW, S.PLANNED) and c.kind == CaseKind.REMOVAL
              and not organisation_path.takes_organisation_path(c)),
    Operation("decide", _("Decide about data"), "privacy.plan_privacycase", _decide,
              form=DecisionForm, shown=_state(S.PLANNED),
              explain=_("Kind by kind: it goes, or it stays under an exception until a day.")),
    Operation("approve", _("Approve the plan"), "privacy.approve_privacycase", _approve,
              primary=True, shown=_state(S.PLANNED), reauthenticate=True,
              explain=_("A second person; the plan's hash is what will be executed.")),
    Operation("execute", _("Execute the plan"), "privacy.execute_privacycase", _execute,
              danger=True, shown=_may_execute, reauthenticate=True,
              explain=_("Erases exactly what the plan says. This cannot be taken back.")),
    Operation("rescan", _("Scan again"), "privacy.execute_privacycase", _rescan,
              shown=_state(S.PROPAGATING)),
    Operation("answer", _("Certificate and answer"), "privacy.execute_privacycase", _answer,
              primary=True, shown=_state(S.PROPAGATING)),
    Operation("grant", _("Grant and answer"), "privacy.execute_privacycase", _grant, primary=True,
              explain=lambda case: str(GRANT_WORDS.get(case.kind, "")),
              shown=lambda c: c.state == S.IN_REVIEW and c.kind in granting.GRANTABLE),
    Operation("rectify", _("Correct the data"), "privacy.execute_privacycase", _rectify,
              form=RectifyForm, primary=True,
              explain=_("Name and telephone. An address is changed on the contact, with its dates."),
              shown=lambda c: c.state == S.IN_REVIEW and c.kind == CaseKind.RECTIFICATION
              and c.contact_id is not None),
    Operation("announce", _("Announce the end of the restriction"), "privacy.execute_privacycase",
              _announce, form=EndForm, shown=granting.is_restricting,
              explain=_("The person is told before a restriction is lifted (Art. 18 (3) GDPR).")),
    Operation("lift", _("Lift the restriction"), "privacy.execute_privacycase", _lift, danger=True,
              shown=lambda c: granting.is_restricting(c) and c.restriction_ends_on is not None
              and c.restriction_ends_on <= today()),
    Operation("finding", _("Settle a finding"), "privacy.execute_privacycase", _settle_finding,
              form=FindingForm, danger=True,
              shown=lambda c: c.state == S.PROPAGATING and bool(findings.open_findings(c))),
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
