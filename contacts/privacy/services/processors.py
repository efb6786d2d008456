"""The systems outside: one task each where the person may exist; closing waits for them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, transition
from contacts.privacy.enums import TASK_TRANSITIONS, TaskState
from contacts.privacy.models import PrivacyCase, Processor, ProcessorTask

DEFAULTS = (
    ("crm", "Salesforce", "customer records",
     "Delete contact and Individual; empty the recycle bin; note the case reference.", 14),
    ("mail-provider", "Mail provider", "delivery of mail",
     "Delete the contact, keep the provider's own block; delete message logs.", 14),
    ("help-desk", "Help desk", "support tickets",
     "Delete the user and then permanently; redact tickets that name the person.", 14),
    ("groups", "Mailing groups", "discussion lists", "Remove the member from every group.", 14),
    ("forum", "Community forum", "discussion", "Anonymise the account, not only suspend it.", 14),
    ("statistics", "Web statistics", "visitor counts", "Find and delete data of the visitor.", 14),
    ("backups", "Backups", "recovery",
     "Nothing is removed from backups; they end after 35 days and the journal is replayed.", 35),
    ("spreadsheets", "Spreadsheets", "working copies of staff",
     "Ask each team for lists and remove the person.", 14),
)  # fmt: skip


def load_processors(preset: str, actor: Actor, on: date) -> None:
    """The register's usual entries; what staff changed stays."""
    for code, name, purpose, checklist, days in DEFAULTS:
        Processor.objects.get_or_create(
            code=code,
            defaults={"name": name, "purpose": purpose, "checklist": checklist, "days": days},
        )


def open_tasks(*, case: PrivacyCase, on: date) -> None:
    """One task a processor in use, in the caller's transaction; repeatable."""
    for processor in Processor.objects.filter(active=True):
        ProcessorTask.objects.get_or_create(
            case=case,
            processor=processor,
            defaults={"due_on": on + timedelta(days=processor.days)},
        )


def settle_task(*, task: ProcessorTask, state: str, evidence: str, actor: Actor) -> ProcessorTask:
    """Done, or justified as not needed; either way with evidence.

    Raises: RuleBroken without evidence, or with an address in it; InvalidTransition when settled.
    """
    if not evidence.strip():
        raise RuleBroken("Say what shows that it is done.", code="evidence")
    if "@" in evidence:
        raise RuleBroken(
            "Evidence holds no address: name the ticket or the export.", code="evidence"
        )
    with transaction.atomic():
        transition(
            task, to=TaskState(state), table=TASK_TRANSITIONS, actor=actor,
            also={"evidence": evidence.strip()[:300], "done_at": dates.now(),
                  "done_by": actor_user(actor)},
        )  # fmt: skip
        audit.record(
            f"case:{task.case_id}", "processor", actor=actor, subject=task,
            facts={"processor": task.processor.code, "state": state},
        )  # fmt: skip
    return task
