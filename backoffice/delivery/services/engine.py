"""The loop: claim, sift, build, begin, hand over, finish. Every step is committed before the next.

At most one automatic hand-off per row, and no row without a visible end. What a lost worker had in
hand becomes "uncertain" and is never repeated silently.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from backoffice.core import dates
from backoffice.core.tasks import worker_name
from backoffice.delivery.enums import DeliveryState, Lane
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Merge
from backoffice.delivery.services import claims, lanes, throttle
from backoffice.delivery.services.building import build, code_of, envelope_for
from backoffice.delivery.services.notices import tell_handlers
from backoffice.delivery.services.sifting import obstacles, within_domain_limits
from backoffice.delivery.services.suppression import suppressing_scopes
from backoffice.delivery.transports.choice import make_transport
from backoffice.delivery.transports.outcomes import Outcome, Transport, Verdict

logger = logging.getLogger("rollcall.delivery")
BATCH = 200
# Claimed rows that have waited longer than this are asked about once more before they leave.
FRESH = timedelta(seconds=10)
ORDER = (Lane.ANSWER, Lane.GOVERNANCE, Lane.CONTRACT, Lane.BULK)


def checkpoint(name: str) -> None:
    """Names a point between two steps; the kill tests stop the process here."""


class Engine:
    """One worker's hand-offs over one transport connection."""

    def __init__(
        self,
        worker: str,
        transport: Transport,
        clock: Callable[[], datetime] = dates.now,
    ) -> None:
        self.worker = worker
        self.transport = transport
        self.clock = clock
        self.route = lanes.transport_key(transport.name)
        # Lanes whose row of failures this batch has ended already: one write a batch, not one a mail.
        self._steady: set[str] = set()

    def round(self, limit: int = BATCH) -> int:
        """Up to ``limit`` rows of each lane, the urgent lanes first; how many were settled."""
        claims.expire_leases(now=self.clock())
        return sum(self._lane(lane, limit) for lane in ORDER)

    def _lane(self, lane: str, limit: int) -> int:
        now = self.clock()
        if not lanes.may_run(lane, self.route, now=now):
            return 0
        room = throttle.room_of((lane, self.route), limit, now=now)
        if room == 0:
            return 0
        rows = claims.claim(
            lane=lane,
            worker=self.worker,
            limit=room,
            now=now,
            held_mailings=[int(key) for key in lanes.held("mailing:", now=now)],
            held_domains=[
                *lanes.held("domain:", now=now),
                *throttle.used_up("domain:", now=now),
            ],
        )
        checkpoint("claimed")
        return self.hand_over_rows(rows, now) if rows else 0

    def hand_over_rows(
        self,
        rows: Sequence[Delivery],
        now: datetime,
        prepared: Mapping[int, Merge] | None = None,
    ) -> int:
        """Claimed rows to their end, one after the other; how many were settled."""
        self._steady.clear()
        waiting = self._sift(list(rows), now)
        done = len(rows) - len(waiting)
        waiting = self._within_limits(waiting, now)
        merges = prepared if prepared is not None else self._merges(waiting)
        asked = now
        while waiting:
            if self.clock() - asked > FRESH:
                before, asked = len(waiting), self.clock()
                waiting = self._sift(waiting, asked)
                done += before - len(waiting)
                continue
            delivery = waiting.pop(0)
            if not self._hand_over(delivery, merges.get(delivery.pk)):
                claims.release([delivery, *waiting], worker=self.worker)
                break
            done += 1
        return done

    def _sift(self, rows: list[Delivery], now: datetime) -> list[Delivery]:
        """Settles what must not leave (suppressed, no longer due) and returns the rest."""
        reasons = obstacles(rows, now=now)
        for row in rows:
            if row.pk in reasons:
                self._settle(row, DeliveryState.SKIPPED, reasons[row.pk], now)
        return [row for row in rows if row.pk not in reasons]

    def _within_limits(self, rows: list[Delivery], now: datetime) -> list[Delivery]:
        """Counts the rows against every limit and gives back what has no room."""
        rows, back = within_domain_limits(rows, now=now)
        for lane in {row.lane for row in rows}:
            own = [row for row in rows if row.lane == lane]
            back += own[throttle.reserve(lane, len(own), now=now) :]
        rows = [row for row in rows if row not in back]
        granted = throttle.reserve(self.route, len(rows), now=now)
        for row in rows[granted:]:
            throttle.give_back(row.lane, 1, now=now)
        claims.release([*back, *rows[granted:]], worker=self.worker)
        return rows[:granted]

    def _merges(self, rows: list[Delivery]) -> dict[int, Merge]:
        merges: dict[int, Merge] = {}
        for name in {row.kind for row in rows if row.kind in MESSAGE_KINDS}:
            kind = MESSAGE_KINDS.get(name)
            if kind.batch is not None:
                merges.update(kind.batch([row for row in rows if row.kind == name]))
        return merges

    def _hand_over(self, delivery: Delivery, merge: Merge | None) -> bool:
        """One row to its end. Returns: False when the whole lane must stop for now."""
        now = self.clock()
        try:
            ready = build(delivery, merge, now=now)
        except Exception as error:  # noqa: BLE001 - any fault of a kind ends this row only
            self._settle(delivery, DeliveryState.FAILED, code_of(error), now)
            return True
        if not claims.begin(
            delivery, worker=self.worker, route=self.route, token_hash=ready.token_hash, now=now
        ):
            return self._refused_at_the_door(delivery, now)
        checkpoint("handing")
        outcome = self.transport.hand_over(envelope_for(delivery, ready))
        checkpoint("handed")
        self._finish(delivery, outcome)
        checkpoint("finished")
        return self._after(delivery, outcome)

    def _finish(self, delivery: Delivery, outcome: Outcome) -> None:
        """Writes the result; other apps hear of a bad one in the same transaction."""
        now = self.clock()
        if outcome.verdict == Verdict.SENT:
            claims.finish(delivery, outcome, worker=self.worker, now=now)
            return
        with transaction.atomic():
            done = claims.finish(delivery, outcome, worker=self.worker, now=now)
            if done and delivery.state in (DeliveryState.FAILED, DeliveryState.UNCERTAIN):
                tell_handlers(delivery, delivery.state)

    def _refused_at_the_door(self, delivery: Delivery, now: datetime) -> bool:
        """Suppressed a moment ago, something is paused, or the lease is gone."""
        reasons = suppressing_scopes([delivery])
        if delivery.pk in reasons:
            self._settle(delivery, DeliveryState.SKIPPED, reasons[delivery.pk], now)
            return True
        claims.release([delivery], worker=self.worker)
        return lanes.may_run(delivery.lane, self.route, now=now)

    def _after(self, delivery: Delivery, outcome: Outcome) -> bool:
        if outcome.verdict == Verdict.SENT:
            if delivery.lane not in self._steady:
                lanes.note_success(delivery.lane)
                self._steady.add(delivery.lane)
            return True
        logger.info("delivery %s: %s %s", delivery.pk, outcome.verdict, outcome.reason)
        if outcome.counts:
            self._steady.discard(delivery.lane)
        if outcome.counts and lanes.note_failure(delivery.lane, now=self.clock()):
            logger.warning("lane %s rests after failures: %s", delivery.lane, outcome.reason)
            return False
        return True

    def _settle(self, delivery: Delivery, state: str, reason: str, now: datetime) -> None:
        with transaction.atomic():
            done = claims.settle(delivery, state=state, reason=reason, worker=self.worker, now=now)
            delivery.state, delivery.reason = state, reason[:120]
            if done:
                tell_handlers(delivery, "skipped" if state == DeliveryState.SKIPPED else "failed")


_engines: dict[str, Engine] = {}


def run_step() -> int:
    """One round of this process's engine; what the worker calls between tasks."""
    name = worker_name()
    if name not in _engines:
        _engines[name] = Engine(name, make_transport())
    return _engines[name].round()


def hand_over_now(delivery_id: int, merge: Merge | None = None) -> None:
    """Hands one planned row over in this process, outside any transaction.

    A row that cannot leave now (lane paused, relay away) stays for the worker.
    """
    engine = Engine(f"{worker_name()}:now", make_transport())
    now = engine.clock()
    try:
        claimed = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.PLANNED).update(
            state=DeliveryState.CLAIMED,
            claimed_by=engine.worker,
            lease_until=now + claims.CLAIM_LEASE,
        )
        if claimed:
            engine.hand_over_rows(
                [Delivery.objects.get(pk=delivery_id)], now, {delivery_id: merge} if merge else None
            )
    finally:
        engine.transport.close()
