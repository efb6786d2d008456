"""The map of the mailings' models, and how a person's rows are found."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backoffice.core.personal_data import FINDERS, Finder, Personal, Subject, declare

SUBSCRIBED = Personal(
    "consent", "mail that the person asked for", "6(1)(a)", "subscription_end", "null"
)
LITERAL = Personal(
    "free_text",
    "a saved question may name a person",
    "6(1)(f)",
    "admin_log",
    "keep",
    exported=False,
)


def declare_mailings() -> None:
    """Declares every text-like field of the app, and the finders."""
    declare(
        "mailings.Topic",
        none=[
            "code", "name", "name_de", "description", "description_de", "frequency",
            "frequency_de", "feed_url", "wording", "wording_de",
        ],
    )  # fmt: skip
    declare(
        "mailings.Subscription",
        personal={"address": SUBSCRIBED},
        none=["language", "confirm_hash"],
    )
    declare("mailings.ConsentRecord", none=["wording", "source", "actor"])
    declare("mailings.FeedEntry", none=["guid", "title", "url"])
    declare("mailings.Segment", personal={"rule": LITERAL}, none=["name"])
    declare(
        "mailings.Mailing",
        personal={"frozen": LITERAL},
        none=[
            "name", "subject", "body", "subject_de", "body_de", "reply_to", "content_hash",
            "audience_hash", "left_out",
        ],
    )  # fmt: skip
    declare("mailings.Series", none=["name"])
    declare("mailings.SeriesStep", none=["subject", "body", "subject_de", "body_de"])
    declare("mailings.SeriesEntry", none=["end_reason"])
    FINDERS.add("mailings.subscription", Finder("mailings.Subscription", subscriptions_of))


def subscriptions_of(subject: Subject) -> QuerySet:
    """Subscriptions under the person's contact id or addresses."""
    from mailings.models import Subscription

    own = Q(address__in=subject.addresses)
    if subject.contact_id is not None:
        own |= Q(contact_id=subject.contact_id)
    return Subscription.objects.filter(own)
