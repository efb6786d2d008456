"""Answers to the questions of an import: one for every row that asks the same, or one for a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Count

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition
from backoffice.core.services import audit, documents
from backoffice.core.services.jobs import is_waiting
from backoffice.core.transitions import guarded_update
from contacts.enums import ImportState
from contacts.imports.decisions import ANSWERS, EVERY_ROW, ROW_BY_ROW, allowed
from contacts.models import ImportRow, ImportRun
from contacts.services import import_files
from contacts.services.import_desk import APPLY_JOB
from contacts.services.import_trial import TRIAL_JOB, try_out_or_queue


@dataclass(frozen=True)
class Asked:
    """A question of the file: how many rows ask it, and the first of them."""

    question: str
    count: int
    rows: list[ImportRow]

    @property
    def for_every_row(self) -> bool:
        return self.question not in ROW_BY_ROW


def open_questions(run: ImportRun, most: int) -> list[Asked]:
    """What the rows of a tested file ask, with at most ``most`` rows each."""
    waiting = ImportRow.objects.filter(run=run).exclude(question="")
    counts = dict(
        waiting.order_by()
        .values_list("question")
        .annotate(n=Count("pk"))
        .values_list("question", "n")
    )
    return [
        Asked(question, counts[question], list(waiting.filter(question=question)[:most]))
        for question in ANSWERS
        if question in counts
    ]


def decide(
    *,
    run: ImportRun,
    every_row: dict[str, str],
    rows: dict[int, str],
    seen: int,
    actor: Actor,
    on: date,
) -> ImportRun:
    """Keeps the answers and tests the file with them. An empty answer decides nothing.

    ``every_row``: question → answer; ``rows``: row number → answer to what that row asks; ``seen``: the
    set of decisions that the page was made from (``ImportRun.decided``).

    Raises: BadInput for an answer that the question does not have or when there is none at all;
    InvalidTransition when the import is not waiting for answers, or somebody else decided meanwhile.
    """
    if run.state != ImportState.TESTED or run.file is None:
        raise InvalidTransition("This import does not wait for decisions.")
    answers = _answers(run, every_row, rows)
    kept = run.options.get("decisions", {})
    merged = {key: {**kept.get(key, {}), **answers.get(key, {})} for key in {**kept, **answers}}
    with transaction.atomic():
        guarded_update(
            run,
            expect={"state": ImportState.TESTED, "decided": seen},
            set={"decided": seen + 1, "plan_sha256": "",
                 "options": {**run.options, "decisions": merged, "retested": False}},
            actor=actor,
        )  # fmt: skip
        if is_waiting(APPLY_JOB, str(run.pk)) or is_waiting(TRIAL_JOB, str(run.pk)):
            raise InvalidTransition("The import is queued; nothing can be decided now.")
        audit.record(
            f"import:{run.pk}", "decide", actor=actor,
            facts={"set": seen + 1, "rows": len(answers) - (EVERY_ROW in answers),
                   "every_row": sorted(f"{q}:{a}" for q, a in answers.get(EVERY_ROW, {}).items())},
        )  # fmt: skip
    content = documents.read_bytes(run.file)
    try_out_or_queue(run, import_files.read_rows(run, content), actor=actor, on=on)
    return run


def _answers(
    run: ImportRun, every_row: dict[str, str], rows: dict[int, str]
) -> dict[str, dict[str, str]]:
    answers: dict[str, dict[str, str]] = {}
    for question, answer in every_row.items():
        if not answer:
            continue
        if not allowed(question, answer):
            raise BadInput("This answer is not known.", where=question)
        answers.setdefault(EVERY_ROW, {})[question] = answer
    given = {number: answer for number, answer in rows.items() if answer}
    for row in ImportRow.objects.filter(run=run, number__in=given).exclude(question=""):
        if not allowed(row.question, given[row.number], row.choices):
            raise BadInput("This answer is not known.", where=f"row {row.number}")
        answers[str(row.number)] = {row.question: given[row.number]}
    if not answers:
        raise BadInput("Nothing was decided; choose an answer first.")
    return answers
