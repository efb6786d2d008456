"""The life of a mailing: freeze, plan, send, pause, resume, cancel, finish."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from itertools import islice

from django.conf import settings
from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, NotAllowed, RuleBroken
from backoffice.core.services import audit, jobs
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.enums import DeliveryState, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import lanes
from backoffice.delivery.services.planning import Planned, plan_rows
from mailings.content import ContentError, render_content
from mailings.enums import MAILING_TRANSITIONS, MailingState
from mailings.models import Mailing
from mailings.services.audience import Candidate, candidates
from mailings.services.notice import unreached_members

KIND = "mailings.mailing"
PLAN_CHUNK = 2000


def stream(mailing: Mailing) -> str:
    """Name of the mailing's audit chain."""
    return f"mailing:{mailing.pk}"


def approve_mailing(*, mailing: Mailing, actor: Actor) -> Mailing:
    """A second person has read it. Raises: NotAllowed for its own author; InvalidTransition."""
    if mailing.created_by_id is not None and actor.user_id == mailing.created_by_id:
        raise NotAllowed("A mailing is approved by somebody other than its author.")
    check_content(mailing)
    with transaction.atomic():
        transition(
            mailing,
            to=MailingState.APPROVED,
            table=MAILING_TRANSITIONS,
            actor=actor,
            also={"approved_by_id": actor.user_id},
        )
        audit.record(stream(mailing), "approve", actor=actor, subject=mailing)
    return mailing


def check_content(mailing: Mailing) -> dict[str, dict[str, str]]:
    """The texts per language, rendered once to find every fault before the first hand-off.

    Raises: BadInput with the sentence for the author.
    """
    texts = {"en-gb": {"subject": mailing.subject, "body": mailing.body}}
    if mailing.subject_de or mailing.body_de:
        texts["de"] = {"subject": mailing.subject_de, "body": mailing.body_de}
    for language, text in texts.items():
        try:
            render_content(text["subject"], text["body"])
        except ContentError as error:
            raise BadInput(str(error), where=language) from error
    return texts


def start_mailing(
    *, mailing: Mailing, actor: Actor, at: datetime, on: date, acknowledged: int = 0
) -> Mailing:
    """Freezes content and audience rule and plans the rows in the background.

    Nothing leaves before every row is planned: the mailing's own pause holds them back. A mailing
    to the voting contacts names the voting members it does not reach; ``acknowledged`` is their
    number as the operator saw it.

    Raises: BadInput for broken content or an audience of nobody; RuleBroken when the four-eyes
    rule or the acknowledgement of unreachable members is open; InvalidTransition.
    """
    texts = check_content(mailing)
    people = list(candidates(mailing, on=on))
    reach = sum(1 for person in people if not person.reason)
    if reach == 0:
        raise BadInput("This mailing would reach nobody.", code="nobody")
    if reach > settings.ROLLCALL_FOUR_EYES and mailing.state != MailingState.APPROVED:
        raise RuleBroken(
            f"{reach} people would get it: more than {settings.ROLLCALL_FOUR_EYES} needs the "
            "approval of a second person.",
            code="four_eyes",
        )
    unreached = _unreached(mailing, people, acknowledged, on)
    frozen = {
        "texts": texts,
        "segment": _frozen_segment(mailing.segment),
        "exclude": _frozen_segment(mailing.exclude),
        "topic": mailing.topic.code if mailing.topic else "",
        "day": on.isoformat(),
    }
    with transaction.atomic():
        lanes.pause(lanes.mailing_key(mailing.pk), reason="planning", actor=actor, now=at)
        transition(
            mailing,
            to=MailingState.PLANNING,
            table=MAILING_TRANSITIONS,
            actor=actor,
            also={
                "frozen": frozen,
                "content_hash": _digest(texts),
                "started_at": at,
                "unreachable_acknowledged": unreached,
            },
        )
        audit.record(
            stream(mailing), "start", actor=actor, subject=mailing,
            facts={"content": mailing.content_hash, "unreached": unreached},
        )  # fmt: skip
        jobs.enqueue("mailings.plan", mailing.pk)
    return mailing


def _unreached(mailing: Mailing, people: list[Candidate], acknowledged: int, on: date) -> int:
    """The number of voting members without a reached voting contact, if it was acknowledged."""
    if mailing.mail_class != MailClass.GOVERNANCE or mailing.topic is not None:
        return 0
    count = unreached_members(mailing, on=on, people=people).count()
    if count and acknowledged != count:
        raise RuleBroken(
            f"{count} voting members would not be reached; look at the list and acknowledge it.",
            code="unreached",
        )
    return count


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
    with transaction.atomic():
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
        people=[Planned(p.address, p.contact_id, p.language) for p in people],
        not_before=mailing.scheduled_for,
        at=at,
    )


def pause_mailing(
    *, mailing: Mailing, actor: Actor, at: datetime, reason: str = "staff"
) -> Mailing:
    """Stops before the next hand-off. Raises: InvalidTransition."""
    with transaction.atomic():
        transition(mailing, to=MailingState.PAUSED, table=MAILING_TRANSITIONS, actor=actor)
        lanes.pause(lanes.mailing_key(mailing.pk), reason=reason, actor=actor, now=at)
        audit.record(stream(mailing), "pause", actor=actor, subject=mailing)
    return mailing


def resume_mailing(*, mailing: Mailing, actor: Actor, at: datetime) -> Mailing:
    """Goes on with what has not left; nothing is repeated. Raises: InvalidTransition."""
    with transaction.atomic():
        transition(mailing, to=MailingState.SENDING, table=MAILING_TRANSITIONS, actor=actor)
        lanes.resume(lanes.mailing_key(mailing.pk), actor=actor, now=at)
        audit.record(stream(mailing), "resume", actor=actor, subject=mailing)
    return mailing


def cancel_mailing(*, mailing: Mailing, actor: Actor, at: datetime) -> Mailing:
    """Ends it; rows that have not left are skipped as "cancelled", who got it stays listed."""
    with transaction.atomic():
        transition(
            mailing,
            to=MailingState.CANCELLED,
            table=MAILING_TRANSITIONS,
            actor=actor,
            also={"finished_at": at},
        )
        lanes.pause(lanes.mailing_key(mailing.pk), reason="cancelled", actor=actor, now=at)
        waiting = [DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.DEFERRED]
        dropped = (
            Delivery.objects.of_mailing(mailing.pk)
            .filter(state__in=waiting)
            .update(
                state=DeliveryState.SKIPPED,
                reason="cancelled",
                settled_at=at,
                claimed_by="",
                lease_until=None,
            )
        )
        audit.record(
            stream(mailing), "cancel", actor=actor, subject=mailing, facts={"dropped": dropped}
        )
    return mailing


def finish_mailings(*, at: datetime, actor: Actor) -> int:
    """Closes mailings of which no row is open any more; how many."""
    count = 0
    for mailing in Mailing.objects.filter(state=MailingState.SENDING):
        if Delivery.objects.of_mailing(mailing.pk).unfinished().exists():
            continue
        with transaction.atomic():
            guarded_update(
                mailing,
                expect={"state": MailingState.SENDING},
                set={"state": MailingState.FINISHED, "finished_at": at},
                actor=actor,
            )
            audit.record(stream(mailing), "finish", actor=actor, subject=mailing)
        count += 1
    return count
