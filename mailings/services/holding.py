"""A running mailing: pause, resume, cancel, finish."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery, LaneState
from backoffice.delivery.services import lanes
from backoffice.delivery.services.events import rates_of
from mailings.enums import MAILING_TRANSITIONS, MailingState
from mailings.models import Mailing


def stream(mailing: Mailing) -> str:
    """Name of the mailing's audit chain."""
    return f"mailing:{mailing.pk}"


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
    """Goes on with what has not left; nothing is repeated. Complaints and bounces so far count as
    seen: the mailing pauses itself again for new ones only. Raises: InvalidTransition."""
    key = lanes.mailing_key(mailing.pk)
    with transaction.atomic():
        if mailing.state == MailingState.PAUSED:
            transition(mailing, to=MailingState.SENDING, table=MAILING_TRANSITIONS, actor=actor)
        elif not held_back(mailing):
            raise InvalidTransition(_("The mailing is not paused."))
        rates = rates_of(Delivery.objects.of_mailing(mailing.pk))
        lanes.accept_rates(key, complaints=rates.complaints, bounces=rates.bounces)
        lanes.resume(key, actor=actor, now=at)
        audit.record(
            stream(mailing), "resume", actor=actor, subject=mailing,
            facts={"complaints": rates.complaints, "bounces": rates.bounces},
        )  # fmt: skip
    return mailing


def held_back(mailing: Mailing) -> str:
    """Why nothing of a running mailing leaves although nobody paused it: too many complaints or
    bounces. Empty when it runs."""
    if mailing.state != MailingState.SENDING:
        return ""
    state = LaneState.objects.filter(
        key=lanes.mailing_key(mailing.pk), paused_at__isnull=False
    ).first()
    return (state.pause_reason or "paused") if state else ""


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
        dropped = drop_waiting(mailing.pk, at=at)
        lanes.forget(lanes.mailing_key(mailing.pk))
        audit.record(
            stream(mailing), "cancel", actor=actor, subject=mailing, facts={"dropped": dropped}
        )
    return mailing


def drop_waiting(mailing_id: int, *, at: datetime) -> int:
    """Rows of a cancelled mailing that have not left; how many."""
    waiting = [DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.DEFERRED]
    rows = Delivery.objects.of_mailing(mailing_id).filter(state__in=waiting)
    return rows.update(
        state=DeliveryState.SKIPPED,
        reason="cancelled",
        settled_at=at,
        claimed_by="",
        lease_until=None,
    )


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
            lanes.forget(lanes.mailing_key(mailing.pk))
            audit.record(stream(mailing), "finish", actor=actor, subject=mailing)
        count += 1
    return count
