"""Executes the approved plan exactly, leaves a suppression hash and a journal entry, then scans."""

from __future__ import annotations

from datetime import date

from django.apps import apps
from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RollcallError, RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.personal_data import FINDERS, MAP, Subject, base_of
from backoffice.core.services import audit, documents
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.services import address_hash, suppress
from contacts.privacy.enums import CASE_TRANSITIONS, CaseState
from contacts.privacy.models import ErasureJournal, PlanItem, PrivacyCase
from contacts.privacy.services.cases import stream_of
from contacts.privacy.services.closing import close_contact, close_login, end_duties
from contacts.privacy.services.erase import action_of, erase_rows
from contacts.privacy.services.planning import make_plan, plan_hash
from contacts.privacy.services.processors import open_tasks
from contacts.privacy.services.replay import append_journal
from contacts.privacy.services.scan import scan_subject, still_there
from contacts.privacy.services.subjects import subject_of_case

# Stored files that are written from people's rows and are searched for the person.
SEARCHED_FILES = ("import", "export", "privacy-export")


def execute_case(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Erases as planned. Safe to repeat after a crash: the rows change in one transaction.

    Raises: RuleBroken when the data changed since the plan (the case goes back to review);
    InvalidTransition when it is not approved.
    """
    if case.state == CaseState.PROPAGATING:
        return case
    subject = subject_of_case(case)
    if case.state != CaseState.EXECUTING:
        _check_plan(case, subject, on=on, actor=actor)
        transition(case, to=CaseState.EXECUTING, table=CASE_TRANSITIONS, actor=actor)
    # Journal and files first: after the rows are gone nobody knows any more whom they are about.
    # Both may be repeated, so a crash here is made good by calling again.
    append_journal(
        {
            "case": case.reference, "contact": subject.contact_id, "user": subject.user_id,
            "hashes": sorted(address_hash(address) for address in subject.addresses),
        }
    )  # fmt: skip
    _erase_files(subject)
    _erase_rows(case, subject, on=on, actor=actor)
    rescan(case=case, subject=subject, actor=actor)
    return case


def _check_plan(case: PrivacyCase, subject: Subject, *, on: date, actor: Actor) -> None:
    if case.state != CaseState.APPROVED:
        raise InvalidTransition("Only an approved plan is executed.")
    if plan_hash(make_plan(subject, on=on)) != case.plan_sha256:
        with transaction.atomic():
            transition(case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor)
            audit.record(stream_of(case), "plan_outdated", actor=actor)
        raise RuleBroken("The data changed since the plan; plan the case again.", code="replan")


def _erase_rows(case: PrivacyCase, subject: Subject, *, on: date, actor: Actor) -> None:
    items = list(PlanItem.objects.filter(case=case).order_by("pk"))
    with transaction.atomic():
        for address in sorted(subject.addresses):
            suppress(address, scope="all", reason=SuppressionReason.ERASED, actor=actor,
                     source=f"case:{case.pk}")  # fmt: skip
        end_duties(subject, on=on, actor=actor)
        for item in items:
            if item.action != "keep":
                prepare = FINDERS.get(item.finder).before
                if prepare is not None:
                    prepare(item.row_ids)
                erase_rows(item.model, item.row_ids)
        close_login(subject)
        close_contact(subject, actor=actor)
        PlanItem.objects.filter(case=case).update(done_at=dates.now())
        journal_erasure(case, subject)
        guarded_update(
            case,
            expect={"state": CaseState.EXECUTING},
            set={"state": CaseState.PROPAGATING, "executed_at": dates.now(), "raw_text": ""},
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


def _erase_files(subject: Subject) -> None:
    """Uploaded and exported files that hold one of the person's addresses go as a whole.

    A packed one cannot be searched and goes as well: it only served an import.
    """
    needles = [address.encode() for address in subject.addresses]
    needles += [address.encode("utf-16-le") for address in subject.addresses]
    for document in StoredDocument.objects.filter(kind__in=SEARCHED_FILES, state="stored").exclude(
        file_name__startswith="removed-"
    ):
        try:
            content = documents.read_bytes(document)
        except RollcallError:
            continue
        packed = content[:2] in (b"PK", b"\x1f\x8b")
        if packed or any(needle in content.lower() for needle in needles):
            documents.delete_bytes(document)


def rescan(*, case: PrivacyCase, actor: Actor, subject: Subject | None = None) -> list[dict]:
    """Searches every text column for what is left; rows kept by the plan are not findings.

    Called again later, names and telephone numbers are known no more: what was found before stays
    a finding until its row is gone or its field is empty.
    """
    found = scan_subject(subject or subject_of_case(case), case=case)
    if subject is None:
        found += [hit for hit in case.scan_findings if hit not in found and still_there(hit)]
    with transaction.atomic():
        PrivacyCase.objects.filter(pk=case.pk).update(scan_findings=found, scanned_at=dates.now())
        audit.record(stream_of(case), "scan", actor=actor, facts={"findings": len(found)})
    case.refresh_from_db()
    return found


def redact_finding(*, case: PrivacyCase, model: str, pk: str, actor: Actor) -> PrivacyCase:
    """Erases one row that the scan found, as its model declares; recorded without the value.

    Raises: RuleBroken when it is not a finding of this case or its model declares nothing to erase.
    """
    if not any(hit["model"] == model and hit["pk"] == pk for hit in case.scan_findings):
        raise RuleBroken("This is not a finding of the case.", code="not_a_finding")
    found_in = apps.get_model(model)
    base = base_of(found_in)
    label = base._meta.label_lower
    if label not in MAP or action_of(label) == "keep":
        raise RuleBroken("This record is kept or holds no declared field; settle it by hand.")
    row = found_in._base_manager.filter(pk=pk).first()
    if row is not None:
        key = getattr(row, base._meta.pk.attname)
        with transaction.atomic():
            erase_rows(label, [key])
            audit.record(
                stream_of(case), "redact_finding", actor=actor,
                facts={"model": label, "pk": str(key)},
            )  # fmt: skip
    rescan(case=case, actor=actor)
    return case
