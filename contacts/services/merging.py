"""Merging two records: one stays, the other remains as a pointer to it. One transaction, for good.

What moves is listed per app (``contacts.registry.MERGE_POLICIES``); frozen rolls, issued documents and
ballots stay as they are. The preview is the plan that is carried out: its digest comes back with the
decision, and a plan that has changed since is refused.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models, transaction
from django.utils import translation

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import ContactKind, NameKind, PairState
from contacts.models import (
    Contact,
    ContactAddress,
    DuplicatePair,
    Organisation,
    OtherName,
    RoleAssignment,
)
from contacts.registry import MERGE_POLICIES, MergeStep
from contacts.services.merge_fields import (
    MODELS,
    ComparedField,
    chosen_values,
    compare_fields,
)
from contacts.services.merge_relations import PlannedRelation, move_relations, plan_relations

REASON = "merge"


@dataclass(frozen=True)
class MergePlan:
    """What staff see before they decide; ``refused``: sentences why it cannot be done now."""

    kind: str
    winner: Any
    loser: Any
    fields: list[ComparedField]
    steps: list[MergeStep]
    relations: list[PlannedRelation]
    refused: list[str]
    digest: str


def plan_merge(*, kind: str, winner_id: int, loser_id: int, on: date, actor: Actor) -> MergePlan:
    """Writes nothing. Raises: BadInput when one of the two is not there or they are the same."""
    if kind not in MODELS or winner_id == loser_id:
        raise BadInput("Two different records of one kind are merged.", code="merge_pair")
    found = {row.pk: row for row in MODELS[kind]._base_manager.filter(pk__in=(winner_id, loser_id))}
    if len(found) != 2:
        raise BadInput("One of the two records is not there.", code="merge_pair")
    winner, loser = found[winner_id], found[loser_id]
    fields = compare_fields(kind, winner, loser)
    steps = [
        step
        for _name, policy in MERGE_POLICIES
        if policy.steps is not None
        for step in policy.steps(kind, loser_id, winner_id, on, actor)
    ]
    relations = plan_relations(kind, loser_id, winner_id)
    return MergePlan(
        kind, winner, loser, fields, steps, relations, _refusals(kind, winner, loser),
        _digest(winner, loser, steps, relations),
    )  # fmt: skip


def _refusals(kind: str, winner: Any, loser: Any) -> list[str]:
    refused = []
    if winner.merged_into_id or loser.merged_into_id:
        refused.append(translation.gettext("One of the two has been merged already."))
    if kind == "organisation" and winner.archived_on:
        refused.append(translation.gettext("The record that stays is archived."))
    for _name, policy in MERGE_POLICIES:
        if policy.refuses is not None:
            refused += policy.refuses(kind, loser.pk, winner.pk)
    return refused


def _digest(winner: Any, loser: Any, steps: list, relations: list[PlannedRelation]) -> str:
    plan = {
        "records": [
            {f.attname: str(getattr(row, f.attname)) for f in row._meta.concrete_fields}
            for row in (winner, loser)
        ],
        "steps": len(steps),
        "relations": [(row.key, row.moves, row.stays) for row in relations],
    }
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def merge_records(
    *, kind: str, winner_id: int, loser_id: int, choices: dict[str, str], digest: str, on: date,
    actor: Actor,
) -> dict[str, int]:  # fmt: skip
    """Merges; foreign key → rows that followed. ``choices``: field (or "address") → "winner" or
    "loser"; ``digest`` of the plan that was looked at.

    Raises: InvalidTransition when anything has changed since the plan was shown, also by a second
    merge at the same moment; RuleBroken with the refusals; BadInput for a choice that is none.
    """
    with transaction.atomic():
        _lock(kind, winner_id, loser_id)
        plan = plan_merge(
            kind=kind, winner_id=winner_id, loser_id=loser_id, on=on, actor=actor
        )  # fmt: skip
        if plan.refused:
            raise RuleBroken(" ".join(plan.refused), code="merge_refused")
        if plan.digest != digest:
            raise InvalidTransition(
                "One of the records has changed since you looked; compare them again."
            )
        wanted = dict(choices)
        address = wanted.pop("address", "winner")
        values = chosen_values(kind, plan.winner, plan.loser, wanted)
        names = (
            [str(plan.loser.name), str(plan.loser.display_name)] if kind == "organisation" else []
        )
        first = _primary(loser_id) if kind == "contact" and address == "loser" else None
        _retire(plan, on, actor)
        for step in plan.steps:
            step.act()
        moved = move_relations(kind, loser_id, winner_id, actor=actor, reason=REASON)
        _take(plan.winner, values, actor)
        if kind == "organisation":
            _remember_names(plan.winner, names, actor)
        else:
            _finish_contact(winner_id, first, actor)
        _close_pairs(kind, plan, actor)
        audit.record("duplicates", "merge", actor=actor, subject=plan.winner,
                     facts={"kind": kind, "loser": loser_id, "moved": moved,
                            "fields": sorted(values), "steps": len(plan.steps)})  # fmt: skip
    return moved


def _lock(kind: str, winner_id: int, loser_id: int) -> None:
    """Both rows in the order of their ids, so that two merges the other way round cannot block each
    other. SQLite holds the whole database for the transaction."""
    rows = MODELS[kind]._base_manager.filter(pk__in=(winner_id, loser_id)).order_by("pk")
    list(rows.select_for_update().values_list("pk", flat=True))


def _retire(plan: MergePlan, on: date, actor: Actor) -> None:
    gone = {"merged_into_id": plan.winner.pk}
    if plan.kind == "organisation":
        gone |= {"archived_on": plan.loser.archived_on or on, "parent_id": None}
    else:
        gone |= {"external_uid": ""}
    guarded_update(plan.loser, expect={"merged_into": None}, set=gone, actor=actor, reason=REASON)


def _take(winner: models.Model, values: dict[str, Any], actor: Actor) -> None:
    winner.refresh_from_db()
    if not values:
        return
    for name, value in values.items():
        setattr(winner, name, value)
    winner.derive()  # type: ignore[attr-defined]
    derived = {n: getattr(winner, n) for n in ("name_folded", "region") if hasattr(winner, n)}
    guarded_update(winner, expect={"merged_into": None}, set={**values, **derived}, actor=actor,
                   reason=REASON)  # fmt: skip


def _remember_names(winner: Organisation, names: list[str], actor: Actor) -> None:
    """The names of the merged record are other names of the one that stays, so that search and
    imports find it under them."""
    known = {winner.name, winner.display_name, *winner.other_names.values_list("name", flat=True)}
    for name in dict.fromkeys(names):
        if name and name not in known:
            row = OtherName(organisation=winner, kind=NameKind.ALIAS, name=name)
            row._history_user = actor_user(actor)  # type: ignore[attr-defined]
            row.save()


def _primary(contact_id: int) -> ContactAddress | None:
    return ContactAddress.objects.filter(
        contact=contact_id, primary=True, valid_until__isnull=True
    ).first()


def _finish_contact(winner_id: int, first: ContactAddress | None, actor: Actor) -> None:
    """Makes the chosen address the primary one and checks what a duty asks of its holder.

    Raises: RuleBroken when a role mailbox would hold a duty of a person.
    """
    if first is not None:
        old = _primary(winner_id)
        if old is not None and old.pk != first.pk:
            guarded_update(old, expect={"primary": True}, set={"primary": False}, actor=actor,
                           reason=REASON)  # fmt: skip
            guarded_update(first, expect={"primary": False}, set={"primary": True}, actor=actor,
                           reason=REASON)  # fmt: skip
    winner = Contact.objects.get(pk=winner_id)
    duties = RoleAssignment.objects.not_ended().filter(contact=winner)
    if (
        winner.kind == ContactKind.MAILBOX
        and duties.filter(role_type__person_required=True).exists()
    ):
        raise RuleBroken(
            translation.gettext("A duty of the two needs a person; choose the kind “Person”."),
            code="duty_person",
        )


def _close_pairs(kind: str, plan: MergePlan, actor: Actor) -> None:
    """The pair is merged; other open pairs of the merged record are for the next night."""
    low, high = sorted((plan.winner.pk, plan.loser.pk))
    pairs = DuplicatePair.objects.filter(kind=kind)
    pairs.filter(left_id=low, right_id=high).update(
        state=PairState.MERGED, decided_by=actor_user(actor), decided_at=dates.now()
    )
    ours = models.Q(left_id=plan.loser.pk) | models.Q(right_id=plan.loser.pk)
    pairs.filter(ours, state=PairState.OPEN).delete()
