"""Consent over time: the proof of it, what staff may add, and a fresh wish against an objection."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.delivery.models import OutboxMessage, Permit
from backoffice.delivery.services.suppression import active_scopes, suppress
from mailings.enums import Origin
from mailings.models import ConsentRecord, Subscription
from mailings.services.audience import tally
from mailings.services.consent import proof_of
from mailings.services.opt_in import (
    add_subscription,
    confirm_subscription,
    request_subscription,
    subscription_of_token,
)
from tests.mailings.conftest import STAFF, TODAY
from tests.mailings.test_staff_pages import _demo, staff  # noqa: F401

pytestmark = [pytest.mark.django_db]
PERSON = Actor.link("subscribe")


def ask(topic, address: str = "ada@example.org") -> Subscription:
    return request_subscription(
        topic=topic, address=address, language="en-gb", source="form", actor=PERSON,
        at=timezone.now(),
    )  # fmt: skip


def confirm(subscription: Subscription) -> Subscription:
    subscription.refresh_from_db()
    return confirm_subscription(
        subscription=subscription, source="link", actor=PERSON, at=timezone.now()
    )


def test_the_mailed_link_is_the_one_that_confirms(
    topic, outbox_engine, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asked = ask(topic)
    outbox_engine.round()
    text = bytes(OutboxMessage.objects.get().raw).replace(b"=\r\n", b"").decode()
    token = re.search(r"/news/confirm/([\w-]+)", text)
    assert token is not None
    assert subscription_of_token(token[1]) == asked


def test_a_fresh_wish_opens_this_topic_against_an_objection(topic, mailing) -> None:
    suppress("ada@example.org", scope="optional", reason="objection", actor=PERSON)
    confirm(ask(topic))
    assert active_scopes("ada@example.org") == {"optional"}
    assert Permit.objects.get().topic == "newsletter"
    draft = mailing(topic=topic, mail_class="community")
    draft.segment = None
    assert tally(draft, on=TODAY).reached == 1
    suppress("ada@example.org", scope="topic:newsletter", reason="unsubscribe", actor=PERSON)
    assert tally(draft, on=TODAY).reached == 0


def test_the_proof_holds_every_act_and_notices_a_changed_wording(topic) -> None:
    subscription = confirm(ask(topic))
    proof = proof_of(subscription)
    assert [act.act for act in proof.acts] == ["requested", "confirmed"]
    assert (proof.intact, proof.stands) == (True, True)
    topic.wording = "Another wording."
    topic.save()
    assert proof_of(subscription).asked.wording == "I would like to receive the newsletter."
    ConsentRecord.objects.filter(act="requested").update(wording="Something else.")
    assert not proof_of(subscription).intact


def test_the_proof_is_printed_by_those_who_may(topic, staff) -> None:  # noqa: F811
    subscription = confirm(ask(topic))
    page = reverse("admin:consent_proof", args=[subscription.pk])
    shown = staff("view_consentrecord").get(page)
    assert "I would like to receive the newsletter." in shown.content.decode()


def test_who_may_not_see_consent_sees_none(topic, staff) -> None:  # noqa: F811
    subscription = confirm(ask(topic))
    page = reverse("admin:consent_proof", args=[subscription.pk])
    assert staff("view_mailing").get(page).status_code == 403


@pytest.mark.parametrize("reason", ["", "asked by ada@example.org", "x" * 61])
def test_staff_add_with_a_reason_without_an_address(topic, reason: str) -> None:
    with pytest.raises(BadInput):
        add_subscription(
            topic=topic, address="ada@example.org", reason=reason, actor=STAFF, at=timezone.now()
        )
    assert not Subscription.objects.exists()


def test_staff_cannot_bring_back_who_has_left(topic) -> None:
    suppress("ada@example.org", scope="topic:newsletter", reason="unsubscribe", actor=PERSON)
    with pytest.raises(RuleBroken, match="only the person"):
        add_subscription(
            topic=topic, address="ADA@example.org", reason="workshop", actor=STAFF,
            at=timezone.now(),
        )  # fmt: skip
    assert not Subscription.objects.exists()


def test_the_help_desk_subscribes_nobody_unless_the_house_says_so(topic, settings) -> None:
    def add() -> Subscription:
        return add_subscription(
            topic=topic, address="ada@example.org", reason="ticket 7", actor=STAFF,
            at=timezone.now(), origin=Origin.HELPDESK,
        )  # fmt: skip

    with pytest.raises(RuleBroken, match="HELPDESK"):
        add()
    settings.ROLLCALL_HELPDESK_MAY_SUBSCRIBE = True
    assert add().origin == Origin.HELPDESK
    assert ConsentRecord.objects.get().act == "added"
