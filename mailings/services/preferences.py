"""Topic by topic: what an address receives now, and what it wants from now on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.transitions import guarded_update
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.services.suppression import (
    active_scopes,
    lift,
    scopes_that_stop,
    suppress,
)
from mailings.enums import LegalBasis, SubscriptionState
from mailings.models import Subscription, Topic
from mailings.services.subscriptions import confirm_subscription, end_subscription


@dataclass(frozen=True)
class Choice:
    """One line of the page. ``fixed`` is why a line cannot be switched on here."""

    topic: Topic
    received: bool
    fixed: str = ""


def choices_of(address: str) -> list[Choice]:
    """Every topic in use: public ones, and those the address receives through a duty."""
    stopped = active_scopes(address)
    subscribed = set(
        Subscription.objects.filter(address=address, state=SubscriptionState.ACTIVE).values_list(
            "topic_id", flat=True
        )
    )
    choices = []
    for topic in Topic.objects.filter(active=True):
        blocked = any(scope in stopped for scope in scopes_that_stop(topic.mail_class, topic.code))
        by_duty = topic.legal_basis != LegalBasis.CONSENT
        fixed = "hold" if "hold" in stopped else ""
        choices.append(Choice(topic, not blocked and (by_duty or topic.pk in subscribed), fixed))
    return choices


def save_choices(
    *, address: str, wanted: frozenset[str], source: str, actor: Actor, at: datetime
) -> int:
    """Makes the wished state true, topic by topic; one that did not change is not touched.

    Choosing a topic is the person's own act behind the secret of a mail to this very address, so
    it counts as confirmed. Returns: the number of topics changed.
    """
    changed = 0
    with transaction.atomic():
        for choice in choices_of(address):
            wish = choice.topic.code in wanted
            if wish == choice.received or (wish and choice.fixed):
                continue
            changed += 1
            if wish:
                _join(choice.topic, address, source, actor, at)
            else:
                _leave(choice.topic, address, source, actor, at)
    return changed


def _join(topic: Topic, address: str, source: str, actor: Actor, at: datetime) -> None:
    scopes = (f"topic:{topic.code}", f"class:{topic.mail_class}", "optional")
    if topic.legal_basis != LegalBasis.CONSENT:
        lift(address, scopes=scopes, evidence=source, actor=actor, at=at)
        return
    subscription, _new = Subscription.objects.get_or_create(
        topic=topic,
        address=address,
        defaults={"state": SubscriptionState.PENDING, "requested_at": at},
    )
    if subscription.state == SubscriptionState.ENDED:
        guarded_update(
            subscription,
            expect={"state": SubscriptionState.ENDED},
            set={"state": SubscriptionState.PENDING, "requested_at": at},
            actor=actor,
        )
    confirm_subscription(subscription=subscription, source=source, actor=actor, at=at)


def _leave(topic: Topic, address: str, source: str, actor: Actor, at: datetime) -> None:
    suppress(
        address,
        scope=f"topic:{topic.code}",
        reason=SuppressionReason.UNSUBSCRIBE,
        actor=actor,
        source=source,
    )
    row = Subscription.objects.filter(topic=topic, address=address).first()
    if row is not None:
        end_subscription(subscription=row, source=source, actor=actor, at=at)
