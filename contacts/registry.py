"""What other apps plug into the roll: timeline, tabs, imports, "receives", merge policies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.functional import Promise

from backoffice.core.actor import Actor
from backoffice.core.registry import Registry


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a record's story. ``kind`` is a filter chip: mail, money, duty, change, note,
    vote, task, membership, privacy."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    url: str = ""
    actor: str = ""


@dataclass(frozen=True)
class TimelineSource:
    """``entries(organisation_id, contact_id, limit, before)``: newest first, one or two queries."""

    permission: str
    entries: Callable[[int | None, int | None, int, datetime | None], Iterable[TimelineEntry]]


@dataclass(frozen=True)
class HeadFact:
    """A figure in the head of the organisation page: balance, next invoice, open election."""

    label: str
    value: str
    url: str = ""
    tone: str = "calm"


@dataclass(frozen=True)
class OrganisationTab:
    title: str
    permission: str
    template: str
    context: Callable[[int, date], dict]


@dataclass(frozen=True)
class MoveTarget:
    """Where a move leads: a member's new type and lead, or a repository's new holder; keys of rows."""

    member_type: str = ""
    lead: int | None = None
    lead_before: int | None = None
    repository: int | None = None
    new_holder: int | None = None


@dataclass(frozen=True)
class RowResult:
    """What one row of an import would do, or did. A row that needs a decision names the question and
    the answers that only it has."""

    outcome: str
    reason: str = ""
    question: str = ""
    known: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportKind:
    """A file kind of the command contract.

    ``columns``: known header names (folded) → field name; ``required``: field names without which
    the file is refused. ``prepare(rows)`` loads what a chunk needs in few queries; ``apply(row,
    state, actor, on)`` writes one row (in the caller's transaction) and returns a RowResult;
    raising BadInput rejects the row with the cell named.
    """

    name: str
    title: str
    columns: dict[str, str]
    required: frozenset[str]
    apply: Callable[..., RowResult]
    prepare: Callable[..., object] | None = None
    finish: Callable[..., None] | None = None
    permission: str = "contacts.add_importrun"


@dataclass(frozen=True)
class Relation:
    """One foreign key to an organisation or a contact, and what a merge does with its rows.

    ``act``: "move" (they follow to the record that stays), "leave" (they keep pointing at the merged
    record; ``why`` says so to staff) or "own" (the policy's ``steps`` take care of them). ``only``:
    the lookups that rows to move must meet. ``unless_same``: fields in which the winner must not hold
    a row of the same values already, under the condition ``clash``; such a row stays where it is.
    """

    model: str
    field: str
    act: str = "move"
    why: str | Promise = ""
    only: dict[str, object] = dataclasses.field(default_factory=dict)
    unless_same: tuple[str, ...] | None = None
    clash: dict[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class MergeStep:
    """One act of a merge that is more than moving rows: its sentence for the preview, and the act."""

    sentence: str
    act: Callable[[], None]


@dataclass(frozen=True)
class MergePolicy:
    """One app's part in a merge; all of it runs in the merge's one transaction.

    ``refuses(kind, loser_id, winner_id)``: sentences why it cannot be done now. ``steps(kind,
    loser_id, winner_id, on, actor)``: done before the rows move, in this order.
    """

    relations: tuple[Relation, ...]
    refuses: Callable[[str, int, int], list[str]] | None = None
    steps: Callable[[str, int, int, date, Actor], list[MergeStep]] | None = None


TIMELINE: Registry[TimelineSource] = Registry("timeline sources")
HEAD_FACTS: Registry[Callable[[int, date], list[HeadFact]]] = Registry("organisation head facts")
ORGANISATION_TABS: Registry[OrganisationTab] = Registry("organisation tabs")
IMPORT_KINDS: Registry[ImportKind] = Registry("import kinds")
# "receives:" per duty, from topics and billing: f(role_code, language) → sentences.
RECEIVES: Registry[Callable[[str, str], list[str]]] = Registry("what a duty receives")
# Organisations by other apps' numbers, such as an invoice: f(text) → a query of organisation ids.
SEARCHES: Registry[Callable[[str], QuerySet]] = Registry("organisation searches")
# What a merge does with the rows of each app; every foreign key to a record must be listed.
MERGE_POLICIES: Registry[MergePolicy] = Registry("merge policies")
# Why contacts without a duty are still needed: f(contact_ids) → those of them that are.
CONTACT_USES: Registry[Callable[[set[int]], set[int]]] = Registry("uses of contacts")
# What settles a processor task of a removal by itself: f(case_reference, address_hashes, on) → evidence,
# empty while the person is or may still be there. By the code of the processor.
PROCESSOR_ADAPTERS: Registry[Callable[[str, frozenset[str], date], str]] = Registry(
    "processor adapters"
)
# Preview of a move: f(organisation_id, target, on) → sentences about fees, votes, duties, notices.
MOVE_PREVIEWS: Registry[Callable[[int, MoveTarget, date], list[str]]] = Registry("move previews")
# Called inside the transaction of a membership act: f(organisation_id, act, on, actor). Acts: approve,
# withdraw (of an application), start, end, suspend, reinstate, move.
MEMBERSHIP_EVENTS: Registry[Callable[..., None]] = Registry("membership events")
# When the first-year fee of an approved applicant was paid: f(organisation_id) → the day, or None.
FIRST_FEE_PAID: Registry[Callable[[int], date | None]] = Registry("first-year fees")
# Days on which a payer was reminded of what is still open, oldest first: f(organisation_id).
ARREARS_REMINDERS: Registry[Callable[[int], list[date]]] = Registry("reminders of arrears")
