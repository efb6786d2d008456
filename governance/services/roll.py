"""The electoral roll: frozen at the record date with a reason for every member, corrected by two."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from contacts.models import Organisation
from contacts.queries import Reachable, member_types_on, voting_holders
from governance.enums import (
    ELECTION_TRANSITIONS,
    ClassRule,
    ElectionState,
    RollReason,
)
from governance.models import Election, RollEntry
from governance.sealing.roll import leaf_hash, roll_root
from governance.sealing.tally import SMALLEST_CLASS
from governance.secrets import token_hash, voting_token


def freeze_roll(*, election: Election, on: date, actor: Actor) -> Election:
    """One entry for each member on the record date, in or out, with the reason; publishes the root.

    A run-off takes over the roll of the election it follows.

    Raises: RuleBroken before the record date, or when a box of its own would hold fewer than five
        voters; InvalidTransition unless the definition is fixed.
    """
    if election.record_date > on:
        raise RuleBroken("The record date has not come yet.")
    source = election.previous
    entries = _taken_over(election, source) if source else _fresh_entries(election)
    _refuse_small_boxes(election, entries)
    for entry in entries:
        set_leaf(entry)
        if entry.included:
            entry.token_hash = token_hash(voting_token(election, entry))
    with transaction.atomic():
        transition(election, to=ElectionState.ROLLED, table=ELECTION_TRANSITIONS, actor=actor)
        RollEntry.objects.bulk_create(entries, batch_size=500)
        publish_root(election, actor=actor)
        audit.record(
            election.stream,
            "roll_frozen",
            actor=actor,
            subject=election,
            facts={
                "record_date": election.record_date,
                "entitled": sum(entry.included for entry in entries),
                "members": len(entries),
                "root": election.roll_root,
            },
        )
    return election


def _fresh_entries(election: Election) -> list[RollEntry]:
    day = election.record_date
    members = list(Organisation.objects.members(on=day).order_by("pk"))
    types = member_types_on(day)
    suspended = set(Organisation.objects.suspended(on=day).values_list("pk", flat=True))
    voting = set(Organisation.objects.voting(on=day).values_list("pk", flat=True))
    holders = first_holders(voting_holders(on=day, organisation_ids=[m.pk for m in members]))
    entries = []
    for member in members:
        reason = RollReason.VOTING_MEMBER
        if member.pk in suspended:
            reason = RollReason.SUSPENDED
        elif member.pk not in voting:
            reason = RollReason.NO_VOTE
        entry = RollEntry(
            election=election,
            organisation=member,
            member_type=types.get(member.pk, ""),
            box=box_of(election, member),
            included=reason == RollReason.VOTING_MEMBER,
            reason=reason,
            salt=secrets.token_hex(16),
        )
        if entry.included:
            name_voter(entry, holders.get(member.pk))
        entries.append(entry)
    return entries


def first_holders(holders: Iterable[Reachable]) -> dict[int, Reachable]:
    """Organisation → its voting contact: the first that mail reaches, else the holder."""
    chosen: dict[int, Reachable] = {}
    for holder in holders:
        present = chosen.get(holder.organisation_id)
        if present is None or (present.why_not and not holder.why_not):
            chosen[holder.organisation_id] = holder
    return chosen


def name_voter(entry: RollEntry, holder: Reachable | None) -> None:
    if holder is None:
        entry.unreachable = "no_voting_contact"
        return
    entry.contact_id = holder.contact_id
    entry.address = holder.address
    entry.language = holder.language
    entry.unreachable = holder.why_not


def _taken_over(election: Election, source: Election) -> list[RollEntry]:
    return [
        RollEntry(
            election=election,
            organisation_id=old.organisation_id,
            contact_id=old.contact_id,
            member_type=old.member_type,
            box=old.box if old.box in election.boxes else election.boxes[0],
            included=old.included,
            reason=old.reason,
            address=old.address,
            language=old.language,
            unreachable=old.unreachable,
            salt=secrets.token_hex(16),
        )
        for old in source.roll.order_by("organisation_id")
    ]


def box_of(election: Election, member: Organisation) -> str:
    """The box a member's ballot goes into."""
    if election.class_rule == ClassRule.PROFIT and len(election.boxes) > 1:
        return "for-profit" if member.for_profit else "non-profit"
    return "all"


def _refuse_small_boxes(election: Election, entries: list[RollEntry]) -> None:
    if len(election.boxes) == 1:
        return
    for box in election.boxes:
        size = sum(entry.included and entry.box == box for entry in entries)
        if size < SMALLEST_CLASS:
            raise RuleBroken(
                f"The box “{box}” would hold {size} voters; below {SMALLEST_CLASS} a box of its "
                "own tells how they voted. The members have changed since the definition was "
                "read: copy the election as a new draft, which merges the boxes."
            )


def set_leaf(entry: RollEntry) -> None:
    """Hash of the entry as its member can check it."""
    entry.leaf = leaf_hash(public_entry(entry), entry.salt)


def public_entry(entry: RollEntry) -> dict[str, object]:
    """What the leaf of an entry covers."""
    return {
        "member": entry.organisation_id,
        "contact": entry.contact_id or 0,
        "box": entry.box,
        "included": entry.included,
        "reason": entry.reason,
    }


def publish_root(election: Election, *, actor: Actor) -> None:
    """Set the root over the present roll."""
    leaves = list(RollEntry.objects.filter(election=election).values_list("leaf", flat=True))
    guarded_update(
        election,
        expect={"state": election.state},
        set={"roll_root": roll_root(leaves)},
        actor=actor,
    )
