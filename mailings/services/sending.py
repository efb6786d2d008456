"""A mailing from draft to its planned rows: approve, freeze, schedule, plan."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, NotAllowed
from backoffice.core.services import audit, jobs
from backoffice.core.services.planner import refresh_statistics
from backoffice.core.transitions import transition
from backoffice.delivery.services import lanes
from backoffice.delivery.services.planning import Planned, plan_rows
from mailings.enums import MAILING_TRANSITIONS, MailingState
from mailings.models import Mailing
from mailings.services.attachments import about
from mailings.services.audience import Candidate, candidates
from mailings.services.holding import drop_waiting, stream
from mailings.services.readiness import Acknowledged, check_content, readiness, require

KIND = "mailings.mailing"
PLAN_CHUNK = 2000
# So many new rows change what the database should know of its tables.
MANY_ROWS = 1000


def approve_mailing(*, mailing: Mailing, actor: Actor) -> Mailing:
    """A second person has read it.

    Raises: NotAllowed for whoever made it or last changed it; InvalidTransition.
    """
    if actor.user_id is None or actor.user_id in (mailing.created_by_id, mailing.edited_by_id):
        raise NotAllowed("A mailing is approved by somebody other than its author.")
    check_content(mailing)
    with transaction.atomic():
        transition(
            mailing,
            to=MailingState.APPROVED,
            table=MAILING_TRANSITIONS,
            actor=actor,
            also={"approved_by_id": actor.user_id},
            expect={"version": mailing.version},
        )
        audit.record(stream(mailing), "approve", actor=actor, subject=mailing)
    return mailing


def start_mailing(
    *,
    mailing: Mailing,
    actor: Actor,
    at: datetime,
    on: date,
    acknowledged: int = 0,
    override: str = "",
    everybody: bool = False,
) -> Mailing:
    """Freezes the text, and plans the rows in the background or at the scheduled time.

    Nothing leaves before every row is planned: the mailing's own pause holds them back. A mailing
    to the voting contacts names the voting members it does not reach; ``acknowledged`` is their
    number as the operator saw it. ``override``: why it starts although the mail check is red;
    ``everybody``: that it is meant for every contact.

    Raises: BadInput for a faulty text or an audience of nobody; RuleBroken when an approval or an
    acknowledgement is missing; InvalidTransition.
    """
    ready = readiness(mailing, on=on, at=at)
    require(ready, Acknowledged(acknowledged, override, everybody))
    later = mailing.scheduled_for is not None and mailing.scheduled_for > at
    also = {
        "frozen": _frozen(mailing, ready.texts, on),
        "content_hash": _digest(ready.texts),
        "unreachable_acknowledged": len(ready.unreached),
        "doctor_override": override.strip()[:200] if ready.red else "",
    }
    with transaction.atomic():
        if later:
            transition(
                mailing, to=MailingState.SCHEDULED, table=MAILING_TRANSITIONS, actor=actor,
                also=also, expect={"version": mailing.version},
            )  # fmt: skip
        else:
            _begin(mailing, actor=actor, at=at, also=also)
        audit.record(
            stream(mailing), "schedule" if later else "start", actor=actor, subject=mailing,
            facts={"content": mailing.content_hash, "unreached": len(ready.unreached),
                   "check_overridden": bool(mailing.doctor_override)},
        )  # fmt: skip
    return mailing


def _begin(mailing: Mailing, *, actor: Actor, at: datetime, also: dict) -> None:
    lanes.pause(lanes.mailing_key(mailing.pk), reason="planning", actor=actor, now=at)
    transition(
        mailing,
        to=MailingState.PLANNING,
        table=MAILING_TRANSITIONS,
        actor=actor,
        also={**also, "started_at": at},
        expect={"version": mailing.version},
    )
    jobs.enqueue("mailings.plan", mailing.pk)


def begin_scheduled(*, at: datetime, on: date, actor: Actor) -> int:
    """Starts the scheduled mailings whose time has come, with the audience of that moment; how
    many."""
    count = 0
    due = Mailing.objects.filter(state=MailingState.SCHEDULED, scheduled_for__lte=at)
    for mailing in due.select_related("topic", "segment", "exclude"):
        with transaction.atomic():
            try:
                frozen = {**mailing.frozen, "day": on.isoformat()}
                _begin(mailing, actor=actor, at=at, also={"frozen": frozen})
            except InvalidTransition:
                continue
            audit.record(stream(mailing), "start", actor=actor, subject=mailing, at=at)
        count += 1
    return count


def take_back(*, mailing: Mailing, actor: Actor) -> Mailing:
    """A scheduled mailing becomes a draft again; its approval is void. Raises: InvalidTransition."""
    with transaction.atomic():
        transition(
            mailing,
            to=MailingState.DRAFT,
            table=MAILING_TRANSITIONS,
            actor=actor,
            also={
                "frozen": {},
                "content_hash": "",
                "approved_by_id": None,
                "version": mailing.version + 1,
            },
        )
        audit.record(stream(mailing), "take_back", actor=actor, subject=mailing)
    return mailing


def _frozen(mailing: Mailing, texts: dict, on: date) -> dict:
    return {
        "texts": texts,
        "segment": _frozen_segment(mailing.segment),
        "exclude": _frozen_segment(mailing.exclude),
        "topic": mailing.topic.code if mailing.topic else "",
        "day": on.isoformat(),
    }


def _frozen_segment(segment) -> dict | None:
    return {"id": segment.pk, "version": segment.version, "rule": segment.rule} if segment else None


def _digest(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def plan_mailing(*, mailing: Mailing, actor: Actor, at: datetime, progress=None) -> Mailing:
    """Writes one planned delivery per address, in short transactions; repeatable after a crash.

    The audience is that of the frozen rule on the frozen day. Afterwards the rows may leave.
    """
    if mailing.state != MailingState.PLANNING:
        return mailing
    day = date.fromisoformat(mailing.frozen["day"])
    frozen = mailing.frozen["segment"]
    people = candidates(mailing, on=day, rule=frozen["rule"] if frozen else None)
    left_out: dict[str, int] = {}
    digest, planned = hashlib.sha256(), 0
    while chunk := list(islice(people, PLAN_CHUNK)):
        going = [candidate for candidate in chunk if not candidate.reason]
        for candidate in chunk:
            if candidate.reason:
                left_out[candidate.reason] = left_out.get(candidate.reason, 0) + 1
        digest.update("".join(f"{c.contact_id}:{c.address}\n" for c in going).encode())
        _insert(mailing, going, at)
        planned += len(going)
        if progress is not None:
            progress(planned)
    if planned >= MANY_ROWS:
        refresh_statistics()
    with transaction.atomic():
        try:
            transition(
                mailing,
                to=MailingState.SENDING,
                table=MAILING_TRANSITIONS,
                actor=actor,
                also={
                    "planned": planned,
                    "left_out": left_out,
                    "audience_hash": digest.hexdigest(),
                },
            )
        except InvalidTransition:
            mailing.refresh_from_db()
            if mailing.state == MailingState.CANCELLED:
                # Cancelled while its rows were written: none of them leaves.
                drop_waiting(mailing.pk, at=at)
            return mailing
        audit.record(
            stream(mailing), "planned", actor=actor, subject=mailing,
            facts={"planned": planned, "audience": mailing.audience_hash},
        )  # fmt: skip
        lanes.resume(lanes.mailing_key(mailing.pk), actor=actor, now=at)
    return mailing


def _insert(mailing: Mailing, people: list[Candidate], at: datetime) -> None:
    plan_rows(
        kind=KIND,
        mail_class=mailing.mail_class,
        topic=mailing.topic.code if mailing.topic else "",
        mailing_id=mailing.pk,
        people=[
            Planned(
                p.address,
                p.contact_id,
                p.language,
                p.organisation_id,
                about(p.organisation_id) if p.organisation_id else "",
            )
            for p in people
        ],
        not_before=None,
        at=at,
    )
