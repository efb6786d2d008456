"""Background work of the mailings."""

from __future__ import annotations

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, enqueue, job
from mailings.models import Mailing, Series, Topic
from mailings.services.feeds import fetch, take_feed
from mailings.services.holding import finish_mailings
from mailings.services.sending import begin_scheduled, plan_mailing
from mailings.services.series import run_series

PROCESS = Actor.process("mailings")


@job("mailings.plan")
def plan(context: JobContext, mailing_id: int) -> None:
    """Plans the rows of a started mailing."""
    mailing = Mailing.objects.select_related("topic", "segment", "exclude").get(pk=mailing_id)
    plan_mailing(mailing=mailing, actor=PROCESS, at=dates.now(), progress=context.progress)


@job("mailings.begin")
def begin(context: JobContext) -> None:
    """Starts scheduled mailings whose time has come."""
    context.progress(begin_scheduled(at=dates.now(), on=dates.today(), actor=PROCESS))


@job("mailings.finish")
def finish(context: JobContext) -> None:
    """Closes mailings of which nothing is open any more."""
    context.progress(finish_mailings(at=dates.now(), actor=PROCESS))


@job("mailings.read_feed")
def read_feed(context: JobContext, topic_id: int) -> None:
    """Reads the feed of one topic and mails what is new."""
    topic = Topic.objects.get(pk=topic_id)
    document = fetch(topic.feed_url)
    started = take_feed(
        topic=topic, document=document, actor=PROCESS, at=dates.now(), on=dates.today()
    )
    context.progress(started)


@job("mailings.read_feeds")
def read_feeds(context: JobContext) -> None:
    """Queues one reading per topic with a feed, so that one dead feed does not stop the others."""
    for topic_id in (
        Topic.objects.filter(active=True).exclude(feed_url="").values_list("pk", flat=True)
    ):
        enqueue("mailings.read_feed", topic_id)


@job("mailings.series")
def series(context: JobContext) -> None:
    """Runs every active series."""
    for item in Series.objects.filter(active=True).select_related("entry"):
        run_series(series=item, on=dates.today(), actor=PROCESS)
