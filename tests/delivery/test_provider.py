"""Hand-off through a provider's interface: what its answers mean, and what it is given."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from backoffice.delivery.services.engine import Engine
from backoffice.delivery.transports import provider
from backoffice.delivery.transports.choice import make_transport
from tests.delivery.provider_peer import Peer

pytestmark = [pytest.mark.django_db]
TAKEN = {
    "To": "ada@example.org",
    "SubmittedAt": "2026-11-21T10:00:00Z",
    "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
    "ErrorCode": 0,
    "Message": "OK",
}
OUR_SPELLING = "Invalid 'To' address: 'ada@example.org'."
OTHER_SPELLING = "Invalid 'To' address: 'x'."


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer(answer=(200, TAKEN)) as running:
        yield running


@pytest.fixture
def through(peer, settings, test_kind):
    """An engine over Postmark's interface on loopback."""
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "test-only-token",
        "POSTMARK_API_URL": peer.url,
        "IGNORE_UNSUPPORTED_FEATURES": False,
    }
    settings.ROLLCALL_TRANSPORT = "postmark"
    transport = make_transport()
    yield Engine("worker:1", transport)
    transport.close()


def test_what_a_provider_is_given(through, peer, plan) -> None:
    row = plan("ada@example.org", mail_class="community")
    through.round()
    row.refresh_from_db()
    assert (row.state, row.provider_id) == ("sent", TAKEN["MessageID"])
    given = peer.taken[0]
    headers = {header["Name"]: header["Value"] for header in given["Headers"]}
    assert given["To"] == "ada@example.org"
    assert given["Subject"] == f"Grüße Nr. {row.pk}"
    assert (given["TrackOpens"], given["TrackLinks"]) == (False, "None")
    assert headers["Message-ID"] == f"<{row.message_id}>".replace("<<", "<").replace(">>", ">")
    assert given["Metadata"] == {"rollcall": row.message_id}
    assert "/u/" in given["TextBody"]
    assert "/u/" in given["HtmlBody"]
    assert "Cc" not in given
    assert "Bcc" not in given


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ((422, {"ErrorCode": 300, "Message": OTHER_SPELLING}), "failed", "api 422"),
        ((422, {"ErrorCode": 300, "Message": OUR_SPELLING}), "failed", "provider refused"),
        ((422, {"ErrorCode": 406, "Message": "Inactive recipient"}), "failed", "api 422"),
        ((200, {**TAKEN, "To": "someone.else@example.org"}), "uncertain", "no status"),
        ((422, {"ErrorCode": 400, "Message": "Sender signature missing"}), "deferred", "api 422"),
        ((401, {"ErrorCode": 10, "Message": "Bad token"}), "deferred", "api 401"),
        ((429, {"ErrorCode": 429, "Message": "Slow down"}), "deferred", "api 429"),
        ((503, b"down"), "deferred", "api 503"),
        ((500, b"oops"), "uncertain", "api 500"),
        ((200, b"<html>not json"), "uncertain", "api"),
        ((0, b""), "uncertain", "answer connection_lost"),
    ],
)
def test_what_an_answer_means(through, peer, plan, answer, state: str, reason: str) -> None:
    peer.answer = answer
    row = plan("ada@example.org")
    through.round()
    row.refresh_from_db()
    assert row.state == state
    assert reason in row.reason
    assert "ada" not in row.reason
    assert len(peer.taken) == 1


def test_an_answer_that_does_not_come_is_uncertain(through, peer, plan, monkeypatch) -> None:
    import time

    through.transport.backend.timeout = (1, 0.2)
    peer.before = lambda: time.sleep(0.6)
    row = plan("ada@example.org")
    through.round()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("uncertain", "answer timeout")


def test_nobody_at_the_door_is_certain(settings, plan, test_kind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "t",
        "POSTMARK_API_URL": f"http://127.0.0.1:{port}/",
    }
    transport = provider.ProviderTransport("postmark")
    row = plan("ada@example.org")
    Engine("worker:1", transport).round()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("deferred", "connect")
    assert row.not_before is not None
