"""How long subscriptions and their proof are kept."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.core.retention import RETENTION, RetentionRule, Sweep, start_of
from mailings.enums import SubscriptionState
from mailings.models import ConsentRecord, Subscription
from mailings.services.subscriptions import forget_unconfirmed, never_confirmed

PROOF_YEARS = 3


def _ended(day: date) -> QuerySet:
    """Ended, and three whole years have passed since the end of that year."""
    edge = start_of(date(day.year - PROOF_YEARS, 1, 1))
    return Subscription.objects.filter(state=SubscriptionState.ENDED, ended_at__lt=edge)


def _ended_with_address(day: date) -> QuerySet:
    return _ended(day).filter(address__isnull=False)


def _proof(day: date) -> QuerySet:
    over = ConsentRecord.objects.filter(subscription__in=_ended(day))
    return over.filter(network_address__isnull=False)


def subscribers(contact_ids: set[int]) -> set[int]:
    """Which of the contacts have a running subscription."""
    return set(
        Subscription.objects.exclude(state=SubscriptionState.ENDED)
        .filter(contact_id__in=contact_ids)
        .values_list("contact_id", flat=True)
    )


def register_rules() -> None:
    RETENTION.add("subscription_end", RetentionRule(
        _("a sign-up nobody confirms 14 days; proof of consent three years after the end of the year "
          "in which the subscription ended"),
        _("the sign-up is deleted; of the proof, address and network address go"),
        _("Art. 7 (1) GDPR, § 195 BGB"),
        (Sweep("mailings.Subscription", never_confirmed, forget_unconfirmed, part="unconfirmed"),
         Sweep("mailings.Subscription", _ended_with_address),
         Sweep("mailings.ConsentRecord", _proof)),
    ))  # fmt: skip
