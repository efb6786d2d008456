"""Moves rows of a merged record to the one that stays, by the list of each app, with their history."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef

from backoffice.core.actor import Actor
from backoffice.core.transitions import actor_user
from contacts.registry import MERGE_POLICIES, Relation

CHUNK = 500
TARGETS = {"organisation": "contacts.organisation", "contact": "contacts.contact"}


@dataclass(frozen=True)
class PlannedRelation:
    """How many rows of one foreign key follow and how many stay, and why."""

    relation: Relation
    title: str
    moves: int
    stays: int

    @property
    def key(self) -> str:
        return f"{self.relation.model}.{self.relation.field}"


def model_of(relation: Relation) -> type[models.Model]:
    return apps.get_model(relation.model)


def relations_to(kind: str) -> list[Relation]:
    """Every listed foreign key to this kind of record, in the order of wiring."""
    return [
        relation
        for _name, policy in MERGE_POLICIES
        for relation in policy.relations
        if _target(relation) == TARGETS[kind]
    ]


def _target(relation: Relation) -> str:
    related = model_of(relation)._meta.get_field(relation.field).related_model
    return related._meta.label_lower  # type: ignore[union-attr]


def rows_to_move(relation: Relation, loser_id: int, winner_id: int) -> models.QuerySet:
    """Rows of the loser that follow. None where the list says that they stay."""
    model = model_of(relation)
    rows = model._base_manager.filter(**{f"{relation.field}_id": loser_id})
    if relation.act != "move":
        return rows.none()
    rows = rows.filter(**relation.only)
    if relation.unless_same is not None:
        theirs = model._base_manager.filter(
            **{f"{relation.field}_id": winner_id}, **relation.clash,
            **{name: OuterRef(name) for name in relation.unless_same},
        )  # fmt: skip
        clashing = model._base_manager.filter(**relation.clash).filter(Exists(theirs))
        rows = rows.exclude(
            pk__in=clashing.filter(**{f"{relation.field}_id": loser_id}).values("pk")
        )
    return rows


def plan_relations(kind: str, loser_id: int, winner_id: int) -> list[PlannedRelation]:
    """What moves and what stays, for relations that have rows at all."""
    planned = []
    for relation in relations_to(kind):
        if relation.act == "own":
            continue
        model = model_of(relation)
        total = model._base_manager.filter(**{f"{relation.field}_id": loser_id}).count()
        if total:
            moves = rows_to_move(relation, loser_id, winner_id).count()
            title = str(model._meta.verbose_name_plural)
            planned.append(PlannedRelation(relation, title, moves, total - moves))
    return planned


def move_relations(
    kind: str, loser_id: int, winner_id: int, *, actor: Actor, reason: str
) -> dict[str, int]:
    """Moves what is listed, each row with its history; foreign key → rows moved."""
    moved = {}
    for relation in relations_to(kind):
        ids = list(rows_to_move(relation, loser_id, winner_id).values_list("pk", flat=True))
        if ids:
            repoint(model_of(relation), ids, relation.field, winner_id, actor=actor, reason=reason)
            moved[f"{relation.model}.{relation.field}"] = len(ids)
    return moved


def repoint(
    model: type[models.Model], ids: list, name: str, winner_id: int, *, actor: Actor, reason: str
) -> None:
    """Points rows at the winner, with a history row each where the model keeps one."""
    user = actor_user(actor)
    for start in range(0, len(ids), CHUNK):
        rows = model._base_manager.filter(pk__in=ids[start : start + CHUNK])
        rows.update(**{f"{name}_id": winner_id})
        history = getattr(model, "history", None)
        if history is not None:
            history.bulk_history_create(
                list(rows), update=True, default_user=user, default_change_reason=reason
            )
