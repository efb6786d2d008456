"""The numbers of a mailing, a topic and its recipient domains. No figure is about one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery, Suppression
from backoffice.delivery.services.events import Rates, rates_of
from mailings.models import Mailing, Topic
from mailings.services.audience import REASONS

DOMAINS = 15
UNSETTLED = frozenset(
    {DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.HANDING, DeliveryState.DEFERRED}
)
TOPIC_SPAN = timedelta(days=365)


@dataclass(frozen=True)
class Report:
    """``states``: (label, number, state) that add up to ``total``, of which ``settled`` will not
    be tried again by itself; ``named``: everybody whom the
    audience named, so that planned and left out add up as well."""

    states: list[tuple[str, int, str]]
    total: int
    settled: int
    reasons: list[tuple[str, str, int]]
    left_out: list[tuple[str, int]]
    named: int
    unsubscribed: int
    rates: Rates
    domains: list[tuple[str, Rates]]


def report_on(mailing: Mailing) -> Report:
    """Everything the report page shows."""
    rows = Delivery.objects.of_mailing(mailing.pk)
    labels = dict(DeliveryState.choices)
    states = rows.order_by().values("state").annotate(n=Count("pk")).order_by("-n")
    reasons = (
        rows.exclude(reason="")
        .exclude(state__in=[DeliveryState.SENT, DeliveryState.DELIVERED])
        .order_by()
        .values("state", "reason")
        .annotate(n=Count("pk"))
        .order_by("-n")[:20]
    )
    left_out = sorted(
        mailing.left_out.items(), key=lambda item: list(REASONS).index(item[0])
        if item[0] in REASONS else 99,
    )  # fmt: skip
    return Report(
        settled=sum(row["n"] for row in states if row["state"] not in UNSETTLED),
        states=[(str(labels[row["state"]]), row["n"], row["state"]) for row in states],
        total=sum(row["n"] for row in states),
        reasons=[(str(labels[row["state"]]), row["reason"], row["n"]) for row in reasons],
        left_out=[(str(REASONS.get(key, key)), n) for key, n in left_out],
        named=mailing.planned + sum(mailing.left_out.values()),
        unsubscribed=unsubscribed(mailing),
        rates=rates_of(rows),
        domains=by_domain(mailing),
    )


def unsubscribed(mailing: Mailing) -> int:
    """How many left by the link of one of its mails."""
    sources = Delivery.objects.of_mailing(mailing.pk).exclude(handed_at=None).values_list("pk")
    numbers = {f"delivery:{pk}" for (pk,) in sources.iterator(chunk_size=5000)}
    if not numbers:
        return 0
    found = Suppression.objects.filter(
        reason="unsubscribe", source__startswith="delivery:", created_at__gte=mailing.started_at
    )
    return len({source for source in found.values_list("source", flat=True) if source in numbers})


def by_domain(mailing: Mailing) -> list[tuple[str, Rates]]:
    """The recipient domains with the most mail, each with its rates."""
    rows = (
        Delivery.objects.of_mailing(mailing.pk)
        .exclude(domain="")
        .order_by()
        .values("domain")
        .annotate(
            handed=Count("pk", filter=Q(handed_at__isnull=False)),
            complaints=Count("pk", filter=Q(state=DeliveryState.COMPLAINED)),
            bounces=Count("pk", filter=Q(state=DeliveryState.BOUNCED, reason__startswith="hard")),
        )
        .order_by("-handed", "domain")[:DOMAINS]
    )
    return [
        (row["domain"], Rates(row["handed"], row["complaints"], row["bounces"])) for row in rows
    ]


def rates_of_topic(topic: Topic, *, at: datetime) -> Rates:
    """How mail of a topic was received in the past year."""
    return rates_of(Delivery.objects.filter(topic=topic.code, handed_at__gte=at - TOPIC_SPAN))
