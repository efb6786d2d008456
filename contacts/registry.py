"""What other apps plug into the roll: timeline, tabs, imports, "receives", merge policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

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
class RowResult:
    """What one row of an import would do, or did. ``changes`` is the journal for undo."""

    outcome: str
    reason: str = ""
    changes: list[dict] = field(default_factory=list)


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


TIMELINE: Registry[TimelineSource] = Registry("timeline sources")
HEAD_FACTS: Registry[Callable[[int, date], list[HeadFact]]] = Registry("organisation head facts")
ORGANISATION_TABS: Registry[OrganisationTab] = Registry("organisation tabs")
IMPORT_KINDS: Registry[ImportKind] = Registry("import kinds")
# "receives:" per duty, from topics and billing: f(role_code, language) → sentences.
RECEIVES: Registry[Callable[[str, str], list[str]]] = Registry("what a duty receives")
# Moves one app's rows from the losing to the winning record: f(kind, loser_id, winner_id, actor).
MERGE_POLICIES: Registry[Callable[[str, int, int, Actor], dict[str, int]]] = Registry(
    "merge policies"
)
# Why contacts without a duty are still needed: f(contact_ids) → those of them that are.
CONTACT_USES: Registry[Callable[[set[int]], set[int]]] = Registry("uses of contacts")
# Preview of a move: f(organisation_id, target, on) → sentences about fees, votes, duties, notices.
MOVE_PREVIEWS: Registry[Callable[..., list[str]]] = Registry("move previews")
# Called inside the transaction of a membership act: f(organisation_id, act, on, actor). Acts: approve,
# withdraw (of an application), start, end, suspend, reinstate, move.
MEMBERSHIP_EVENTS: Registry[Callable[..., None]] = Registry("membership events")
# When the first-year fee of an approved applicant was paid: f(organisation_id) → the day, or None.
FIRST_FEE_PAID: Registry[Callable[[int], date | None]] = Registry("first-year fees")
