"""Sign-up, confirmation, preferences, archive: what anybody can do without an account."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.core.errors import RuleBroken
from backoffice.core.tokens import token_hash
from backoffice.delivery.models import OutboxMessage, Suppression
from backoffice.delivery.services.suppression import suppress
from mailings.models import ConsentRecord, Subscription, Topic
from mailings.services.opt_in import confirm_subscription
from mailings.services.preferences import save_choices
from mailings.services.sending import plan_mailing, start_mailing
from mailings.services.subscriptions import on_unsubscribe
from mailings.views import news
from tests.mailings.conftest import STAFF, TODAY

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def sign_up(topic, django_capture_on_commit_callbacks):
    """Fills the form in; gives the answer."""

    def fill(address: str, **extra):
        with django_capture_on_commit_callbacks(execute=True):
            return Client().post(
                "/news/subscribe/", {"email": address, "topics": [topic.pk], **extra}
            )

    return fill


def link_in_the_mail() -> str:
    raw = bytes(OutboxMessage.objects.order_by("-id")[0].raw)
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    return re.search(r"http://127\.0\.0\.1:8000(/news/confirm/\S+)", text)[1]


def test_double_opt_in_is_confirmed_by_post_only(sign_up) -> None:
    assert sign_up("New@Example.org").status_code == 200
    subscription = Subscription.objects.get()
    assert (subscription.address, subscription.state) == ("new@example.org", "pending")
    link = link_in_the_mail()
    for _ in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    subscription.refresh_from_db()
    assert subscription.state == "pending"
    assert Client(enforce_csrf_checks=True).post(link).status_code == 200
    subscription.refresh_from_db()
    assert subscription.state == "active"
    acts = list(ConsentRecord.objects.order_by("id").values_list("act", "wording_version"))
    assert acts == [("requested", 1), ("confirmed", 1)]
    assert ConsentRecord.objects.first().wording.startswith("I would like")


def test_a_confirmed_wish_lifts_the_own_suppression_but_not_a_complaint(sign_up) -> None:
    suppress("a@example.org", scope="topic:newsletter", reason="unsubscribe", actor=STAFF)
    suppress("a@example.org", scope="optional", reason="complaint", actor=STAFF)
    sign_up("a@example.org")
    Client().post(link_in_the_mail())
    left = Suppression.objects.filter(lifted_at__isnull=True)
    assert list(left.values_list("scope", "reason")) == [("optional", "complaint")]


@pytest.mark.parametrize(
    ("scope", "reason"), [("all", "objection"), ("all", "erased"), ("optional", "erased")]
)
def test_a_confirmation_never_lifts_everything_or_a_removal(sign_up, scope, reason) -> None:
    suppress("a@example.org", scope=scope, reason=reason, actor=STAFF)
    sign_up("a@example.org")
    Client().post(link_in_the_mail())
    assert Suppression.objects.get().lifted_at is None


def test_an_old_link_brings_nobody_back(sign_up, topic) -> None:
    sign_up("a@example.org")
    link = link_in_the_mail()
    Client().post(link)
    again = Client().post(link)
    assert (again.status_code, ConsentRecord.objects.count()) == (200, 2)
    subscription = Subscription.objects.get()
    on_unsubscribe(address="a@example.org", scope="optional", delivery=None)
    suppress("a@example.org", scope="optional", reason="unsubscribe", actor=STAFF)
    for old_hash in ("", token_hash(link.rsplit("/", 1)[1])):
        # The second time as a row that was left before links died.
        Subscription.objects.update(confirm_hash=old_hash)
        for answer in (Client().get(link), Client().post(link)):
            assert answer.status_code == 404
            assert b"/news/subscribe/" in answer.content
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    assert Suppression.objects.get().lifted_at is None
    with pytest.raises(RuleBroken, match="has ended"):
        confirm_subscription(
            subscription=subscription, source="link", actor=STAFF, at=timezone.now()
        )


def test_leaving_empties_the_link(sign_up) -> None:
    sign_up("a@example.org")
    assert Subscription.objects.get().confirm_hash
    on_unsubscribe(address="a@example.org", scope="optional", delivery=None)
    assert Subscription.objects.get().confirm_hash == ""


def test_leaving_between_the_look_and_the_press_is_answered_politely(sign_up, monkeypatch) -> None:
    sign_up("a@example.org")
    link = link_in_the_mail()
    look = news.subscription_of_token

    def left_since(token: str) -> Subscription | None:
        found = look(token)
        Subscription.objects.update(state="ended", ended_at=timezone.now())
        return found

    monkeypatch.setattr(news, "subscription_of_token", left_since)
    assert Client().post(link).status_code == 409
    assert Subscription.objects.get().state == "ended"


def test_preferences_bring_back_who_left(topic) -> None:
    made = Subscription.objects.create(
        topic=topic, address="a@example.org", state="ended", requested_at=timezone.now()
    )
    save_choices(
        address="a@example.org", wanted=frozenset({"newsletter"}), source="preferences",
        actor=STAFF, at=timezone.now(), on=TODAY,
    )  # fmt: skip
    made.refresh_from_db()
    assert made.state == "active"


def test_known_and_unknown_addresses_get_the_same_answer(sign_up) -> None:
    first, second = sign_up("a@example.org"), sign_up("a@example.org")
    pages = [re.sub(rb'value="[A-Za-z0-9]{64}"', b"", page.content) for page in (first, second)]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "address", ["nonsense", "a b@example.org", "a@", "x\r\nBcc: y@example.org"]
)
def test_an_unusable_address_is_named(sign_up, address: str) -> None:
    answer = sign_up(address)
    assert answer.status_code == 422
    assert Subscription.objects.count() == 0
    assert OutboxMessage.objects.count() == 0


def test_a_program_that_fills_every_field_gets_nowhere(sign_up) -> None:
    assert sign_up("a@example.org", website="spam").status_code == 200
    assert Subscription.objects.count() == 0


def test_a_topic_that_is_not_public_cannot_be_chosen(topic) -> None:
    Topic.objects.update(public=False)
    answer = Client().post("/news/subscribe/", {"email": "a@example.org", "topics": [topic.pk]})
    assert answer.status_code == 422
    assert Subscription.objects.count() == 0


@pytest.fixture
def sent(mailing, organisation, person, topic, outbox_engine):
    """A mailing of the topic to one subscriber with a duty; the path of the preference page."""
    person("a@example.org", ("voting", organisation("One")), name="Ada Ångström")
    Subscription.objects.create(
        topic=topic,
        address="a@example.org",
        state="active",
        requested_at=timezone.now(),
        confirmed_at=timezone.now(),
    )
    draft = mailing(topic=topic, mail_class="community")
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    raw = bytes(OutboxMessage.objects.get().raw)
    token = re.search(rb"/u/([A-Za-z0-9_-]{22})", raw.replace(b"=\r\n", b""))[1].decode()
    return draft, token


def test_preferences_touch_one_topic_only(sent, topic) -> None:
    _draft, token = sent
    other = Topic.objects.create(
        code="events", name="Events", description="Events.", mail_class="community",
        legal_basis="consent", frequency="rarely", public=True,
    )  # fmt: skip
    path = f"/news/preferences/{token}"
    page = Client().get(path).content.decode()
    assert "a•••@e•••.org" in page
    assert "a@example.org" not in page
    Client().post(path, {"topic": ["newsletter", "events"]})
    assert Subscription.objects.get(topic=other).state == "active"
    Client().post(path, {"topic": ["events"]})
    assert Subscription.objects.get(topic=topic).state == "ended"
    assert Subscription.objects.get(topic=other).state == "active"
    scopes = Suppression.objects.filter(lifted_at__isnull=True).values_list("scope", flat=True)
    assert list(scopes) == ["topic:newsletter"]
    Client().post(path, {"topic": ["newsletter", "events"]})
    assert Subscription.objects.get(topic=topic).state == "active"
    assert not Suppression.objects.filter(lifted_at__isnull=True).exists()


def test_leaving_by_the_link_ends_the_subscription(sent, topic) -> None:
    Client().post(f"/u/{sent[1]}")
    assert Subscription.objects.get().state == "ended"
    assert ConsentRecord.objects.order_by("-id")[0].act == "withdrawn"


def test_unknown_preferences(db) -> None:
    assert Client().get("/news/preferences/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_archive_and_feed_hold_no_token_and_no_name(sent, topic) -> None:
    draft, token = sent
    page = Client().get(f"/news/newsletter/{draft.pk}/")
    feed = Client().get("/news/newsletter/feed.atom")
    for answer in (page, feed, Client().get("/news/"), Client().get("/news/newsletter/")):
        assert answer.status_code == 200
        body = answer.content.decode()
        assert token not in body
        assert "/u/" not in body
        assert "Ada" not in body
    root = ElementTree.fromstring(feed.content)  # noqa: S314 - our own page
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) == 1


def test_a_draft_or_a_private_topic_is_not_in_the_archive(mailing, topic) -> None:
    draft = mailing(topic=topic)
    assert Client().get(f"/news/newsletter/{draft.pk}/").status_code == 404
    Topic.objects.update(public=False)
    assert Client().get("/news/newsletter/").status_code == 404


def test_every_link_of_a_mail_fetched_three_times_changes_nothing(sent) -> None:
    from django.apps import apps

    def rows() -> dict[str, list]:
        return {
            model._meta.label: list(model.objects.order_by("pk").values_list())
            for model in apps.get_models()
            if model._meta.app_label in ("delivery", "mailings", "contacts")
        }

    raw = bytes(OutboxMessage.objects.get().raw).replace(b"=\r\n", b"").replace(b"=3D", b"=")
    links = set(re.findall(rb"http://127\.0\.0\.1:8000(/[^\s>\"<)]*)", raw))
    assert len(links) >= 3
    before = rows()
    for link in links:
        for _ in range(3):
            assert Client().get(link.decode()).status_code in (200, 404)
            assert Client().head(link.decode()).status_code in (200, 404)
    assert rows() == before
