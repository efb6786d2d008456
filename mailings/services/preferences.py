"""Topic by topic and duty by duty: what an address receives now, and what it wants from now on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.delivery.enums import MailClass, SuppressionReason
from backoffice.delivery.registry import UNSUBSCRIBE_HANDLERS
from backoffice.delivery.services.lifting import readmit, readmit_class
from backoffice.delivery.services.suppression import (
    HOLD,
    active_scopes,
    address_hash,
    permitted_topics,
    scopes_that_stop,
    suppress,
)
from contacts.models import RoleAssignment
from contacts.querysets import open_on
from contacts.services.mail_events import on_return, receives
from mailings.enums import LegalBasis, SubscriptionState
from mailings.models import Subscription, Topic
from mailings.services.opt_in import confirm_subscription, request_subscription
from mailings.services.subscriptions import end_subscription, move

DUTY_CLASSES = (MailClass.GOVERNANCE, MailClass.CONTRACT, MailClass.SERVICE)


@dataclass(frozen=True)
class Choice:
    """One topic of the page. ``fixed`` is why it cannot be switched on here."""

    topic: Topic
    received: bool
    fixed: str = ""


@dataclass(frozen=True)
class DutyMail:
    """Mail that comes with a duty: the class, the duties it comes with, whether it is received."""

    mail_class: str
    duties: tuple[str, ...]
    received: bool

    @property
    def label(self) -> str:
        return str(MailClass(self.mail_class).label)


@dataclass(frozen=True)
class Saved:
    """What a saved page did: lines changed, and topics that wait for a confirmation by mail."""

    changed: int
    waiting: tuple[Topic, ...] = ()


def choices_of(address: str, *, on: date) -> list[Choice]:
    """Every topic in use that is open to this address: public ones, and those that come with a
    duty it holds."""
    stopped = active_scopes(address)
    permitted = permitted_topics(address_hash(address))
    rows = Subscription.objects.filter(address=address, state=SubscriptionState.ACTIVE)
    subscribed = set(rows.values_list("topic_id", flat=True))
    classes = {line.mail_class for line in duty_mail(address, on=on)}
    choices = []
    for topic in Topic.objects.filter(active=True):
        by_duty = topic.legal_basis != LegalBasis.CONSENT and topic.mail_class in classes
        if not (topic.public or by_duty or topic.pk in subscribed):
            continue
        scopes = scopes_that_stop(topic.mail_class, topic.code)
        if topic.code in permitted:
            scopes = [HOLD]
        blocked = any(scope in stopped for scope in scopes)
        fixed = "hold" if HOLD in stopped else ""
        choices.append(Choice(topic, not blocked and (by_duty or topic.pk in subscribed), fixed))
    return choices


def duty_mail(address: str, *, on: date) -> list[DutyMail]:
    """The classes of mail that come with the duties of whoever has this address."""
    stopped = active_scopes(address)
    duties = (
        RoleAssignment.objects.filter(open_on(on))
        .filter(contact__addresses__address=address, contact__addresses__valid_until__isnull=True)
        .select_related("role_type", "organisation")
    )
    found: dict[str, list[str]] = {}
    for duty in duties:
        for mail_class in DUTY_CLASSES:
            if mail_class in receives(duty.role_type):
                found.setdefault(mail_class, []).append(f"{duty.role_type}, {duty.organisation}")
    return [
        DutyMail(
            mail_class,
            tuple(dict.fromkeys(found[mail_class])),
            not any(scope in stopped for scope in scopes_that_stop(mail_class)),
        )
        for mail_class in DUTY_CLASSES
        if mail_class in found
    ]


def save_choices(
    *,
    address: str,
    wanted: frozenset[str],
    source: str,
    actor: Actor,
    at: datetime,
    on: date,
    language: str = "en-gb",
    classes: frozenset[str] | None = None,
) -> Saved:
    """Makes the wished state true, line by line; one that did not change is not touched.

    Choosing a topic is the person's own act behind the secret of a mail to this very address, so
    it counts as confirmed; where everything was stopped, or the person removed, it is confirmed
    once more by mail. ``classes``: duty mail that is wanted; None leaves it alone.
    """
    changed, waiting = 0, []
    for choice in choices_of(address, on=on):
        wish = choice.topic.code in wanted
        if wish == choice.received or (wish and choice.fixed):
            continue
        changed += 1
        if not wish:
            _leave(choice.topic, address, source, actor, at)
        elif "all" in active_scopes(address):
            request_subscription(
                topic=choice.topic, address=address, language=language, source="preferences",
                actor=actor, at=at, invited=True,
            )  # fmt: skip
            waiting.append(choice.topic)
        else:
            _join(choice.topic, address, source, actor, at)
    if classes is not None:
        changed += _save_duty_mail(address, classes, source, actor, at, on)
    return Saved(changed, tuple(waiting))


def _save_duty_mail(
    address: str, wanted: frozenset[str], source: str, actor: Actor, at: datetime, on: date
) -> int:
    changed = 0
    for line in duty_mail(address, on=on):
        wish = line.mail_class in wanted
        if wish == line.received:
            continue
        scope = f"class:{line.mail_class}"
        with transaction.atomic():
            if wish:
                lifted = readmit_class(
                    address, mail_class=line.mail_class, evidence=source, actor=actor, at=at
                )
                changed += bool(lifted)
                on_return(address=address, scope=scope, actor=actor)
                continue
            suppress(
                address, scope=scope, reason=SuppressionReason.UNSUBSCRIBE, actor=actor,
                source=source,
            )  # fmt: skip
            for _name, handler in UNSUBSCRIBE_HANDLERS:
                handler(address=address, scope=scope, delivery=None)
            changed += 1
    return changed


def _join(topic: Topic, address: str, source: str, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        if topic.legal_basis != LegalBasis.CONSENT:
            readmit(
                address, topic=topic.code, mail_class=topic.mail_class, evidence=source,
                actor=actor, at=at,
            )  # fmt: skip
            return
        subscription, _new = Subscription.objects.get_or_create(
            topic=topic,
            address=address,
            defaults={"state": SubscriptionState.PENDING, "requested_at": at},
        )
        if subscription.state != SubscriptionState.PENDING or subscription.requested_at != at:
            move(subscription, SubscriptionState.PENDING, also={"requested_at": at}, actor=actor)
        confirm_subscription(subscription=subscription, source=source, actor=actor, at=at)


def _leave(topic: Topic, address: str, source: str, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
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
