"""The systems outside: one task each where the person may exist; closing waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, transition
from contacts.privacy.enums import TASK_TRANSITIONS, TaskState
from contacts.privacy.models import ErasureJournal, PrivacyCase, Processor, ProcessorTask
from contacts.privacy.processor_defaults import DEFAULTS
from contacts.privacy.services.journal import read_journal
from contacts.registry import PROCESSOR_ADAPTERS

BACKUPS_END = timedelta(days=35)


def load_processors(preset: str, actor: Actor, on: date) -> None:
    """The register's usual entries; what staff changed stays."""
    for code, kind, name, purpose, checklist, days in DEFAULTS:
        Processor.objects.get_or_create(
            code=code,
            defaults={"kind": kind, "name": name, "purpose": purpose, "days": days,
                      "checklist": "\n".join(checklist)},
        )  # fmt: skip


def open_tasks(*, case: PrivacyCase, on: date) -> None:
    """One task a processor in use, in the caller's transaction; repeatable."""
    for processor in Processor.objects.filter(active=True):
        ProcessorTask.objects.get_or_create(
            case=case,
            processor=processor,
            defaults={"due_on": on + timedelta(days=processor.days)},
        )


def settle_task(
    *,
    task: ProcessorTask,
    state: str,
    evidence: str,
    actor: Actor,
    steps: Iterable[int] | None = None,
) -> ProcessorTask:
    """Done, or justified as not needed; either way with evidence. ``steps``: numbers of the lines of
    the checklist that were done, all of them for "done"; None where the caller ticks none.

    Raises: RuleBroken without evidence, with an address in it, or with a step left out;
    InvalidTransition when settled.
    """
    ticked = None if steps is None else sorted(set(steps))
    every = list(range(len(task.processor.lines)))
    if ticked is not None and state == TaskState.DONE and ticked != every:
        raise RuleBroken("A step of the checklist is left out.", code="steps")
    if not evidence.strip():
        raise RuleBroken("Say what shows that it is done.", code="evidence")
    if "@" in evidence:
        raise RuleBroken(
            "Evidence holds no address: name the ticket or the export.", code="evidence"
        )
    with transaction.atomic():
        transition(
            task, to=TaskState(state), table=TASK_TRANSITIONS, actor=actor,
            also={"steps": ticked or [], "evidence": evidence.strip()[:300], "done_at": dates.now(),
                  "done_by": actor_user(actor)},
        )  # fmt: skip
        audit.record(
            f"case:{task.case_id}", "processor", actor=actor, subject=task,
            facts={"processor": task.processor.code, "state": state},
        )  # fmt: skip
    return task


def settle_by_adapters(*, on: date, actor: Actor) -> int:
    """Settles open tasks of removals whose system says by itself that the person is gone. How many.

    An adapter knows the case and the hashes of the addresses only.
    """
    count = 0
    waiting = ProcessorTask.objects.filter(
        state=TaskState.OPEN, processor__code__in=PROCESSOR_ADAPTERS.names()
    )
    for task in waiting.select_related("processor", "case"):
        entry = ErasureJournal.objects.filter(case_reference=task.case.reference).first()
        if entry is None:
            continue
        adapter = PROCESSOR_ADAPTERS.get(task.processor.code)
        evidence = adapter(task.case.reference, frozenset(entry.address_hashes), on)
        if evidence:
            settle_task(task=task, state=TaskState.DONE, evidence=evidence, actor=actor)
            count += 1
    return count


def backups_adapter(reference: str, hashes: frozenset[str], on: date) -> str:
    """Backups end by themselves; the journal outside the database sees to a restore."""
    if reference not in {entry["case"] for entry in read_journal()}:
        return ""
    return f"in the erasure journal; backups with the person end on {on + BACKUPS_END}"
