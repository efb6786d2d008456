"""Decisions on possible duplicates: not duplicates (remembered), open again."""

from __future__ import annotations

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition
from backoffice.core.services import audit
from backoffice.core.services.jobs import enqueue, is_waiting
from backoffice.core.transitions import actor_user, transition
from contacts.enums import PAIR_TRANSITIONS, PairState
from contacts.models import DuplicatePair

FIND_JOB = "contacts.find_duplicates"


def search_now(*, actor: Actor) -> None:
    """Queues the nightly search. Raises: InvalidTransition when it is queued or at work already."""
    with transaction.atomic():
        if is_waiting(FIND_JOB):
            raise InvalidTransition("The search is queued already.")
        enqueue(FIND_JOB, requested_by=actor_user(actor))
        audit.record("duplicates", "search_now", actor=actor)


def mark_distinct(*, pair: DuplicatePair, actor: Actor) -> DuplicatePair:
    """Remembered for good: the finder never opens the pair again.

    Raises: InvalidTransition when the pair was decided meanwhile.
    """
    return _decide(pair, PairState.DISTINCT, "not_duplicates", actor)


def reopen_pair(*, pair: DuplicatePair, actor: Actor) -> DuplicatePair:
    """Takes "not duplicates" back. Raises: InvalidTransition for another state."""
    return _decide(pair, PairState.OPEN, "reopen_pair", actor)


def _decide(pair: DuplicatePair, to: str, action: str, actor: Actor) -> DuplicatePair:
    with transaction.atomic():
        decided = to != PairState.OPEN
        transition(
            pair, to=to, table=PAIR_TRANSITIONS, actor=actor,
            also={"decided_by": actor_user(actor) if decided else None,
                  "decided_at": dates.now() if decided else None},
        )  # fmt: skip
        audit.record("duplicates", action, actor=actor, subject=pair,
                     facts={"kind": pair.kind, "left": pair.left_id, "right": pair.right_id,
                            "score": pair.score})  # fmt: skip
    return pair
