"""A sink, a kind of message to send, and rows to send it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from backoffice.delivery.enums import LANE_OF_CLASS, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Message, MessageKind
from backoffice.delivery.services.engine import Engine
from backoffice.delivery.services.queue import mint_message_id
from backoffice.delivery.transports.smtp import Relay, SmtpTransport
from tests.delivery.sink import Sink


def build_test_message(delivery: Delivery, secret: Callable[[str], str]) -> Message:
    return Message(
        subject=f"Grüße Nr. {delivery.pk}",
        text="Dear member,\n\n.a line that starts with a dot",
        html="<p>Dear member,</p><p>.a line that starts with a dot</p>",
        why="You get this because you hold a duty.",
    )


@pytest.fixture
def test_kind(monkeypatch: pytest.MonkeyPatch) -> str:
    """A message kind for the length of a test."""
    monkeypatch.setitem(MESSAGE_KINDS._entries, "test.notice", MessageKind(build_test_message))
    return "test.notice"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def engine(sink: Sink, test_kind: str) -> Iterator[Engine]:
    """An engine over SMTP to the sink."""
    transport = SmtpTransport(Relay("127.0.0.1", sink.port, timeout=5))
    yield Engine("worker:1", transport)
    transport.close()


@pytest.fixture
def plan(test_kind: str) -> Callable[..., Delivery]:
    """Plans one delivery."""

    def make(address: str, mail_class: str = MailClass.CONTRACT, **fields: object) -> Delivery:
        return Delivery.objects.create(
            kind=fields.pop("kind", test_kind),
            mail_class=mail_class,
            lane=LANE_OF_CLASS[MailClass(mail_class)],
            address=address,
            domain=address.rpartition("@")[2],
            message_id=mint_message_id(),
            **fields,
        )

    return make
