"""Opt-in, confirmation, leaving; each act with its row in the ledger of consent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import guarded_update
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import queue_message
from backoffice.delivery.services.suppression import lift
from contacts.models import ContactAddress
from mailings.enums import ConsentAct, SubscriptionState
from mailings.models import ConsentRecord, Subscription, Topic

CONFIRM_KIND = "mailings.confirm"
PURPOSE = "confirm-subscription"


def _record(
    subscription: Subscription, act: str, *, at: datetime, actor: Actor, source: str
) -> None:
    topic = subscription.topic
    ConsentRecord.objects.create(
        subscription=subscription,
        act=act,
        at=at,
        wording_version=topic.wording_version,
        wording=topic.in_language("wording"),
        source=source,
        actor=str(actor),
    )
    audit.record(
        "consent", act, actor=actor, subject=subscription,
        facts={"topic": topic.code, "wording": topic.wording_version}, at=at,
    )  # fmt: skip


def request_subscription(
    *, topic: Topic, address: str, language: str, source: str, actor: Actor, at: datetime
) -> Subscription:
    """Notes the wish and sends the confirmation link. Nothing is subscribed by this alone.

    The caller answers the same whether the address was known, subscribed or suppressed.

    Raises: BadInput for an unusable address; RuleBroken for a topic that is not public.
    """
    if not topic.public or not topic.active:
        raise RuleBroken("This topic is not open for subscription.", code="topic_closed")
    normal = normalise_address(address)
    with transaction.atomic():
        subscription, created = Subscription.objects.get_or_create(
            topic=topic,
            address=normal,
            defaults={
                "state": SubscriptionState.PENDING,
                "language": language,
                "requested_at": at,
                "contact_id": _contact_of(normal),
            },
        )
        if subscription.state == SubscriptionState.ACTIVE:
            return subscription
        if not created:
            guarded_update(
                subscription,
                expect={"state": subscription.state},
                set={"state": SubscriptionState.PENDING, "requested_at": at, "language": language},
                actor=actor,
            )
        _record(subscription, ConsentAct.REQUESTED, at=at, actor=actor, source=source)
        delivery = queue_message(
            kind=CONFIRM_KIND,
            mail_class=MailClass.ANSWER,
            address=normal,
            dedupe_key=f"confirm:{subscription.pk}:{at:%Y%m%d%H%M}",
            about=f"mailings.subscription:{subscription.pk}",
            language=language,
        )
        token = derived_token(PURPOSE, delivery.message_id)
        Subscription.objects.filter(pk=subscription.pk).update(confirm_hash=token_hash(token))
    return subscription


def _contact_of(address: str) -> int | None:
    return (
        ContactAddress.objects.filter(address=address, valid_until__isnull=True)
        .values_list("contact_id", flat=True)
        .first()
    )


def subscription_of_token(token: str) -> Subscription | None:
    """The subscription whose confirmation link this is."""
    return Subscription.objects.filter(confirm_hash=token_hash(token)).first() if token else None


def confirm_subscription(
    *, subscription: Subscription, source: str, actor: Actor, at: datetime
) -> Subscription:
    """The person's own confirmed wish: active, and their own suppression of this topic is lifted.

    Only a wish that waits can be confirmed; a repeat on an active subscription changes nothing. A
    suppression of everything, a complaint, a hold after bounces or a removal stays.

    Raises: RuleBroken when the subscription has ended or was removed; InvalidTransition when it
        changed in the meantime.
    """
    if subscription.state == SubscriptionState.ACTIVE:
        return subscription
    if subscription.state != SubscriptionState.PENDING or not subscription.address:
        raise RuleBroken("This subscription has ended; ask for a new link.", code="ended")
    with transaction.atomic():
        guarded_update(
            subscription,
            expect={"state": SubscriptionState.PENDING},
            set={
                "state": SubscriptionState.ACTIVE,
                "confirmed_at": at,
                "ended_at": None,
                "contact_id": subscription.contact_id or _contact_of(subscription.address),
            },
            actor=actor,
        )
        _record(subscription, ConsentAct.CONFIRMED, at=at, actor=actor, source=source)
        lift(
            subscription.address,
            scopes=(f"topic:{subscription.topic.code}", f"class:{subscription.topic.mail_class}",
                    "optional"),
            evidence=f"subscription:{subscription.pk}",
            actor=actor,
            at=at,
        )  # fmt: skip
    return subscription


def end_subscription(
    *, subscription: Subscription, source: str, actor: Actor, at: datetime
) -> Subscription:
    """Leaving one topic; touches no other. Repeatable. Links to confirm it die with it."""
    if subscription.state == SubscriptionState.ENDED:
        return subscription
    with transaction.atomic():
        guarded_update(
            subscription,
            expect={"state": subscription.state},
            set={"state": SubscriptionState.ENDED, "ended_at": at, "confirm_hash": ""},
            actor=actor,
        )
        _record(subscription, ConsentAct.WITHDRAWN, at=at, actor=actor, source=source)
    return subscription


def add_subscription(
    *, topic: Topic, address: str, reason: str, actor: Actor, at: datetime, language: str = "en-gb"
) -> Subscription:
    """Staff add somebody with a reason on record; refused for a suppressed address.

    Raises: BadInput; RuleBroken when the address is in the ledger (only the person can lift that).
    """
    from backoffice.delivery.services import is_suppressed

    normal = normalise_address(address)
    if not reason.strip():
        raise BadInput("Say why this person is added.", where="reason")
    if is_suppressed(normal, mail_class=topic.mail_class, topic=topic.code):
        raise RuleBroken("This address has left; only the person can come back.", code="suppressed")
    with transaction.atomic():
        subscription, _created = Subscription.objects.update_or_create(
            topic=topic,
            address=normal,
            defaults={
                "state": SubscriptionState.ACTIVE,
                "language": language,
                "requested_at": at,
                "confirmed_at": at,
                "contact_id": _contact_of(normal),
            },
        )
        _record(subscription, ConsentAct.ADDED_BY_STAFF, at=at, actor=actor, source="staff")
    return subscription


def on_unsubscribe(*, address: str, mail_class: str, topic: str, delivery) -> None:
    """Ends the subscriptions that an unsubscription concerns; called by the mail engine."""
    from backoffice.core import dates

    rows = Subscription.objects.filter(address=address).exclude(state=SubscriptionState.ENDED)
    rows = rows.filter(topic__code=topic) if topic else rows.filter(topic__mail_class__in=[
        mail_class, MailClass.SERVICE, MailClass.COMMUNITY])  # fmt: skip
    for subscription in rows.select_related("topic"):
        end_subscription(
            subscription=subscription,
            source=f"delivery:{delivery.pk}" if delivery else "unsubscribe",
            actor=Actor.link("unsubscribe"),
            at=dates.now(),
        )
