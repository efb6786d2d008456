"""The state of one address for one topic: its own steps, leaving, and what is forgotten."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from backoffice.core.actor import Actor
from backoffice.core.retention import instant_before
from backoffice.core.transitions import transition
from backoffice.delivery.enums import MailClass
from mailings.enums import SUBSCRIPTION_TRANSITIONS, ConsentAct, SubscriptionState
from mailings.models import Subscription
from mailings.services.consent import record_act

FORGOTTEN_AFTER_DAYS = 14


def move(
    subscription: Subscription, to: str, *, also: dict, actor: Actor, expect: dict | None = None
) -> None:
    """One step of the subscription's own table.

    Raises: InvalidTransition for a step that is not in it, or when it changed in the meantime.
    """
    transition(
        subscription,
        to=to,
        table=SUBSCRIPTION_TRANSITIONS,
        actor=actor,
        also=also,
        expect=expect,
    )


def end_subscription(
    *, subscription: Subscription, source: str, actor: Actor, at: datetime
) -> Subscription:
    """Leaving one topic; touches no other. Repeatable. Links to confirm it die with it."""
    if subscription.state == SubscriptionState.ENDED:
        return subscription
    with transaction.atomic():
        move(
            subscription,
            SubscriptionState.ENDED,
            also={"ended_at": at, "confirm_hash": "", "confirm_mails": 0},
            actor=actor,
        )
        record_act(subscription, ConsentAct.WITHDRAWN, at=at, actor=actor, source=source)
    return subscription


def never_confirmed(day: date) -> QuerySet[Subscription]:
    """Requests that nobody had confirmed fourteen days later."""
    return Subscription.objects.filter(
        state=SubscriptionState.PENDING,
        requested_at__lt=instant_before(day, days=FORGOTTEN_AFTER_DAYS),
    )


def forget_unconfirmed(old: QuerySet[Subscription]) -> int:
    """The rows and their records go. One that was active before goes back to ended. How many."""
    count = 0
    for subscription in old:
        with transaction.atomic():
            if subscription.confirmed_at is not None or subscription.ended_at is not None:
                count += old.filter(pk=subscription.pk).update(
                    state=SubscriptionState.ENDED, confirm_hash="", confirm_mails=0
                )
                continue
            locked = old.select_for_update().filter(pk=subscription.pk).first()
            if locked is not None:
                locked.consent.all().delete()
                locked.delete()
                count += 1
    return count


def on_unsubscribe(*, address: str, scope: str, delivery) -> None:
    """Ends the subscriptions that an unsubscription concerns; called by the mail engine."""
    from backoffice.core import dates

    kind, _colon, name = scope.partition(":")
    rows = Subscription.objects.filter(address=address).exclude(state=SubscriptionState.ENDED)
    if kind == "topic":
        rows = rows.filter(topic__code=name)
    elif kind == "class":
        rows = rows.filter(topic__mail_class=name)
    elif kind == "optional":
        rows = rows.filter(topic__mail_class__in=[MailClass.SERVICE, MailClass.COMMUNITY])
    for subscription in rows.select_related("topic"):
        end_subscription(
            subscription=subscription,
            source=f"delivery:{delivery.pk}" if delivery else "unsubscribe",
            actor=Actor.link("unsubscribe"),
            at=dates.now(),
        )
