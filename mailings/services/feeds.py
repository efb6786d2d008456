"""A topic that follows a feed: each new entry becomes one mailing to its subscribers."""

from __future__ import annotations

from datetime import date, datetime

import requests
from django.db import IntegrityError, transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RollcallError
from mailings.feeds import Entry, FeedError, read_feed
from mailings.models import FeedEntry, Mailing, Topic
from mailings.services.sending import start_mailing

TIMEOUT = 20  # seconds
MOST_BYTES = 2_000_000


def fetch(url: str) -> bytes:
    """The document behind the address, at most two megabytes.

    Raises: BadInput when it cannot be had.
    """
    try:
        with requests.get(url, timeout=TIMEOUT, stream=True) as answer:
            answer.raise_for_status()
            return answer.raw.read(MOST_BYTES, decode_content=True)
    except requests.RequestException as error:
        raise BadInput(f"The feed cannot be read: {type(error).__name__}.", code="feed") from error


def take_feed(*, topic: Topic, document: bytes, actor: Actor, at: datetime, on: date) -> int:
    """Mails what is new. The first reading of a feed only notes what is there already.

    Returns: the number of mailings started. Raises: BadInput when the document is no feed.
    """
    try:
        entries = read_feed(document)
    except FeedError as error:
        raise BadInput(str(error), code="feed") from error
    first = not topic.feed_entries.exists()
    started = 0
    for entry in reversed(entries):
        row = _note(topic, entry)
        if row is None or first:
            continue
        started += _mail(topic, row, actor, at, on)
    return started


def _note(topic: Topic, entry: Entry) -> FeedEntry | None:
    """The row of a new entry; None when it was seen before."""
    try:
        with transaction.atomic():
            return FeedEntry.objects.create(
                topic=topic,
                guid=entry.guid,
                title=entry.title,
                url=entry.url,
                published_at=entry.published,
            )
    except IntegrityError:
        return None


def _mail(topic: Topic, entry: FeedEntry, actor: Actor, at: datetime, on: date) -> int:
    title = "".join(char for char in entry.title if char not in "[]{}|<>*_`#")
    mailing = Mailing.objects.create(
        name=title[:120],
        mail_class=topic.mail_class,
        topic=topic,
        subject=title[:150],
        body=f"{{{{ greeting }}}}\n\n## {title}\n\n[[button: Read it | {entry.url}]]\n",
    )
    FeedEntry.objects.filter(pk=entry.pk).update(mailing=mailing)
    try:
        start_mailing(mailing=mailing, actor=actor, at=at, on=on)
    except RollcallError:
        # Nobody is subscribed, or a second person must approve: the draft stays for staff.
        return 0
    return 1
