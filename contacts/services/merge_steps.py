"""What a merge of two organisations does beyond moving rows: periods, links, duties, tree, addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.dates import last_day
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import EndReason
from contacts.models import (
    Membership,
    Organisation,
    OrganisationAddress,
    OrganisationLink,
    RoleAssignment,
    Suspension,
)
from contacts.registry import MergeStep
from contacts.services.merge_relations import repoint

REASON = "merge"


def organisation_steps(loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    """In this order: ends what both have open, then everything follows."""
    steps = _periods(loser_id, winner_id, on, actor)
    steps += _suspensions(loser_id, winner_id, on, actor)
    steps += _links(loser_id, winner_id, on, actor)
    steps += _tree(loser_id, winner_id, actor)
    steps += _addresses(loser_id, winner_id, actor)
    return steps + _duties(loser_id, winner_id, on, actor)


def end_row(row: Any, on: date, actor: Actor, **more: str) -> Callable[[], None]:
    """The act that ends a dated row; refused when it was ended meanwhile."""

    def act() -> None:
        guarded_update(
            row, expect={"valid_until": None},
            set={"valid_until": max(on, row.valid_from), **more}, actor=actor, reason=REASON,
        )  # fmt: skip

    return act


def _follow(model, name: str, loser_id: int, winner_id: int, actor: Actor, sentence: str):
    """All rows of the loser follow, with the count in the sentence; none: no step."""
    count = model.objects.filter(**{name: loser_id}).count()

    def act() -> None:
        ids = list(model.objects.filter(**{name: loser_id}).values_list("pk", flat=True))
        repoint(model, ids, name, winner_id, actor=actor, reason=REASON)

    return [MergeStep(sentence % {"count": count}, act)] if count else []


def _periods(loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    mine = Membership.objects.not_ended().filter(organisation=loser_id).first()
    theirs = Membership.objects.not_ended().filter(organisation=winner_id).first()
    steps = []
    if mine is not None and theirs is not None:
        steps.append(MergeStep(
            _("Both are members. The membership as %(mine)s ends on %(day)s; the one as %(theirs)s goes on.")
            % {"mine": mine.member_type, "theirs": theirs.member_type, "day": last_day(max(on, mine.valid_from))},
            end_row(mine, on, actor, end_reason=EndReason.MERGED),
        ))  # fmt: skip
    return steps + _follow(
        Membership, "organisation", loser_id, winner_id, actor,
        _("Membership periods that follow, none of them merged: %(count)s."),
    )  # fmt: skip


def _suspensions(loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    mine = Suspension.objects.not_ended().filter(organisation=loser_id).first()
    steps = []
    if mine and Suspension.objects.not_ended().filter(organisation=winner_id).exists():
        steps.append(MergeStep(_("Both are suspended; one suspension goes on."),
                               end_row(mine, on, actor)))  # fmt: skip
    return steps + _follow(Suspension, "organisation", loser_id, winner_id, actor,
                           _("Suspensions that follow: %(count)s."))  # fmt: skip


def _links(loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    both = (loser_id, winner_id)
    steps = []
    between = OrganisationLink.objects.filter(lead__in=both, organisation__in=both)
    for link in between.filter(valid_until__isnull=True):
        steps.append(MergeStep(_("The link between the two ends."), end_row(link, on, actor)))
    kept = set(between.values_list("pk", flat=True))
    theirs = set(OrganisationLink.objects.not_ended().filter(organisation=winner_id)
                 .exclude(pk__in=kept).values_list("kind", flat=True))  # fmt: skip
    mine = OrganisationLink.objects.not_ended().filter(organisation=loser_id).exclude(pk__in=kept)
    for link in mine.filter(kind__in=theirs).select_related("lead"):
        steps.append(MergeStep(
            _("Both stand below a lead; the link to %(lead)s ends.") % {"lead": link.lead},
            end_row(link, on, actor),
        ))  # fmt: skip
    for name, sentence in (
        ("organisation", _("Links to leads that follow: %(count)s.")),
        ("lead", _("Organisations below, in all their spans, that follow: %(count)s.")),
    ):
        rows = OrganisationLink.objects.filter(**{name: loser_id}).exclude(pk__in=kept)
        ids = list(rows.values_list("pk", flat=True))
        if ids:
            steps.append(MergeStep(sentence % {"count": len(ids)}, _repointing(
                OrganisationLink, ids, name, winner_id, actor)))  # fmt: skip
    return steps


def _repointing(model, ids: list, name: str, winner_id: int, actor: Actor) -> Callable[[], None]:
    return lambda: repoint(model, ids, name, winner_id, actor=actor, reason=REASON)


def _tree(loser_id: int, winner_id: int, actor: Actor) -> list[MergeStep]:
    ids = list(Organisation.objects.filter(parent=loser_id).exclude(pk=winner_id)
               .values_list("pk", flat=True))  # fmt: skip
    steps = []
    winner = Organisation.objects.get(pk=winner_id)
    if winner.parent_id == loser_id:
        above = Organisation.objects.values_list("parent_id", flat=True).get(pk=loser_id)

        def lift() -> None:
            guarded_update(winner, expect={"parent_id": loser_id}, set={"parent_id": above},
                           actor=actor, reason=REASON)  # fmt: skip

        steps.append(MergeStep(_("The record that stays is no longer part of the other."), lift))
    if ids:
        steps.append(MergeStep(_("Parts that follow: %(count)s.") % {"count": len(ids)},
                               _repointing(Organisation, ids, "parent", winner_id, actor)))  # fmt: skip
    return steps


def _addresses(loser_id: int, winner_id: int, actor: Actor) -> list[MergeStep]:
    theirs = OrganisationAddress.objects.filter(organisation=winner_id).values("kind")
    rows = OrganisationAddress.objects.filter(organisation=loser_id).exclude(kind__in=theirs)
    ids = list(rows.values_list("pk", flat=True))
    if not ids:
        return []
    return [MergeStep(_("Addresses that follow, because the other has none of the kind: %(count)s.")
                      % {"count": len(ids)},
                      _repointing(OrganisationAddress, ids, "organisation", winner_id, actor))]  # fmt: skip


def _duties(loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    taken: dict[tuple[int, int], int] = {}
    held: set[tuple[int, int]] = set()
    for row in RoleAssignment.objects.not_ended().filter(organisation=winner_id):
        taken[(row.role_type_id, row.order)] = row.contact_id
        held.add((row.role_type_id, row.contact_id))
    steps = []
    rows = RoleAssignment.objects.not_ended().filter(organisation=loser_id)
    for row in rows.select_related("role_type", "contact").order_by("role_type", "order"):
        named = {"contact": row.contact, "role": row.role_type}
        if (row.role_type_id, row.contact_id) in held:
            steps.append(MergeStep(_("%(contact)s is %(role)s at both; one of the two ends.") % named,
                                   end_row(row, on, actor, end_reason=REASON)))  # fmt: skip
            continue
        order = row.order
        while (row.role_type_id, order) in taken:
            order += 1
        taken[(row.role_type_id, order)] = row.contact_id
        held.add((row.role_type_id, row.contact_id))
        if order != row.order:
            steps.append(MergeStep(
                _("%(contact)s becomes deputy %(order)s for %(role)s.") % {**named, "order": order},
                _deputy(row, order, winner_id, on, actor),
            ))  # fmt: skip
    return steps + _follow(RoleAssignment, "organisation", loser_id, winner_id, actor,
                           _("Duties that follow, ended ones included: %(count)s."))  # fmt: skip


def _deputy(row: RoleAssignment, order: int, winner_id: int, on: date, actor: Actor):
    """A duty changes by ending one row and starting another, never by editing it."""

    def act() -> None:
        end_row(row, on, actor, end_reason=REASON)()
        fresh = RoleAssignment(
            organisation_id=winner_id, contact_id=row.contact_id, role_type_id=row.role_type_id,
            order=order, valid_from=max(on, row.valid_from), source=REASON,
            asked_on=row.asked_on, agreed_on=row.agreed_on, exclusive=row.exclusive,
            unreachable_since=row.unreachable_since, unreachable_reason=row.unreachable_reason,
        )  # fmt: skip
        fresh._history_user = actor_user(actor)  # type: ignore[attr-defined]
        fresh.save()

    return act
