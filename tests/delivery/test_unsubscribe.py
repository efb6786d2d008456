"""Leaving by link, by one click, and what it must not do."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest
from django.db import DatabaseError
from django.test import Client

from backoffice.delivery.models import Delivery, OutboxMessage, Suppression
from backoffice.delivery.registry import MESSAGE_KINDS, UNSUBSCRIBE_HANDLERS, MessageKind
from backoffice.delivery.services.engine import Engine
from backoffice.delivery.transports.outbox import OutboxTransport
from tests.delivery.conftest import build_test_message

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def mail(plan, monkeypatch):
    """A one-click mail as it left, parsed, with its delivery."""
    kind = MessageKind(build_test_message, one_click=True)
    monkeypatch.setitem(MESSAGE_KINDS._entries, "test.bulk", kind)
    delivery = plan("person@example.org", kind="test.bulk", mail_class="community", topic="news")
    Engine("worker:1", OutboxTransport()).round()
    raw = bytes(OutboxMessage.objects.get().raw)
    return message_from_bytes(raw, policy=policy.default), raw, delivery


def path_of(raw: bytes) -> str:
    unfolded = raw.replace(b"\r\n ", b" ").decode()
    return re.search(r"List-Unsubscribe: <http://127\.0\.0\.1:8000(/u/[^>]+)>", unfolded)[1]


def test_the_headers_on_the_wire(mail) -> None:
    parsed, raw, _delivery = mail
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
    lines = [line for line in head.split("\r\n") if line.startswith("List-Unsubscribe")]
    assert len(lines) == 2
    assert "=?" not in "".join(lines)
    uris = re.findall(r"<([^>]+)>", lines[0])
    assert uris[0].startswith("http")
    assert uris[1].startswith("mailto:leave@")
    assert all(len(uri) < 70 for uri in uris)
    assert lines[1] == "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] == "bulk"
    for part in ("plain", "html"):
        assert path_of(raw) in parsed.get_body((part,)).get_content()


@pytest.mark.parametrize("body", ["form", "multipart", "empty"])
def test_one_click_without_cookies(mail, body: str) -> None:
    path = path_of(mail[1])
    client = Client(enforce_csrf_checks=True)
    if body == "multipart":
        answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    elif body == "form":
        answer = client.post(
            path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
    else:
        answer = client.post(path, b"", content_type="application/octet-stream")
    assert answer.status_code == 200
    assert not answer.cookies
    assert list(Suppression.objects.values_list("scope", "reason")) == [
        ("topic:news", "unsubscribe")
    ]
    assert client.post(path).status_code == 200
    assert Suppression.objects.count() == 1


def test_reading_changes_nothing(mail) -> None:
    path = path_of(mail[1])
    before = Delivery.objects.values().get()
    for _ in range(3):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert Suppression.objects.count() == 0
    assert Delivery.objects.values().get() == before


def test_the_page_masks_the_address(mail) -> None:
    page = Client().get(path_of(mail[1])).content.decode()
    assert "p•••@e•••.org" in page
    assert "person@example.org" not in page


def test_a_wrong_token_gets_the_same_answers_and_changes_nothing(mail) -> None:
    path = path_of(mail[1])
    wrong = path[:-1] + ("A" if path[-1] != "A" else "B")
    assert Client().get(wrong).status_code == 200
    answer = Client().post(wrong)
    assert answer.status_code == 200
    assert Suppression.objects.count() == 0


def test_everything_optional(mail) -> None:
    Client().post(path_of(mail[1]), {"scope": "optional"})
    assert Suppression.objects.get().scope == "optional"


def test_a_duty_app_is_told_in_the_same_transaction(mail, monkeypatch) -> None:
    told = []
    monkeypatch.setitem(UNSUBSCRIBE_HANDLERS._entries, "test", lambda **facts: told.append(facts))
    Client().post(path_of(mail[1]))
    assert told == [
        {
            "address": "person@example.org",
            "scope": "topic:news",
            "delivery": mail[2],
        }
    ]


def test_a_failing_database_makes_the_provider_try_again(mail, monkeypatch) -> None:
    def fail(*_args, **_kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr("backoffice.delivery.views.unsubscribe.unsubscribe", fail)
    assert Client().post(path_of(mail[1])).status_code == 503


def test_after_erasure_the_page_answers_politely(mail) -> None:
    path = path_of(mail[1])
    Delivery.objects.update(address="")
    assert Client().get(path).status_code == 200
    assert Client().post(path).status_code == 200
    assert Suppression.objects.count() == 0


def test_a_single_message_has_the_link_but_no_one_click_header(plan) -> None:
    plan("person@example.org")
    Engine("worker:1", OutboxTransport()).round()
    raw = bytes(OutboxMessage.objects.get().raw)
    assert b"List-Unsubscribe" not in raw
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    assert "/u/" in text


def test_send_mail_is_gated(settings, django_capture_on_commit_callbacks) -> None:
    from django.core.mail import send_mail

    from backoffice.core.actor import Actor
    from backoffice.delivery.services.suppression import suppress

    settings.EMAIL_BACKEND = "backoffice.delivery.backend.GatedBackend"
    suppress("gone@example.org", scope="all", reason="objection", actor=Actor.process("test"))
    with django_capture_on_commit_callbacks(execute=True):
        send_mail("Hello", "A line.\n\nAnother.", None, ["gone@example.org", "here@example.org"])
    assert list(OutboxMessage.objects.values_list("address", flat=True)) == ["here@example.org"]
    states = dict(Delivery.objects.values_list("address", "state"))
    assert states == {"gone@example.org": "skipped", "here@example.org": "sent"}
