"""The answer, the certificate and the end of a case."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.queries import issuer_on
from backoffice.core.services import audit, documents
from backoffice.core.services.jobs import enqueue
from backoffice.core.services.pdf import PrintJob, render_apart
from backoffice.core.transitions import transition
from contacts.privacy import words
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome, TaskState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.cases import queue_case_mail, stream_of
from contacts.privacy.services.findings import open_findings
from contacts.privacy.services.tickets import note_back

STYLESHEET = "templates/privacy/certificate.css"


def blocking(case: PrivacyCase) -> list[str]:
    """Why the case cannot be answered yet; empty when nothing is in the way."""
    reasons = waiting_tasks(case)
    if case.scanned_at is None:
        reasons.append("the residual scan has not run")
    elif left := open_findings(case):
        reasons.append(f"the residual scan found {len(left)} places")
    return reasons


def waiting_tasks(case: PrivacyCase) -> list[str]:
    open_tasks = case.tasks.filter(state=TaskState.OPEN).count()
    return [f"{open_tasks} processor tasks are open"] if open_tasks else []


def answer_case(*, case: PrivacyCase, actor: Actor) -> None:
    """Queues certificate and answer. Raises: RuleBroken while tasks or findings are open."""
    reasons = blocking(case)
    if reasons:
        raise RuleBroken("Not yet: " + "; ".join(reasons) + ".", code="blocked")
    if case.state != CaseState.PROPAGATING:
        raise RuleBroken("The plan has not been executed.", code="not_executed")
    with transaction.atomic():
        enqueue("privacy.certificate", case.pk)


def certificate_html(case: PrivacyCase, on: date) -> str:
    """The certificate in the person's language: categories, systems, what stays and why."""
    with translation.override(case.language):
        return render_to_string(
            "privacy/certificate.html",
            {
                "case": case,
                "on": on,
                "issuer": issuer_on(on),
                "erased": _by_category(case),
                "kept": [
                    (words.category(item.category), words.law(item.law), item.keep_until, item.rows)
                    for item in case.plan.filter(action="keep")
                ],
                "tasks": case.tasks.select_related("processor"),
                "language": case.language,
            },
        )


def _by_category(case: PrivacyCase) -> list[tuple[str, int]]:
    """What was erased, summed by category, in words."""
    counts: dict[str, int] = {}
    for item in case.plan.exclude(action="keep"):
        counts[item.category] = counts.get(item.category, 0) + item.rows
    return [(words.category(code), count) for code, count in counts.items() if count]


def make_certificate(*, case_id: int, on: date, actor: Actor) -> PrivacyCase:
    """Renders and stores the certificate, then answers. Repeatable; called by a worker only."""
    case = PrivacyCase.objects.get(pk=case_id)
    if case.state != CaseState.PROPAGATING:
        return case
    document = (
        StoredDocument.objects.filter(
            kind="privacy-certificate", subject=f"privacy.privacycase:{case.pk}"
        ).first()
        or documents.plan_document(
            kind="privacy-certificate", subject=f"privacy.privacycase:{case.pk}",
            file_name=f"{case.reference}.pdf", media_type="application/pdf",
        )
    )  # fmt: skip
    if document.state != "stored":
        content = render_apart(
            PrintJob(
                certificate_html(case, on),
                stylesheets=(str(settings.BASE_DIR / STYLESHEET),),
                identifier=case.reference.encode(),
            )
        )
        documents.store_bytes(document, content)
    kept = case.plan.filter(action="keep").exists()
    with transaction.atomic():
        transition(
            case, to=CaseState.ANSWERED, table=CASE_TRANSITIONS, actor=actor,
            also={"answered_at": dates.now(), "certificate": document,
                  "outcome": Outcome.PARTIAL if kept else Outcome.GRANTED},
        )  # fmt: skip
        queue_case_mail(case, "privacy.answer")
        audit.record(
            stream_of(case), "answer", actor=actor,
            facts={"certificate": document.sha256, "outcome": case.outcome},
        )  # fmt: skip
    return case


def close_case(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """Closes an answered case; the raw text goes, the address goes after some days.

    Raises: RuleBroken while something blocks it; InvalidTransition in another state.
    """
    reasons = blocking(case) if case.kind == CaseKind.REMOVAL else waiting_tasks(case)
    if reasons:
        raise RuleBroken("Not yet: " + "; ".join(reasons) + ".", code="blocked")
    with transaction.atomic():
        transition(
            case, to=CaseState.CLOSED, table=CASE_TRANSITIONS, actor=actor,
            also={"closed_at": dates.now(), "raw_text": "", "raw_text_until": None},
        )  # fmt: skip
        audit.record(stream_of(case), "close", actor=actor, facts={"outcome": case.outcome})
        note_back(case, actor)
    return case
