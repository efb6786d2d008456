"""The plan: per category what is found, what happens to it, on which basis, kept until when."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.personal_data import FINDERS, MAP, Subject
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, transition
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState
from contacts.privacy.models import PlanItem, PrivacyCase
from contacts.privacy.services.cases import stream_of
from contacts.privacy.services.erase import action_of
from contacts.privacy.services.subjects import subject_of_case

# The person's own row goes last: the other finders look for its id.
LAST = "contacts.contact"


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


def make_plan(subject: Subject, *, on: date) -> list[Planned]:
    """One entry per model and treatment, own row last. Reads only."""
    planned: list[Planned] = []
    names = [name for name in FINDERS.names() if name != LAST] + [LAST]
    for name in names:
        if name not in FINDERS:
            continue
        finder = FINDERS.get(name)
        groups: dict[tuple[str, str, date | None], list[str]] = {}
        for row in finder.rows(subject).order_by("pk").iterator(chunk_size=500):
            keep = finder.keep(row, on) if finder.keep else None
            if keep is not None and (keep.until is None or keep.until > on):
                key = ("keep", keep.law, keep.until)
            else:
                key = (action_of(finder.label), "", None)
            groups.setdefault(key, []).append(str(row.pk))
        personal = next(iter(MAP.get(finder.label.lower()).personal.values()), None)
        for (action, law, until), pks in sorted(groups.items(), key=lambda item: str(item[0])):
            planned.append(
                Planned(
                    name, finder.label, personal.category if personal else "technical", action,
                    personal.basis if personal else "", law, until, tuple(pks),
                )
            )  # fmt: skip
    return planned


def plan_hash(planned: list[Planned]) -> str:
    body = [
        [item.finder, item.action, item.law, str(item.keep_until or ""), list(item.row_ids)]
        for item in planned
    ]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def plan_case(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Writes the plan of a removal case that is in review (or plans it again).

    Raises: InvalidTransition in another state; RuleBroken for another kind of case.
    """
    if case.kind not in (CaseKind.REMOVAL,):
        raise RuleBroken("Only a removal has a plan.")
    if case.state == CaseState.PLANNED:
        transition(case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor)
    planned = make_plan(subject_of_case(case), on=on)
    with transaction.atomic():
        transition(
            case, to=CaseState.PLANNED, table=CASE_TRANSITIONS, actor=actor,
            also={"plan_sha256": plan_hash(planned), "planned_by": actor_user(actor)},
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
            facts={"plan": case.plan_sha256, "rows": sum(len(item.row_ids) for item in planned)},
        )  # fmt: skip
    return case


def approve_case(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """A second person approves the plan as hashed.

    Raises: RuleBroken when the actor made the plan or nobody is named who did; InvalidTransition
        in another state.
    """
    approver = actor_user(actor)
    if approver is None:
        raise RuleBroken("A plan is approved by a person.", code="approver")
    if case.state == CaseState.PLANNED and case.planned_by_id is None:
        raise RuleBroken("Nobody is named who made this plan; plan the case again.", code="planner")
    if case.planned_by_id == approver.pk:
        raise RuleBroken("The plan is approved by a second person.", code="four_eyes")
    with transaction.atomic():
        transition(
            case, to=CaseState.APPROVED, table=CASE_TRANSITIONS, actor=actor,
            also={"approved_by": approver, "approved_at": dates.now()},
        )  # fmt: skip
        audit.record(stream_of(case), "approve", actor=actor, facts={"plan": case.plan_sha256})
    return case
