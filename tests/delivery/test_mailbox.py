"""Mail fetched from a mailbox, piped in by a mail server, and sorted by a person."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, NotConfigured, RuleBroken, Unreadable
from backoffice.delivery.management.commands import receive_mail as command
from backoffice.delivery.models import InboundMail, Suppression
from backoffice.delivery.services.mailbox import (
    Mailbox,
    configured_mailbox,
    empty_mailbox,
    recipient_of,
)
from backoffice.delivery.services.sorting import believe_report, set_aside
from tests.delivery.imap_peer import ImapPeer
from tests.delivery.test_events import arrive, dsn

pytestmark = [pytest.mark.django_db]
STAFF = Actor.process("test")


def letter(number: int, to: str = "support@mail.rollcall.example") -> bytes:
    return (
        f"From: ada@example.org\r\nTo: list@elsewhere.example\r\nDelivered-To: {to}\r\n"
        f"Message-ID: <{number}@example.org>\r\nSubject: No. {number}\r\n\r\nHello {number}\r\n"
    ).encode()


def open_box(peer: ImapPeer, password: str = "secret") -> Mailbox:  # noqa: S107
    return Mailbox("127.0.0.1", peer.port, "none", "office", password)


def test_everything_is_stored_once_and_marked() -> None:
    with ImapPeer([letter(1), letter(2), letter(3)]) as peer:
        assert empty_mailbox(open_box(peer)) == 3
        assert peer.seen == {1, 2, 3}
        assert empty_mailbox(open_box(peer)) == 0
    assert InboundMail.objects.count() == 3
    assert set(InboundMail.objects.values_list("recipient", flat=True)) == {
        "support@mail.rollcall.example"
    }


def test_a_line_that_breaks_loses_nothing_and_doubles_nothing() -> None:
    with ImapPeer([letter(1), letter(2), letter(3)], hang_up_at=2) as peer:
        with pytest.raises(Unreadable, match="cannot be read"):
            empty_mailbox(open_box(peer))
        peer.seen.clear()  # as if the mark of the first had been lost as well
        assert empty_mailbox(open_box(peer)) == 3
    assert InboundMail.objects.count() == 3


def test_a_refused_sign_in_and_a_closed_door() -> None:
    with ImapPeer([letter(1)]) as peer, pytest.raises(Unreadable, match="cannot be opened"):
        empty_mailbox(open_box(peer, "wrong"))
    with pytest.raises(Unreadable, match="cannot be opened"):
        empty_mailbox(open_box(peer))
    assert InboundMail.objects.count() == 0


def test_settings_of_a_mailbox(settings) -> None:
    settings.ROLLCALL_IMAP_HOST = ""
    assert configured_mailbox() is None
    settings.ROLLCALL_IMAP_HOST, settings.ROLLCALL_IMAP_USER = "imap.example.org", ""
    with pytest.raises(NotConfigured):
        configured_mailbox()


def test_whom_a_message_was_really_sent_to() -> None:
    assert recipient_of(letter(1)) == "support@mail.rollcall.example"
    assert recipient_of(b"To: a@example.org, leave@mail.rollcall.example\r\n\r\n") == (
        "leave@mail.rollcall.example"
    )
    assert recipient_of(b"\xff\xfe") == ""


def pipe(monkeypatch, raw: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    call_command("receive_mail")


def test_a_mail_server_pipes_it_in(monkeypatch) -> None:
    pipe(monkeypatch, letter(1))
    assert InboundMail.objects.get().recipient == "support@mail.rollcall.example"
    with pytest.raises(CommandError):
        pipe(monkeypatch, b"  \n")

    def broken(**_fields: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(command, "receive_mail", broken)
    with pytest.raises(CommandError) as refused:
        pipe(monkeypatch, letter(2))
    assert refused.value.returncode == 75


def test_staff_believe_a_report_without_proof_once(plan) -> None:
    row = plan("gone@example.org", state="sent")
    raw = dsn("5.1.1").replace(b"<ours@mail.rollcall.example>", row.message_id.encode())
    mail = arrive(raw, "postmaster@mail.rollcall.example")
    assert mail.taken_by == "report without proof"
    assert not Suppression.objects.exists()
    believe_report(mail=mail, actor=STAFF, at=timezone.now())
    assert Suppression.objects.get().scope == "hold"
    for act in (believe_report, set_aside):
        with pytest.raises(InvalidTransition):
            act(mail=mail, actor=STAFF, at=timezone.now())


def test_a_report_about_nothing_of_ours_cannot_be_believed() -> None:
    mail = arrive(dsn("5.1.1"), "postmaster@mail.rollcall.example")
    with pytest.raises(RuleBroken):
        believe_report(mail=mail, actor=STAFF, at=timezone.now())
    set_aside(mail=mail, actor=STAFF, at=timezone.now())
    assert InboundMail.objects.get().taken_by == "set aside by staff"
