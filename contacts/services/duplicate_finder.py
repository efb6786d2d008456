"""The nightly search for possible duplicates. What staff decided stays decided."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from contacts.duplicates.blocking import (
    candidates,
    contact_keys,
    organisation_keys,
    word_frequency,
)
from contacts.duplicates.facts import contact_facts, organisation_facts
from contacts.duplicates.scoring import SHOWN_FROM, Score, score_contacts, score_organisations
from contacts.enums import PairState
from contacts.models import DuplicatePair

CHUNK = 200
# A queue nobody will ever work off is of no use: the best are kept.
MOST_PAIRS = 5_000
Found = tuple[int, int, Score]


def find_duplicates(
    *, on: date, actor: Actor, report: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Compares all records and brings the open pairs up to date; kind → open pairs.

    Open pairs that no longer hold go, decided ones are never touched. Short transactions; safe to
    run twice at once and to be cut off.
    """
    counts = {}
    for step, (kind, search) in enumerate(
        (("organisation", organisation_pairs), ("contact", contact_pairs)), 1
    ):
        counts[kind] = _store(kind, best_of(search(on=on)), on=on)
        if report is not None:
            report(step, 2)
    with transaction.atomic():
        audit.record("duplicates", "find", actor=actor, facts=counts)
    return counts


def best_of(found: Iterator[Found]) -> list[Found]:
    """The pairs with the highest scores, no more than staff can look at."""
    return heapq.nlargest(MOST_PAIRS, found, key=lambda item: item[2].points)


def organisation_pairs(*, on: date) -> Iterator[Found]:
    """Pairs of organisation ids with their score, from :data:`SHOWN_FROM` points."""
    records = organisation_facts(on=on)
    frequency = word_frequency(records)
    keys = [organisation_keys(facts, frequency) for facts in records]
    texts = [(" ".join(f.names[0]), n) for n, f in enumerate(records) if f.names]
    for left, right in candidates(keys, texts):
        score = score_organisations(records[left], records[right])
        if score.points >= SHOWN_FROM:
            yield _pair(records[left].pk, records[right].pk, score)


def contact_pairs(*, on: date) -> Iterator[Found]:
    """Pairs of contact ids with their score."""
    records = contact_facts(on=on)
    for left, right in candidates([contact_keys(facts) for facts in records]):
        score = score_contacts(records[left], records[right])
        if score.points >= SHOWN_FROM:
            yield _pair(records[left].pk, records[right].pk, score)


def _pair(one: int, other: int, score: Score) -> Found:
    return (min(one, other), max(one, other), score)


def _store(kind: str, found: list[Found], *, on: date) -> int:
    known = {
        (row.left_id, row.right_id): row
        for row in DuplicatePair.objects.filter(kind=kind).iterator()
    }
    fresh, changed = [], []
    for left, right, score in found:
        reasons = [[reason.code, reason.points] for reason in score.reasons]
        row = known.pop((left, right), None)
        if row is None:
            fresh.append(DuplicatePair(kind=kind, left_id=left, right_id=right, found_on=on,
                                       score=score.points, reasons=reasons))  # fmt: skip
        elif row.state == PairState.OPEN and (row.score, row.reasons) != (score.points, reasons):
            row.score, row.reasons = score.points, reasons
            changed.append(row)
    gone = [row.pk for row in known.values() if row.state == PairState.OPEN]
    # Each write names the open state again: staff decide meanwhile.
    for start in range(0, len(fresh), CHUNK):
        DuplicatePair.objects.bulk_create(fresh[start : start + CHUNK], ignore_conflicts=True)
    for start in range(0, len(changed), CHUNK):
        DuplicatePair.objects.bulk_update(changed[start : start + CHUNK], ["score", "reasons"])
    for start in range(0, len(gone), CHUNK):
        DuplicatePair.objects.filter(
            pk__in=gone[start : start + CHUNK], state=PairState.OPEN
        ).delete()
    return DuplicatePair.objects.filter(kind=kind, state=PairState.OPEN).count()
