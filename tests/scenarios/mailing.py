"""A segmented mailing: composed, previewed, sent, reported; one reader leaves."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import is_suppressed
from mailings.models import Mailing, Segment, Topic
from mailings.services.audience import tally
from mailings.services.holding import finish_mailings
from mailings.services.sending import plan_mailing, start_mailing
from tests.delivery.sink import Sink
from tests.scenarios import steps


def a_segmented_mailing(house: dict, sink: Sink, client: Client) -> None:
    author = Actor.user(house["communications"])
    segment = Segment.objects.create(
        name="Service contacts of members in good standing",
        rule={"all": [
            {"field": "duty", "op": "is", "value": "service"},
            {"field": "standing", "op": "is", "value": "good"},
        ]},
    )  # fmt: skip
    topic, _new = Topic.objects.get_or_create(
        code="open-hours",
        defaults={
            "name": "Open Hours", "mail_class": "community", "legal_basis": "consent",
            "frequency": "monthly", "public": True, "wording": "I want invitations.",
        },
    )  # fmt: skip
    mailing = Mailing.objects.create(
        name="Planned maintenance", mail_class="service", segment=segment,
        subject="Maintenance for {{ organisations }}",
        body="{{ greeting }}\n\nthe service pauses on **Sunday**.",
    )  # fmt: skip
    expected = tally(mailing, on=dates.today())
    start_mailing(mailing=mailing, actor=author, at=timezone.now(), on=dates.today())
    plan_mailing(mailing=mailing, actor=author, at=timezone.now())
    rows = Delivery.objects.filter(mailing_ref=mailing.pk)
    assert rows.count() == expected.reached > 1
    steps.hand_over(sink)
    finish_mailings(at=timezone.now(), actor=author)
    mailing.refresh_from_db()
    assert mailing.state == "finished"
    assert rows.filter(state="sent").count() == rows.count()
    assert len({row.address for row in rows}) == rows.count()
    reader = rows.order_by("pk").first()
    message = steps.mail_to(sink, reader.address, "Maintenance")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client.post(steps.path_of(steps.unsubscribe_link(message)), {"List-Unsubscribe": "One-Click"})
    assert is_suppressed(reader.address, mail_class="service")
    assert not is_suppressed(reader.address, mail_class="governance")
    assert topic.pk
