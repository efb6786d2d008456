"""Provider webhooks with recorded payloads: authenticated, stored once, processed once."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.delivery.models import InboundMail, ProviderEvent, Suppression
from backoffice.delivery.services.webhooks import process_event

pytestmark = [pytest.mark.django_db]
AUTH = "Basic " + base64.b64encode(b"hook:test-only-webhook-secret").decode()


def post(path: str, payload: dict, auth: str = AUTH):
    return Client(headers={"authorization": auth} if auth else {}).post(
        path, json.dumps(payload), content_type="application/json"
    )


@pytest.fixture
def postmark(data_folder: Path) -> dict[str, dict]:
    """Recorded Postmark events by name."""
    text = (data_folder / "api_shapes/webhooks/postmark.json").read_text(encoding="utf-8")
    return {event["name"]: event["payload"] for event in json.loads(text)["events"]}


def process_all() -> list[str]:
    return [
        process_event(event=event, at=timezone.now())
        for event in ProviderEvent.objects.order_by("id")
    ]


@pytest.mark.data
def test_a_hard_bounce_of_a_known_message(postmark, plan) -> None:
    payload = postmark["bounce"]
    delivery = plan("bounce@example.com", state="sent", provider_id=payload["MessageID"])
    for _ in range(2):
        assert post("/anymail/postmark/tracking/", payload).status_code == 200
    assert ProviderEvent.objects.count() == 1
    assert process_all() == ["hard"]
    assert process_all() == ["hard"]
    delivery.refresh_from_db()
    assert delivery.state == "bounced"
    assert Suppression.objects.get().scope == "hold"


@pytest.mark.data
def test_a_bounce_of_a_message_that_is_not_ours_suppresses_nobody(postmark, plan) -> None:
    plan("bounce@example.com", state="sent")
    assert post("/anymail/postmark/tracking/", postmark["bounce"]).status_code == 200
    assert process_all() == ["unknown message"]
    assert Suppression.objects.count() == 0


@pytest.mark.data
@pytest.mark.parametrize("auth", ["", "Basic " + base64.b64encode(b"hook:wrong").decode()])
def test_without_the_secret_nothing_is_stored(postmark, auth: str) -> None:
    assert post("/anymail/postmark/tracking/", postmark["bounce"], auth).status_code >= 400
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("kind", ["Open", "Click"])
def test_opens_and_clicks_are_not_even_stored(kind: str) -> None:
    payload = {"RecordType": kind, "MessageID": "x", "Recipient": "a@example.org"}
    assert post("/anymail/postmark/tracking/", payload).status_code == 200
    assert ProviderEvent.objects.count() == 0


def test_inbound_mail_of_a_provider_is_stored() -> None:
    payload = {
        "FromFull": {"Email": "a@example.org", "Name": ""}, "From": "a@example.org",
        "ToFull": [{"Email": "privacy@mail.rollcall.example", "Name": ""}],
        "To": "privacy@mail.rollcall.example",
        "OriginalRecipient": "privacy@mail.rollcall.example",
        "Subject": "Please remove my data", "MessageID": "1", "Date": "Sat, 21 Nov 2026 10:00:00 +0000",
        "TextBody": "Thank you.", "HtmlBody": "", "StrippedTextReply": "", "Tag": "",
        "Headers": [], "Attachments": [],
    }  # fmt: skip
    assert post("/anymail/postmark/inbound/", payload).status_code == 200
    mail = InboundMail.objects.get()
    assert (mail.sender, mail.subject) == ("a@example.org", "Please remove my data")
    assert mail.recipient == "privacy@mail.rollcall.example"
