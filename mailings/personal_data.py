"""The map of the mailings' models, and how a person's rows are found."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

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


MEMBER = Personal(
    "consent", "to see who left the group by themselves", "6(1)(f)", "suppression", "keep",
    exported=False,
)  # fmt: skip


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
    declare(
        "mailings.ConsentRecord",
        personal={"network_address": SUBSCRIBED},
        none=["wording", "wording_hash", "language", "source", "actor"],
    )
    declare("mailings.FeedEntry", none=["guid", "title", "url"])
    declare("mailings.Segment", personal={"rule": LITERAL}, none=["name"])
    declare(
        "mailings.Mailing",
        personal={"frozen": LITERAL},
        none=[
            "name", "subject", "body", "subject_de", "body_de", "reply_to", "content_hash",
            "audience_hash", "left_out", "doctor_override",
        ],
    )  # fmt: skip
    declare("mailings.MailingFile", none=["file_name"])
    declare("mailings.GroupLink", none=["name"])
    declare("mailings.GroupMember", personal={"address_hash": MEMBER})
    declare("mailings.Series", none=["name"])
    declare("mailings.SeriesStep", none=["subject", "body", "subject_de", "body_de"])
    declare("mailings.SeriesEntry", none=["end_reason"])
    FINDERS.add("mailings.subscription", Finder("mailings.Subscription", subscriptions_of))
    FINDERS.add("mailings.consentrecord", Finder("mailings.ConsentRecord", consent_of, theirs=True))


def subscriptions_of(subject: Subject) -> QuerySet:
    """Subscriptions under the person's contact id or addresses."""
    from mailings.models import Subscription

    own = Q(address__in=subject.addresses)
    if subject.contact_id is not None:
        own |= Q(contact_id=subject.contact_id)
    return Subscription.objects.filter(own)


def consent_of(subject: Subject) -> QuerySet:
    """The consent records of those subscriptions: the act stays as proof, the network address goes."""
    from mailings.models import ConsentRecord

    return ConsentRecord.objects.filter(subscription__in=subscriptions_of(subject))


def consent_rows(subject: Subject) -> Iterator[dict[str, str]]:
    """The consent ledger, for an access export."""
    for record in consent_of(subject).select_related("subscription__topic").order_by("at", "pk"):
        yield {
            _("Day"): date_format(timezone.localtime(record.at)),
            _("Topic"): str(record.subscription.topic),
            _("Act"): record.get_act_display(),
            _("Wording"): record.wording,
        }
