"""The feed-driven topic and the onboarding series."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.core.errors import BadInput
from backoffice.delivery.models import Delivery, OutboxMessage
from backoffice.delivery.services.suppression import suppress
from mailings.feeds import FeedError, read_feed
from mailings.models import Mailing, Segment, Series, SeriesStep, Subscription
from mailings.services.feeds import take_feed
from mailings.services.series import run_series
from tests.mailings.conftest import STAFF, TODAY, leaf

pytestmark = [pytest.mark.django_db]
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>{}</feed>"""
ENTRY = """<entry><id>tag:{0}</id><title>Post {0}</title><link href="https://example.org/{0}"/>
<updated>2026-11-0{0}T10:00:00Z</updated></entry>"""
RSS = """<rss version="2.0"><channel><title>B</title><item><title>One</title>
<link>https://example.org/1</link><guid>g1</guid><pubDate>Sat, 07 Nov 2026 10:00:00 +0000</pubDate></item>
<item><title>No link</title></item></channel></rss>"""


def atom(*numbers: int) -> bytes:
    return ATOM.format("".join(ENTRY.format(n) for n in numbers)).encode()


def test_both_dialects() -> None:
    assert [e.guid for e in read_feed(atom(2, 1))] == ["tag:2", "tag:1"]
    entry = read_feed(RSS.encode())[0]
    assert (entry.guid, entry.title, entry.published.year) == ("g1", "One", 2026)


@pytest.mark.parametrize(
    "document",
    [b"", b"<html></html>", b"<rss", b"\xff\xfe", b'<!DOCTYPE x [<!ENTITY a "b">]><y>&a;</y>'],
)
def test_what_is_no_feed(document: bytes) -> None:
    with pytest.raises(FeedError):
        read_feed(document)


def test_the_first_reading_mails_nothing_then_each_entry_once(topic, outbox_engine) -> None:
    Subscription.objects.create(
        topic=topic, address="a@example.org", state="active", requested_at=timezone.now(),
        confirmed_at=timezone.now(),
    )  # fmt: skip

    def take(*numbers: int) -> int:
        return take_feed(
            topic=topic, document=atom(*numbers), actor=STAFF, at=timezone.now(), on=TODAY
        )

    assert take(1) == 0
    assert take(2, 1) == 1
    assert take(2, 1) == 0
    mailing = Mailing.objects.get()
    assert (mailing.subject, mailing.state) == ("Post 2", "planning")
    with pytest.raises(BadInput):
        take_feed(topic=topic, document=b"no", actor=STAFF, at=timezone.now(), on=TODAY)


@pytest.fixture
def onboarding(roles) -> Series:
    segment = Segment.objects.create(name="new", rule={"all": [leaf("duty", "technical")]})
    series = Series.objects.create(name="Onboarding", entry=segment, active=True)
    for position, days in ((1, 0), (2, 7)):
        SeriesStep.objects.create(
            series=series, position=position, days_after=days, subject=f"Step {position}",
            body="{{ greeting }}\n\nwelcome at {{ organisations }}.",
        )  # fmt: skip
    return series


def test_steps_in_their_order_once_each(onboarding, organisation, person, outbox_engine) -> None:
    person("a@example.org", ("technical", organisation("One")), name="Ada Ångström")

    def run(day: int) -> dict:
        return run_series(series=onboarding, on=TODAY + timedelta(days=day), actor=STAFF)

    assert run(0) == {"entered": 1, "left": 0, "steps": 1}
    assert run(0) == {"entered": 0, "left": 0, "steps": 0}
    assert run(6)["steps"] == 0
    assert run(8)["steps"] == 1
    assert run(9) == {"entered": 0, "left": 1, "steps": 0}
    outbox_engine.round()
    subjects = list(OutboxMessage.objects.order_by("id").values_list("subject", flat=True))
    assert subjects == ["Step 1", "Step 2"]
    assert b"welcome at One" in bytes(OutboxMessage.objects.first().raw)


@pytest.mark.parametrize("why", ["unsubscribed", "no longer matches"])
def test_who_leaves_gets_no_further_step(onboarding, organisation, person, why: str) -> None:
    ada = person("a@example.org", ("technical", organisation("One")))
    run_series(series=onboarding, on=TODAY, actor=STAFF)
    if why == "unsubscribed":
        suppress("a@example.org", scope="class:service", reason="unsubscribe", actor=STAFF)
    else:
        ada.duties.update(valid_until=TODAY)
    run_series(series=onboarding, on=TODAY + timedelta(days=8), actor=STAFF)
    assert onboarding.entries.get().end_reason == why
    assert Delivery.objects.count() == 1


def test_switching_on_draws_nobody_in_from_before(onboarding, organisation, person) -> None:
    onboarding.active_from = TODAY - timedelta(days=1)
    onboarding.save()
    one = organisation("One")
    person("old@example.org", ("technical", one))
    assert run_series(series=onboarding, on=TODAY, actor=STAFF)["steps"] == 0
    person("new@example.org", ("technical", one))
    assert run_series(series=onboarding, on=TODAY, actor=STAFF)["steps"] == 1
    assert Delivery.objects.get().address == "new@example.org"
