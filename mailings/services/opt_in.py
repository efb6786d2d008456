"""Opt-in: the wish, the confirmation out of the person's own mailbox, and what staff may add."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.tokens import derived_token, token_hash
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import is_suppressed, queue_message
from backoffice.delivery.services.lifting import readmit
from contacts.models import ContactAddress
from contacts.services.mail_events import release_address
from mailings.enums import ConsentAct, Origin, SubscriptionState
from mailings.models import Subscription, Topic
from mailings.services.consent import record_act
from mailings.services.subscriptions import move

CONFIRM_KIND = "mailings.confirm"
PURPOSE = "confirm-subscription"
LINK_LIVES = timedelta(days=7)
MOST_MAILS = 2


def request_subscription(
    *,
    topic: Topic,
    address: str,
    language: str,
    source: str,
    actor: Actor,
    at: datetime,
    network_address: str = "",
    invited: bool = False,
) -> Subscription:
    """Notes the wish and sends the confirmation link. Nothing is subscribed by this alone.

    A request has at most two such mails in seven days; the link dies with them. The caller answers
    the same whether the address was known, subscribed or suppressed. ``invited``: the person came
    by a secret link or staff act for them, so the topic need not be open to everybody.

    Raises: BadInput for an unusable address; RuleBroken for a topic that is not public.
    """
    if not topic.active or not (topic.public or invited):
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
        if subscription.state == SubscriptionState.ACTIVE and not _stopped(subscription):
            return subscription
        fresh = created or not is_open(subscription, at=at)
        if not fresh and subscription.confirm_mails >= MOST_MAILS:
            return subscription
        sent = 0 if fresh else subscription.confirm_mails
        move(
            subscription,
            SubscriptionState.PENDING,
            also={"requested_at": at, "language": language, "confirm_mails": sent + 1},
            expect={"confirm_mails": subscription.confirm_mails},
            actor=actor,
        )
        record_act(
            subscription, ConsentAct.REQUESTED, at=at, actor=actor, source=source,
            network_address=network_address,
        )  # fmt: skip
        _send_link(subscription, at)
    return subscription


def _stopped(subscription: Subscription) -> bool:
    topic = subscription.topic
    return bool(
        is_suppressed(subscription.address or "", mail_class=topic.mail_class, topic=topic.code)
    )


def _send_link(subscription: Subscription, at: datetime) -> None:
    delivery = queue_message(
        kind=CONFIRM_KIND,
        mail_class=MailClass.ANSWER,
        address=subscription.address or "",
        dedupe_key=f"confirm:{subscription.pk}:{at:%Y%m%d%H%M%S%f}",
        about=f"mailings.subscription:{subscription.pk}",
        language=subscription.language,
    )
    token = derived_token(PURPOSE, delivery.message_id)
    Subscription.objects.filter(pk=subscription.pk).update(confirm_hash=token_hash(token))


def _contact_of(address: str) -> int | None:
    return (
        ContactAddress.objects.filter(address=address, valid_until__isnull=True)
        .values_list("contact_id", flat=True)
        .first()
    )


def subscription_of_token(token: str) -> Subscription | None:
    """The subscription whose confirmation link this is."""
    rows = Subscription.objects.select_related("topic")
    return rows.filter(confirm_hash=token_hash(token)).first() if token else None


def is_open(subscription: Subscription, *, at: datetime) -> bool:
    """Whether the wish waits for its confirmation and the link still lives."""
    return (
        subscription.state == SubscriptionState.PENDING
        and subscription.address is not None
        and at - subscription.requested_at <= LINK_LIVES
    )


def confirm_subscription(
    *,
    subscription: Subscription,
    source: str,
    actor: Actor,
    at: datetime,
    network_address: str = "",
) -> Subscription:
    """The person's own confirmed wish: active, and nothing of the ledger stops this topic any more.

    What stops more than this topic stays for everything else (ADR 15). A hold after bounces ends,
    because the confirmation mail arrived. A repeat on an active subscription changes nothing.

    Raises: RuleBroken when the wish has ended, is older than seven days or was removed;
        InvalidTransition when it changed in the meantime.
    """
    if subscription.state == SubscriptionState.ACTIVE:
        return subscription
    if not is_open(subscription, at=at):
        raise RuleBroken("This subscription has ended; ask for a new link.", code="ended")
    address = subscription.address or ""
    topic = subscription.topic
    with transaction.atomic():
        move(
            subscription,
            SubscriptionState.ACTIVE,
            expect={"address": address},
            also={
                "confirmed_at": at,
                "ended_at": None,
                "origin": Origin.OWN,
                "confirm_mails": 0,
                "contact_id": subscription.contact_id or _contact_of(address),
            },
            actor=actor,
        )
        record_act(
            subscription, ConsentAct.CONFIRMED, at=at, actor=actor, source=source,
            network_address=network_address,
        )  # fmt: skip
        readmit(
            address,
            topic=topic.code,
            mail_class=topic.mail_class,
            evidence=f"subscription:{subscription.pk}",
            actor=actor,
            at=at,
        )
        release_address(address=address, actor=actor)
    return subscription


def add_subscription(
    *,
    topic: Topic,
    address: str,
    reason: str,
    actor: Actor,
    at: datetime,
    language: str = "en-gb",
    origin: str = Origin.STAFF,
) -> Subscription:
    """Staff add somebody with a reason on record; the first mail says where the address came from.

    Raises: BadInput; RuleBroken when the address is in the ledger (only the person can lift that),
        or for the help desk while ROLLCALL_HELPDESK_MAY_SUBSCRIBE is off.
    """
    normal = normalise_address(address)
    words = " ".join(reason.split())
    if not words:
        raise BadInput("Say why this person is added.", where="reason")
    if "@" in words or len(words) > 60:
        raise BadInput(
            "Give the reason in at most 60 characters, without an address.", where="reason"
        )
    if origin == Origin.HELPDESK and not settings.ROLLCALL_HELPDESK_MAY_SUBSCRIBE:
        raise RuleBroken(
            "Who writes to support is subscribed to nothing by that "
            "(ROLLCALL_HELPDESK_MAY_SUBSCRIBE is off).",
            code="helpdesk",
        )
    if is_suppressed(normal, mail_class=topic.mail_class, topic=topic.code):
        raise RuleBroken("This address has left; only the person can come back.", code="suppressed")
    with transaction.atomic():
        subscription, created = Subscription.objects.get_or_create(
            topic=topic,
            address=normal,
            defaults={
                "state": SubscriptionState.ACTIVE,
                "language": language,
                "requested_at": at,
                "confirmed_at": at,
                "origin": origin,
                "contact_id": _contact_of(normal),
            },
        )
        if not created:
            if subscription.state == SubscriptionState.ACTIVE:
                return subscription
            move(
                subscription,
                SubscriptionState.ACTIVE,
                also={"confirmed_at": at, "ended_at": None, "origin": origin,
                      "confirm_hash": "", "confirm_mails": 0},
                actor=actor,
            )  # fmt: skip
        record_act(
            subscription, ConsentAct.ADDED_BY_STAFF, at=at, actor=actor, source=f"{origin}: {words}"
        )
    return subscription
