"""Executes the approved plan exactly, leaves a suppression hash and a journal entry, then scans."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.personal_data import Subject
from backoffice.core.services import audit, documents
from backoffice.core.services.jobs import enqueue, is_waiting
from backoffice.core.transitions import actor_user, guarded_update, transition
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.services import address_hash, suppress
from contacts.privacy.enums import CASE_TRANSITIONS, CaseState, PlanAction
from contacts.privacy.models import ErasureJournal, PlanItem, PrivacyCase
from contacts.privacy.services.cases import stream_of
from contacts.privacy.services.closing import close_contact, close_login, end_duties
from contacts.privacy.services.erase import erase_item
from contacts.privacy.services.findings import outside_plan, rescan
from contacts.privacy.services.holds import refuse_under_hold
from contacts.privacy.services.journal import append_journal, journal_entry
from contacts.privacy.services.planning import decisions_of, make_plan, plan_hash, stored_hash
from contacts.privacy.services.processors import open_tasks
from contacts.privacy.services.subjects import subject_of_case

EXECUTE_JOB = "privacy.execute"


def start_execution(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Checks the plan against today's data and queues its execution. A case that was left half-way
    is queued again; what is done already stays done.

    Raises: RuleBroken when the data changed since the plan (the case goes back to review);
    InvalidTransition when it is not approved.
    """
    if case.state != CaseState.EXECUTING:
        _check_plan(case, subject_of_case(case), on=on, actor=actor)
    with transaction.atomic():
        if case.state != CaseState.EXECUTING:
            transition(case, to=CaseState.EXECUTING, table=CASE_TRANSITIONS, actor=actor)
        if not is_waiting(EXECUTE_JOB, case.pk):
            enqueue(EXECUTE_JOB, case.pk, requested_by=actor_user(actor))
        audit.record(stream_of(case), "start_execution", actor=actor)
    return case


def execute_case(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Erases as planned. Safe to repeat after a crash: the rows change in one transaction.

    Raises: RuleBroken when the data changed since the plan or the stored plan is not the approved one
    (the case goes back to review); InvalidTransition when it is not approved.
    """
    if case.state == CaseState.PROPAGATING:
        if case.scanned_at is None:
            rescan(case=case, actor=actor)
        return case
    subject = subject_of_case(case)
    if case.state != CaseState.EXECUTING:
        _check_plan(case, subject, on=on, actor=actor)
        transition(case, to=CaseState.EXECUTING, table=CASE_TRANSITIONS, actor=actor)
    elif stored_hash(case) != case.plan_sha256:
        raise RuleBroken("The stored plan differs from the approved one.", code="plan_differs")
    # Journal, search and files first: after the rows are gone nobody knows any more whom they are
    # about. All may be repeated, so a crash here is made good by calling again.
    append_journal(journal_entry(case.reference, subject, decisions_of(case)))
    left = outside_plan(subject, case)
    _delete_files(case)
    _erase_rows(case, subject, left, on=on, actor=actor)
    rescan(case=case, subject=subject, actor=actor)
    return case


def _check_plan(case: PrivacyCase, subject: Subject, *, on: date, actor: Actor) -> None:
    if case.state != CaseState.APPROVED:
        raise InvalidTransition("Only an approved plan is executed.")
    refuse_under_hold(case.contact, on=on)
    problem = ""
    if stored_hash(case) != case.plan_sha256:
        problem = "The stored plan differs from the approved one; plan the case again."
    elif plan_hash(make_plan(subject, on=on, decisions=decisions_of(case))) != case.plan_sha256:
        problem = "The data changed since the plan; plan the case again."
    if problem:
        with transaction.atomic():
            transition(case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor)
            audit.record(stream_of(case), "plan_outdated", actor=actor)
        raise RuleBroken(problem, code="replan")


def _delete_files(case: PrivacyCase) -> None:
    """The bytes of planned files; outside any transaction, repeatable."""
    for item in PlanItem.objects.filter(case=case, action=PlanAction.DELETE_FILE):
        for document in StoredDocument.objects.filter(pk__in=item.row_ids):
            documents.delete_bytes(document)


def _erase_rows(
    case: PrivacyCase, subject: Subject, left: list[dict], *, on: date, actor: Actor
) -> None:
    items = list(PlanItem.objects.filter(case=case).order_by("pk"))
    with transaction.atomic():
        for address in sorted(subject.addresses):
            suppress(address, scope="all", reason=SuppressionReason.ERASED, actor=actor,
                     source=f"case:{case.pk}")  # fmt: skip
        end_duties(subject, on=on, actor=actor)
        for item in items:
            erase_item(item.finder, item.model, item.action, item.row_ids)
        close_login(subject)
        close_contact(subject, actor=actor)
        PlanItem.objects.filter(case=case).update(done_at=dates.now())
        journal_erasure(case, subject)
        guarded_update(
            case,
            expect={"state": CaseState.EXECUTING},
            set={
                "state": CaseState.PROPAGATING,
                "executed_at": dates.now(),
                "raw_text": "",
                # Known by place even if the process dies before the scan that follows.
                "scan_findings": left,
                "scanned_at": None,
            },
            actor=actor,
        )
        open_tasks(case=case, on=on)
        audit.record(
            stream_of(case), "execute", actor=actor,
            facts={"plan": case.plan_sha256, "items": len(items)},
        )  # fmt: skip


def journal_erasure(case: PrivacyCase, subject: Subject) -> None:
    ErasureJournal.objects.update_or_create(
        case_reference=case.reference,
        defaults={
            "contact_ref": subject.contact_id,
            "user_ref": subject.user_id,
            "address_hashes": sorted(address_hash(address) for address in subject.addresses),
            "executed_at": dates.now(),
        },
    )
