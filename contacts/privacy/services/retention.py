"""The retention engine: counts what is due, stops at the brake, honours holds, carries out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.retention import RETENTION, Sweep
from backoffice.core.services import audit
from backoffice.core.services.jobs import enqueue
from backoffice.core.transitions import actor_user, transition
from contacts.privacy.enums import RETENTION_TRANSITIONS, RetentionState
from contacts.privacy.models import RetentionCount, RetentionRun
from contacts.privacy.services.erase import erase_rows
from contacts.privacy.services.holds import STREAM, Held

CHUNK = 500
COUNT_JOB, RELEASE_JOB = "privacy.count_due", "privacy.release_retention"


def sweeps() -> Iterator[tuple[str, Sweep]]:
    for name, rule in RETENTION:
        for sweep in rule.sweeps:
            yield name, sweep


def sweep_of(rule: str, model: str, part: str) -> Sweep:
    return next(
        sweep for sweep in RETENTION.get(rule).sweeps if (sweep.label, sweep.part) == (model, part)
    )


def run_retention(
    *,
    key: str,
    on: date,
    dry_run: bool,
    actor: Actor,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> RetentionRun:
    """One run over every rule. Not inside a transaction: each rule stands by itself, and a run that
    died goes on under its ``key`` with the rules that are left.

    A sweep that would hit more than the allowed share of its rows is refused and waits for a second
    person; so does nothing else.
    """
    run, _new = RetentionRun.objects.get_or_create(
        key=key,
        defaults={"on": on, "dry_run": dry_run, "started_at": dates.now(),
                  "requested_by": actor_user(actor)},
    )  # fmt: skip
    held, everything = Held(on=run.on), list(sweeps())
    for number, (rule, sweep) in enumerate(everything, 1):
        if not run.counts.filter(rule=rule, model=sweep.label, part=sweep.part).exists():
            _one_sweep(run, rule, sweep, held, actor)
        report(number, len(everything))
    RetentionRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=dates.now())
    run.refresh_from_db()
    return run


def _one_sweep(run: RetentionRun, rule: str, sweep: Sweep, held: Held, actor: Actor) -> None:
    pks, on_hold = _due(sweep, run.on, held)
    total = sweep.all_rows().count()
    state, done = RetentionState.DONE, 0
    if run.dry_run or sweep.for_people:
        state = RetentionState.COUNTED
    elif trips_brake(sweep, len(pks), total):
        state = RetentionState.BRAKED
    else:
        done = _apply(sweep, pks)
    try:
        with transaction.atomic():
            RetentionCount.objects.create(
                run=run, rule=rule, model=sweep.label, part=sweep.part, state=state, due=len(pks),
                total=total, held=on_hold, done=done,
            )  # fmt: skip
            if done or state == RetentionState.BRAKED:
                audit.record(
                    STREAM, str(state), actor=actor, subject=run,
                    facts={"rule": rule, "data": sweep.label, "due": len(pks), "done": done},
                )  # fmt: skip
    except IntegrityError:
        # Another worker did this rule of the same run.
        return


def _due(sweep: Sweep, on: date, held: Held) -> tuple[list[Any], int]:
    """Keys of the rows that are due and free, and how many are due but under hold."""
    due = list(sweep.due(on).order_by("pk").values_list("pk", flat=True))
    kept = held.rows_of(sweep.model) if due else set()
    free = [pk for pk in due if pk not in kept]
    return free, len(due) - len(free)


def trips_brake(sweep: Sweep, due: int, total: int) -> bool:
    """More rows than the floor, and a larger share than allowed."""
    if not sweep.braked or due <= settings.ROLLCALL_RETENTION_FROM:
        return False
    return due > total * settings.ROLLCALL_RETENTION_BRAKE


def _apply(sweep: Sweep, pks: list[Any]) -> int:
    done = 0
    for start in range(0, len(pks), CHUNK):
        chunk = pks[start : start + CHUNK]
        if sweep.apply is not None:
            done += sweep.apply(sweep.model._base_manager.filter(pk__in=chunk))
        else:
            with transaction.atomic():
                done += erase_rows(sweep.label, chunk)
    return done


def ask_count(*, actor: Actor) -> None:
    """Queues a count of what is due today; nothing is changed by it."""
    with transaction.atomic():
        enqueue(COUNT_JOB, requested_by=actor_user(actor))
        audit.record(STREAM, "ask_count", actor=actor)


def release(*, count: RetentionCount, actor: Actor) -> RetentionCount:
    """A second person lets a braked sweep go on; a job carries it out as of the day of its run.

    Raises: RuleBroken without a person, or for the one who started the run; InvalidTransition when
    it is not braked any more.
    """
    person = actor_user(actor)
    if person is None:
        raise RuleBroken("The brake is released by a person.", code="person")
    if count.run.requested_by_id == person.pk:
        raise RuleBroken("The brake is released by a second person.", code="four_eyes")
    newer = RetentionCount.objects.filter(
        rule=count.rule, model=count.model, part=count.part, run__dry_run=False,
        run__pk__gt=count.run_id,
    )  # fmt: skip
    if newer.exists():
        raise RuleBroken("A later run has looked again; release that one.", code="outdated")
    with transaction.atomic():
        transition(
            count, to=RetentionState.RELEASED, table=RETENTION_TRANSITIONS, actor=actor,
            also={"released_by": person, "released_at": dates.now()},
        )  # fmt: skip
        enqueue(RELEASE_JOB, count.pk, requested_by=person)
        audit.record(
            STREAM, "release", actor=actor, subject=count.run,
            facts={"rule": count.rule, "data": count.model, "due": count.due},
        )  # fmt: skip
    return count


def carry_out_released(*, count: RetentionCount, actor: Actor) -> RetentionCount:
    """What a second person released; repeatable. Holds set meanwhile count."""
    if count.state != RetentionState.RELEASED:
        return count
    sweep = sweep_of(count.rule, count.model, count.part)
    pks, on_hold = _due(sweep, count.run.on, Held(on=dates.today()))
    done = _apply(sweep, pks)
    with transaction.atomic():
        transition(
            count, to=RetentionState.DONE, table=RETENTION_TRANSITIONS, actor=actor,
            also={"done": count.done + done, "held": on_hold},
        )  # fmt: skip
        audit.record(
            STREAM, "done", actor=actor, subject=count.run,
            facts={"rule": count.rule, "data": count.model, "done": done},
        )  # fmt: skip
    return count
