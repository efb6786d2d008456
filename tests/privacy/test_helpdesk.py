"""Tickets of a help desk: signed, fresh, tagged, taken once; the conversation is never kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from backoffice.core import dates
from contacts.models import FollowUp
from contacts.privacy import helpdesk
from contacts.privacy.enums import CaseKind, Channel
from contacts.privacy.models import HelpdeskEvent, PrivacyCase
from contacts.privacy.services import answer, processors
from contacts.privacy.services.granting import grant_case
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]
KEY = "test-key"
ZENDESK, FRONT = "/p/hooks/zendesk/", "/p/hooks/front/"


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.ROLLCALL_ZENDESK_SECRET = settings.ROLLCALL_FRONT_SECRET = KEY
    settings.ROLLCALL_FRONT_API_SECRET = ""
    return cast.build()


def trigger(**changed) -> bytes:
    body = {"ticket_id": "5158", "title": "GDPR", "requester": {"email": cast.ZOE},
            "latest_comment": "Please stop writing to me. The secret is 42.",
            "tags": "gdpr privacy-request"}  # fmt: skip
    return json.dumps(body | changed).encode()


def zendesk(
    raw: bytes, *, at: datetime | None = None, key: str = KEY, event: str = "e1", **headers
):
    stamp = (at or dates.now()).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
    signed = hmac.new(key.encode(), stamp.encode() + raw, hashlib.sha256).digest()
    return Client(enforce_csrf_checks=True).post(
        ZENDESK, raw, content_type="application/json", headers={
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            "X-Zendesk-Webhook-Signature": base64.b64encode(signed).decode(),
            "X-Zendesk-Webhook-Invocation-Id": event, **headers,
        })  # fmt: skip


def front(raw: bytes, *, at: datetime | None = None, key: str = KEY, **headers):
    stamp = str(int((at or dates.now()).timestamp() * 1000))
    signed = hmac.new(key.encode(), stamp.encode() + b":" + raw, hashlib.sha256).digest()
    return Client(enforce_csrf_checks=True).post(
        FRONT, raw, content_type="application/json",
        headers={"X-Front-Request-Timestamp": stamp,
                 "X-Front-Signature": base64.b64encode(signed).decode(), **headers})  # fmt: skip


def tagged(*tags: str) -> bytes:
    return json.dumps({"type": "tag_added", "payload": {
        "id": "evt_1", "emitted_at": dates.now().timestamp() - 9, "conversation": {
            "id": "cnv_1", "subject": "Please delete all my data",
            "recipient": {"handle": cast.ZOE}, "tags": [{"name": tag} for tag in tags],
        }}}).encode()  # fmt: skip


def test_a_tagged_ticket_becomes_a_case_without_its_words(world) -> None:
    assert zendesk(trigger()).json() == {"result": "case"}
    case = PrivacyCase.objects.get()
    assert (case.kind, case.channel, case.ticket, case.contact, case.raw_text) == (
        CaseKind.OBJECTION, Channel.HELPDESK, "zendesk:5158", world.zoe, "",
    )  # fmt: skip
    assert zendesk(trigger()).json() == {"result": "again"}
    assert PrivacyCase.objects.count() == 1


def test_without_the_tag_nothing_happens(world) -> None:
    assert zendesk(trigger(tags="gdpr")).json() == {"result": "no tag"}
    assert not PrivacyCase.objects.exists()


@pytest.mark.parametrize("how", [
    {"key": "other"}, {"at": datetime(2026, 1, 1, tzinfo=UTC)}, {"X-Zendesk-Webhook-Signature": ""},
    {"at": "later"},
])  # fmt: skip
def test_what_is_not_signed_and_fresh_is_refused(world, how) -> None:
    if how.get("at") == "later":
        how = {"at": dates.now() + timedelta(minutes=6)}
    assert zendesk(trigger(), **how).status_code == 403
    assert not HelpdeskEvent.objects.exists()


def test_one_changed_byte_is_refused(world) -> None:
    stamp = dates.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    raw = trigger()
    signed = hmac.new(KEY.encode(), stamp.encode() + raw, hashlib.sha256).digest()
    answer = Client().post(
        ZENDESK, raw.replace(b"5158", b"5159"), content_type="application/json",
        headers={"X-Zendesk-Webhook-Signature-Timestamp": stamp,
                 "X-Zendesk-Webhook-Signature": base64.b64encode(signed).decode()})  # fmt: skip
    assert answer.status_code == 403


def test_closed_without_a_secret_and_for_other_methods(world, settings, client) -> None:
    assert client.get(ZENDESK).status_code == 405
    settings.ROLLCALL_ZENDESK_SECRET = ""
    assert zendesk(trigger()).status_code == 404
    settings.ROLLCALL_FRONT_SECRET = ""
    assert front(tagged("privacy-request")).status_code == 404


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"null", b"\xff\xfe"])
def test_what_cannot_be_read(world, raw) -> None:
    assert zendesk(raw).status_code in (200, 400)
    assert not PrivacyCase.objects.exists()


def test_a_ticket_without_an_address_becomes_a_task(world) -> None:
    raw = json.dumps({"type": "zen:event-type:ticket.created", "id": "ev", "detail": {
        "id": "77", "subject": "GDPR erasure", "tags": ["privacy-request"],
        "created_at": "2026-02-03T04:05:06Z"}}).encode()  # fmt: skip
    assert zendesk(raw).json() == {"result": "task"}
    task = FollowUp.objects.get(code="privacy_ticket")
    assert "77" in task.title
    assert "2026-02-03" in task.title


def test_front_confirms_its_subscription_and_reports_tags(world) -> None:
    sync = front(b'{"type":"sync"}', **{"X-Front-Challenge": "abc"})
    assert (sync.status_code, sync.json()) == (200, {"challenge": "abc"})
    assert front(tagged("other")).json() == {"result": "no tag"}
    assert front(tagged("privacy-request")).json() == {"result": "again"}
    raw = tagged("Privacy-Request").replace(b"evt_1", b"evt_2")
    assert front(raw).json() == {"result": "case"}
    assert PrivacyCase.objects.get().ticket == "front:cnv_1"
    assert front(raw, key="other").status_code == 403


def test_a_rule_of_front_is_signed_with_the_api_secret(world, settings) -> None:
    settings.ROLLCALL_FRONT_API_SECRET = "api"
    raw = tagged("privacy-request")
    signed = base64.b64encode(hmac.new(b"api", raw, hashlib.sha1).digest()).decode()
    send = {"content_type": "application/json", "headers": {"X-Front-Signature": signed}}
    assert Client().post(FRONT, raw, **send).json() == {"result": "case"}
    assert Client().post(FRONT, raw, **send).json() == {"result": "again"}
    assert Client().post(FRONT, raw + b" ", **send).status_code == 403


def test_the_ticket_is_told_when_the_case_is_closed(world) -> None:
    zendesk(trigger())
    case = PrivacyCase.objects.get()
    from contacts.privacy.services.cases import review_without_link

    review_without_link(case=case, actor=world.acting)
    grant_case(case=case, actor=world.acting)
    answer.close_case(case=case, actor=world.acting)
    task = FollowUp.objects.get(code="privacy_ticket_note")
    assert task.title == f"zendesk:5158: note that {case.reference} is answered"


@pytest.mark.skipif(not os.environ.get("ROLLCALL_DATA"), reason="ROLLCALL_DATA is not set")
@pytest.mark.parametrize("name", ["zendesk_ticket_created", "front_tag_added"])
def test_the_vendors_own_examples(name: str) -> None:
    """Signatures made elsewhere, over the bytes of the published shapes."""
    shape = json.loads(
        (Path(os.environ["ROLLCALL_DATA"]) / "api_shapes/webhooks" / f"{name}.json").read_text()
    )
    raw, headers, key = shape["raw_body"].encode(), shape["headers"], shape["test_signing_key"]
    if name.startswith("zendesk"):
        now = datetime(2026, 2, 3, 4, 6, tzinfo=UTC)
        assert helpdesk.zendesk_signed(key, headers, raw, now)
        ticket = helpdesk.read_zendesk(raw)
        assert (ticket.ticket, ticket.tags) == ("5158", {"gdpr", "removal"})
    else:
        now = datetime.fromtimestamp(1760000060, UTC)
        assert helpdesk.front_signed({"application": key}, headers, raw, now)
        ticket = helpdesk.read_front(raw)
        assert (ticket.ticket, ticket.address) == ("cnv_yo1kg5q", "chiara.dangelo@example.org")


def test_processors_settle_by_their_adapters_and_by_checklists(world) -> None:
    from backoffice.core.errors import RuleBroken

    case = cast.executed(world)
    done = processors.settle_by_adapters(on=roll.DAY, actor=roll.STAFF)
    settled = case.tasks.get(state="done")
    assert (done, settled.processor.code) == (1, "backups")
    assert "2026-12-25" in settled.evidence
    assert processors.settle_by_adapters(on=roll.DAY, actor=roll.STAFF) == 0
    task = case.tasks.get(processor__code="crm")
    with pytest.raises(RuleBroken, match="left out"):
        processors.settle_task(task=task, state="done", evidence="ticket 9", steps=[0, 1],
                               actor=roll.STAFF)  # fmt: skip
    every = range(len(task.processor.lines))
    processors.settle_task(task=task, state="done", evidence="ticket 9", steps=every,
                           actor=roll.STAFF)  # fmt: skip
    assert task.steps == list(every)
