"""The plan: per category what is found, what happens to it, on which basis, kept until when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import models, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.personal_data import FINDERS, MAP, Finder, Keep, Subject
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, transition
from contacts.privacy.enums import (
    CASE_TRANSITIONS,
    CaseKind,
    CaseState,
    Exception17,
    Ground,
    PlanAction,
)
from contacts.privacy.models import PlanDecision, PlanItem, PrivacyCase
from contacts.privacy.services.cases import stream_of
from contacts.privacy.services.erase import action_of
from contacts.privacy.services.holds import refuse_under_hold
from contacts.privacy.services.subjects import subject_of_case

# The person's own row goes last: the other finders look for its id.
LAST = "contacts.contact"
# (action, law or exception, kept until)
Treatment = tuple[str, str, date | None]


@dataclass(frozen=True)
class Planned:
    finder: str
    model: str
    category: str
    action: str
    basis: str
    law: str
    keep_until: date | None
    row_ids: tuple[str, ...]


# Finder → (exception of Art. 17 (3), kept until), or ("", None) when it goes.
Decisions = Mapping[str, tuple[str, date | None]]


def decisions_of(case: PrivacyCase) -> Decisions:
    return {
        row.finder: (row.exception, row.keep_until)
        for row in PlanDecision.objects.filter(case=case)
    }


def make_plan(subject: Subject, *, on: date, decisions: Decisions | None = None) -> list[Planned]:
    """One entry per model and treatment, own row last. Reads only."""
    decided = decisions or {}
    planned: list[Planned] = []
    names = [name for name in FINDERS.names() if name != LAST] + [LAST]
    for name in names:
        if name not in FINDERS:
            continue
        finder = FINDERS.get(name)
        groups: dict[Treatment, list[str]] = {}
        for row in finder.rows(subject).order_by("pk").iterator(chunk_size=500):
            groups.setdefault(_treatment(name, finder, row, on, decided), []).append(str(row.pk))
        personal = next(iter(MAP.get(finder.label.lower()).personal.values()), None)
        for (action, law, until), pks in sorted(groups.items(), key=lambda item: str(item[0])):
            planned.append(
                Planned(
                    name, finder.label, personal.category if personal else "technical", action,
                    personal.basis if personal else "", law, until, tuple(pks),
                )
            )  # fmt: skip
    return planned


def _treatment(
    name: str, finder: Finder, row: models.Model, on: date, decided: Decisions
) -> Treatment:
    """A law or rule first, then what staff decided, then what the map declares."""
    keep: Keep | None = finder.keep(row, on) if finder.keep else None
    if keep is not None and (keep.until is None or keep.until > on):
        return (PlanAction.KEEP, keep.law, keep.until)
    exception, until = decided.get(name, ("", None))
    if exception and (until is None or until > on):
        return (PlanAction.KEEP, exception, until)
    declared = finder.action or action_of(finder.label)
    if declared == PlanAction.DECIDE and name in decided:
        declared = PlanAction.DELETE_FILE
    return (declared, "", None)


def plan_hash(planned: list[Planned]) -> str:
    body = [
        [item.finder, item.action, item.law, str(item.keep_until or ""), list(item.row_ids)]
        for item in planned
    ]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def stored_hash(case: PrivacyCase) -> str:
    """The hash of the plan as it lies in the database, to be compared with the approved one."""
    return plan_hash(
        [
            Planned(item.finder, item.model, item.category, item.action, item.basis, item.law,
                    item.keep_until, tuple(item.row_ids))
            for item in PlanItem.objects.filter(case=case).order_by("pk")
        ]
    )  # fmt: skip


def plan_case(
    *, case: PrivacyCase, on: date, actor: Actor, ground: str = Ground.NOT_NEEDED
) -> PrivacyCase:
    """Writes the plan of a removal case that is in review (or plans it again).

    Raises: InvalidTransition in another state; RuleBroken for another kind of case.
    """
    if case.kind != CaseKind.REMOVAL:
        raise RuleBroken("Only a removal has a plan.")
    if case.state == CaseState.PLANNED:
        transition(case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor)
    refuse_under_hold(case.contact, on=on)
    planned = make_plan(subject_of_case(case), on=on, decisions=decisions_of(case))
    with transaction.atomic():
        transition(
            case, to=CaseState.PLANNED, table=CASE_TRANSITIONS, actor=actor,
            also={"plan_sha256": plan_hash(planned), "planned_by": actor_user(actor),
                  "ground": Ground(ground)},
        )  # fmt: skip
        PlanItem.objects.filter(case=case).delete()
        PlanItem.objects.bulk_create(
            [
                PlanItem(
                    case=case, finder=item.finder, model=item.model, category=item.category,
                    action=item.action, basis=item.basis, law=item.law,
                    keep_until=item.keep_until, rows=len(item.row_ids),
                    row_ids=list(item.row_ids),
                )
                for item in planned
            ]
        )  # fmt: skip
        audit.record(
            stream_of(case), "plan", actor=actor,
            facts={"plan": case.plan_sha256, "ground": case.ground,
                   "rows": sum(len(item.row_ids) for item in planned)},
        )  # fmt: skip
    return case


def decide_item(
    *,
    case: PrivacyCase,
    finder: str,
    exception: str,
    keep_until: date | None,
    reason: str,
    on: date,
    actor: Actor,
) -> PrivacyCase:
    """Staff decide per kind of data: it goes, or it stays under an exception of Art. 17 (3) GDPR
    until a day. The case is planned again with the decision.

    Raises: BadInput for an exception without a day to come or without a reason; RuleBroken when the
    plan has no such item or a rule settles it; InvalidTransition when it is not planned.
    """
    if not reason.strip() or "@" in reason:
        raise BadInput("Say why, without an address.", code="reason", where="reason")
    if exception and (keep_until is None or keep_until <= on):
        raise BadInput("Say until when it is kept.", code="keep_until", where="keep_until")
    items = PlanItem.objects.filter(case=case, finder=finder)
    decided_before = PlanDecision.objects.filter(case=case, finder=finder)
    if not items.exclude(action=PlanAction.KEEP).exists() and not decided_before.exists():
        raise RuleBroken("A rule settles this; nothing is to be decided.", code="not_open")
    with transaction.atomic():
        transition(case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor)
        PlanDecision.objects.update_or_create(
            case=case, finder=finder,
            defaults={"exception": Exception17(exception) if exception else "",
                      "keep_until": keep_until if exception else None,
                      "reason": reason.strip()[:300],
                      "decided_at": dates.now(), "decided_by": actor_user(actor)},
        )  # fmt: skip
        audit.record(
            stream_of(case), "decide", actor=actor,
            facts={"data": finder, "exception": exception, "until": keep_until},
        )  # fmt: skip
        return plan_case(case=case, on=on, actor=actor, ground=case.ground)


def approve_case(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """A second person approves the plan as hashed.

    Raises: RuleBroken when the actor made the plan or nobody is named who did, or something is still
        to be decided; InvalidTransition in another state.
    """
    approver = actor_user(actor)
    if approver is None:
        raise RuleBroken("A plan is approved by a person.", code="approver")
    if case.state == CaseState.PLANNED and case.planned_by_id is None:
        raise RuleBroken("Nobody is named who made this plan; plan the case again.", code="planner")
    if case.planned_by_id == approver.pk:
        raise RuleBroken("The plan is approved by a second person.", code="four_eyes")
    if case.plan.filter(action=PlanAction.DECIDE).exists():
        raise RuleBroken("Some data are still to be decided about.", code="undecided")
    with transaction.atomic():
        transition(
            case, to=CaseState.APPROVED, table=CASE_TRANSITIONS, actor=actor,
            also={"approved_by": approver, "approved_at": dates.now()},
        )  # fmt: skip
        audit.record(stream_of(case), "approve", actor=actor, facts={"plan": case.plan_sha256})
    return case
