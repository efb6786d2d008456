"""The mailings' part in a merge. Consent follows one rule: the latest explicit choice per topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from contacts.registry import MergePolicy, MergeStep, Relation
from mailings.enums import MailingState, SubscriptionState
from mailings.models import Subscription
from mailings.services.subscriptions import end_subscription

RELATIONS = (
    Relation("mailings.MailingFile", "organisation", only={"mailing__state": MailingState.DRAFT},
             unless_same=("mailing",), why=_("files of mailings that have left stay")),
    Relation("mailings.SeriesEntry", "contact", unless_same=("series",),
             why=_("the record that stays is in the series already")),
    Relation("mailings.Subscription", "contact"),
)  # fmt: skip


def steps(kind: str, loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    """A subscription ends where the person left the topic later under another address."""
    if kind != "contact":
        return []
    rows = Subscription.objects.filter(contact__in=(loser_id, winner_id)).select_related("topic")
    left: dict[int, Subscription] = {}
    for row in rows.filter(state=SubscriptionState.ENDED, ended_at__isnull=False):
        if row.topic_id not in left or row.ended_at > left[row.topic_id].ended_at:  # type: ignore[operator]
            left[row.topic_id] = row
    ended = []
    for row in rows.exclude(state=SubscriptionState.ENDED):
        later = left.get(row.topic_id)
        if later is not None and later.ended_at > (row.confirmed_at or row.requested_at):  # type: ignore[operator]
            sentence = _t(
                "The latest choice was to leave “%(topic)s”: the other subscription ends."
            )
            ended.append(MergeStep(sentence % {"topic": row.topic}, _ending(row, actor)))
    return ended


def _ending(row: Subscription, actor: Actor) -> Callable[[], None]:
    def act() -> None:
        end_subscription(subscription=row, source="merge", actor=actor, at=dates.now())

    return act


MAILINGS = MergePolicy(RELATIONS, steps=steps)
