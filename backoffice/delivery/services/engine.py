"""The loop: claim, build, begin, hand over, finish. Every step is committed before the next.

At most one automatic hand-off per row, and no row without a visible end. What a lost worker had in
hand becomes "uncertain" and is never repeated silently.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from backoffice.core import dates
from backoffice.core.errors import RollcallError
from backoffice.core.tasks import worker_name
from backoffice.core.tokens import derived_token
from backoffice.delivery.enums import DeliveryState, Lane, MailClass
from backoffice.delivery.mime import HeaderInjection
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Merge
from backoffice.delivery.services import claims, lanes
from backoffice.delivery.services.compose import (
    Frame,
    GateClosedError,
    Ready,
    bounce_address,
    compile_message,
    issuer_on,
    render_for,
)
from backoffice.delivery.services.notices import tell_handlers
from backoffice.delivery.services.suppression import suppressing_scopes
from backoffice.delivery.transports.choice import make_transport
from backoffice.delivery.transports.outcomes import Envelope, Outcome, Transport, Verdict

logger = logging.getLogger("rollcall.delivery")
BATCH = 100
ANSWERS_AN_HOUR = 20
ANSWER_WINDOW = timedelta(hours=1)
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

    def round(self, limit: int = BATCH) -> int:
        """Up to ``limit`` rows of each lane, the urgent lanes first; how many were settled."""
        claims.expire_leases(now=self.clock())
        return sum(self._lane(lane, limit) for lane in ORDER)

    def _lane(self, lane: str, limit: int) -> int:
        now = self.clock()
        if not lanes.may_run(lane, now=now):
            return 0
        granted = lanes.reserve(lane, limit, now=now)
        rows = claims.claim(
            lane=lane,
            worker=self.worker,
            limit=granted,
            now=now,
            held_mailings=[int(key) for key in lanes.held("mailing:", now=now)],
            held_domains=lanes.held("domain:", now=now),
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
        waiting = self._sift(list(rows), now)
        merges = prepared if prepared is not None else self._merges(waiting)
        done = len(rows) - len(waiting)
        for position, delivery in enumerate(waiting):
            if not self._hand_over(delivery, merges.get(delivery.pk)):
                claims.release(waiting[position:], worker=self.worker)
                break
            done += 1
        return done

    def _sift(self, rows: list[Delivery], now: datetime) -> list[Delivery]:
        """Settles what must not leave (suppressed, no longer due) and returns the rest."""
        reasons = {**suppressing_scopes(rows), **_too_many_answers(rows, now)}
        for name in {row.kind for row in rows}:
            kind = MESSAGE_KINDS.get(name) if name in MESSAGE_KINDS else None
            if kind is not None and kind.recheck is not None:
                due = [row for row in rows if row.kind == name and row.pk not in reasons]
                reasons.update(kind.recheck(due))
        for row in rows:
            if row.pk in reasons:
                self._settle(row, DeliveryState.SKIPPED, reasons[row.pk], now)
        return self._within_domain_limits([row for row in rows if row.pk not in reasons], now)

    def _within_domain_limits(self, rows: list[Delivery], now: datetime) -> list[Delivery]:
        """Gives back what would pass the limit of its recipient domain."""
        keys = lanes.limited_domains({row.domain for row in rows})
        if not keys:
            return rows
        room: dict[str, int] = {}
        for domain in keys:
            wanted = sum(row.domain == domain for row in rows)
            room[domain] = lanes.reserve(lanes.domain_key(domain), wanted, now=now)
        kept, back = [], []
        for row in rows:
            if row.domain in room and room[row.domain] <= 0:
                back.append(row)
                continue
            if row.domain in room:
                room[row.domain] -= 1
            kept.append(row)
        claims.release(back, worker=self.worker)
        return kept

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
            self._settle(delivery, DeliveryState.FAILED, _code(error), now)
            return True
        if not claims.begin(delivery, worker=self.worker, token_hash=ready.token_hash, now=now):
            return self._refused_at_the_door(delivery, now)
        checkpoint("handing")
        outcome = self.transport.hand_over(envelope_for(delivery, ready))
        checkpoint("handed")
        claims.finish(delivery, outcome, worker=self.worker, now=self.clock())
        checkpoint("finished")
        if outcome.provider_id:
            Delivery.objects.filter(pk=delivery.pk).update(provider_id=outcome.provider_id)
        return self._after(delivery, outcome)

    def _refused_at_the_door(self, delivery: Delivery, now: datetime) -> bool:
        """Suppressed a moment ago, lane or mailing paused, or the lease is gone."""
        reasons = suppressing_scopes([delivery])
        if delivery.pk in reasons:
            self._settle(delivery, DeliveryState.SKIPPED, reasons[delivery.pk], now)
            return True
        claims.release([delivery], worker=self.worker)
        return lanes.may_run(delivery.lane, now=now)

    def _after(self, delivery: Delivery, outcome: Outcome) -> bool:
        if outcome.verdict == Verdict.SENT:
            lanes.note_success(delivery.lane)
            return True
        if outcome.verdict == Verdict.REFUSED or delivery.state == DeliveryState.FAILED:
            tell_handlers(delivery, "failed")
        logger.info("delivery %s: %s %s", delivery.pk, outcome.verdict, outcome.reason)
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


def _too_many_answers(rows: list[Delivery], now: datetime) -> dict[int, str]:
    """Answers pass the ledger, so each address has a limit of its own: a form that anybody can
    fill in must not become a way to flood somebody."""
    found = {}
    for row in rows:
        if row.mail_class == MailClass.ANSWER:
            sent = Delivery.objects.filter(
                address=row.address, mail_class=MailClass.ANSWER, handed_at__gte=now - ANSWER_WINDOW
            )
            if sent.count() >= ANSWERS_AN_HOUR:
                found[row.pk] = "too many answers"
    return found


def _code(error: Exception) -> str:
    """A reason without personal values: the class, and our own code where there is one."""
    if isinstance(error, RollcallError):
        return f"build:{error.code}"
    if isinstance(error, GateClosedError):
        return f"gate:{error}"
    if isinstance(error, HeaderInjection):
        return "build:header"
    return f"build:{type(error).__name__}"


def envelope_for(delivery: Delivery, ready: Ready) -> Envelope:
    """The envelope with its traceable return path."""
    sender = bounce_address(delivery)
    return Envelope(sender, delivery.address, ready.content, delivery.message_id, delivery.pk)


def build(delivery: Delivery, merge: Merge | None, *, now: datetime) -> Ready:
    """The bytes of one delivery, from the compiled mailing or by its kind.

    Raises: whatever the kind raises; GateClosedError; HeaderInjection.
    """
    kind = MESSAGE_KINDS.get(delivery.kind)
    if merge is not None:
        return render_for(delivery, merge.template, merge.values, now=now, one_click=kind.one_click)

    def secret(purpose: str) -> str:
        return derived_token(purpose, delivery.message_id)

    frame = Frame(
        issuer=issuer_on(now),
        language=delivery.language,
        mail_class=delivery.mail_class,
        one_click=kind.one_click,
        automatic=kind.automatic,
    )
    template = compile_message(kind.build(delivery, secret), frame)
    return render_for(delivery, template, {}, now=now, one_click=kind.one_click)


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
