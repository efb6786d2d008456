"""Bounces, complaints, inbound mail: proven ones count, forged ones suppress nobody."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.utils import timezone

from backoffice.core import dates
from backoffice.delivery.models import (
    Delivery,
    InboundMail,
    LaneState,
    Suppression,
)
from backoffice.delivery.registry import EVENT_HANDLERS, INBOUND_HANDLERS
from backoffice.delivery.reports import classify, read_report
from backoffice.delivery.services.compose import bounce_address, unsubscribe_token
from backoffice.delivery.services.events import note_event
from backoffice.delivery.services.inbound import receive_mail, sort_mail

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def dsn(status: str, action: str = "failed", recipient: str = "gone@example.org") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        "Message-ID: <own@mx.example.org>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\r\n\r\n'
        "--b1\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        "--b1\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        "Message-ID: <ours@mail.rollcall.example>\r\n\r\n--b1--\r\n"
    ).encode()


def arrive(raw: bytes, recipient: str) -> InboundMail:
    mail = receive_mail(raw=raw, recipient=recipient)
    sort_mail(mail=mail, at=timezone.now())
    return mail


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "hard"),
        ("failed", "5.1.10", "hard"),
        ("failed", "5.2.2", "soft"),
        ("failed", "4.4.1", "soft"),
        ("failed", "5.7.1", "review"),
        ("failed", "5.7.515", "review"),
        ("failed", "5.3.4", "review"),
        ("delayed", "4.4.1", "delayed"),
        ("delivered", "2.0.0", "delayed"),
    ],
)
def test_what_a_status_means(action: str, status: str, kind: str) -> None:
    assert classify(action, status) == kind
    report = read_report(dsn(status, action))[0]
    assert (report.kind, report.recipient) == (kind, "gone@example.org")
    assert report.message_id == "<ours@mail.rollcall.example>"


def test_a_proven_hard_bounce_holds_the_address(plan) -> None:
    delivery = plan("gone@example.org", state="sent")
    assert arrive(dsn("5.1.1"), bounce_address(delivery)).taken_by == "report"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("bounced", "hard 5.1.1")
    assert list(Suppression.objects.values_list("scope", "reason")) == [("hold", "hard_bounce")]
    arrive(dsn("5.1.1") + b"\r\n", bounce_address(delivery))
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("recipient", ["b.{pk}.00000000000000000000@mail.rollcall.example",
                                       "bounces@mail.rollcall.example", "", "b.999999.x@y"])  # fmt: skip
def test_a_forged_bounce_suppresses_nobody(plan, recipient: str) -> None:
    delivery = plan("gone@example.org", state="sent")
    mail = arrive(dsn("5.1.1"), recipient.format(pk=delivery.pk))
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert Suppression.objects.count() == 0
    assert mail.taken_by == "report without proof"


def test_a_policy_bounce_never_blames_the_person(plan) -> None:
    delivery = plan("a@example.org", state="sent")
    arrive(dsn("5.7.515"), bounce_address(delivery))
    delivery.refresh_from_db()
    assert delivery.state == "bounced"
    assert Suppression.objects.count() == 0


def test_soft_bounces_add_up_once_a_day_and_are_forgotten(plan) -> None:
    day = dates.today()

    def bounce(after: int) -> None:
        delivery = plan("full@example.org", state="sent")
        note_event(
            delivery=delivery, kind="soft", status="5.2.2", at=timezone.now(),
            on=day + timedelta(days=after),
        )  # fmt: skip

    for after in range(9):
        bounce(after)
        bounce(after)
    assert Suppression.objects.count() == 0
    bounce(9)
    assert Suppression.objects.get().reason == "soft_bounce"
    Suppression.objects.all().delete()
    bounce(30)
    assert Suppression.objects.count() == 0


def test_a_complaint_stops_optional_mail_only(plan) -> None:
    delivery = plan("a@example.org", state="sent", mail_class="community")
    note_event(delivery=delivery, kind="complaint", status="", at=timezone.now(), on=dates.today())
    assert Suppression.objects.get().scope == "optional"


def test_events_in_any_order_and_twice(plan) -> None:
    delivery = plan("a@example.org", state="sent")
    now, day = timezone.now(), dates.today()
    assert note_event(delivery=delivery, kind="hard", status="5.1.1", at=now, on=day)
    assert not note_event(delivery=delivery, kind="hard", status="5.1.1", at=now, on=day)
    assert not note_event(delivery=delivery, kind="delivered", status="", at=now, on=day)
    assert delivery.state == "bounced"


def test_an_event_settles_what_was_uncertain(plan) -> None:
    delivery = plan("a@example.org", state="uncertain")
    note_event(delivery=delivery, kind="delivered", status="", at=timezone.now(), on=dates.today())
    assert delivery.state == "delivered"


def test_other_apps_are_told(plan, monkeypatch) -> None:
    told = []
    monkeypatch.setitem(
        EVENT_HANDLERS._entries, "test", lambda delivery, event: told.append((delivery.pk, event))
    )
    delivery = plan("a@example.org", state="sent")
    note_event(delivery=delivery, kind="hard", status="5.1.1", at=timezone.now(), on=dates.today())
    assert told == [(delivery.pk, "bounced")]


def test_a_mailing_that_bounces_too_much_is_paused(plan) -> None:
    now = timezone.now()
    rows = [
        plan(f"p{n}@example.org", state="sent", mailing_ref=7, handed_at=now) for n in range(200)
    ]
    for row in rows[:9]:
        note_event(delivery=row, kind="hard", status="5.1.1", at=now, on=dates.today())
    assert not LaneState.objects.filter(key="mailing:7", paused_at__isnull=False).exists()
    note_event(delivery=rows[9], kind="hard", status="5.1.1", at=now, on=dates.today())
    assert LaneState.objects.get(key="mailing:7").paused_at is not None


def test_leaving_by_mail_from_another_address(plan) -> None:
    from backoffice.core.tokens import token_hash

    delivery = plan("a@example.org", state="sent", topic="news", mail_class="community")
    token = unsubscribe_token(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(token_hash=token_hash(token))
    message = EmailMessage()
    message["From"], message["Subject"] = "other@example.net", f"Re: {token}"
    message.set_content("leave")
    mail = arrive(message.as_bytes(), "leave@mail.rollcall.example")
    assert mail.taken_by == "unsubscription"
    assert Suppression.objects.get().scope == "topic:news"


def test_other_mail_goes_to_the_handlers_or_waits_for_a_person(monkeypatch) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "Please remove my data"
    message.set_content("…")
    monkeypatch.setitem(INBOUND_HANDLERS._entries, "desk", lambda mail: "remove" in mail.subject)
    assert arrive(message.as_bytes(), "other@mail.rollcall.example").taken_by == ""
    assert arrive(message.as_bytes(), "Desk@mail.rollcall.example").taken_by == "desk"


def test_the_same_message_twice_is_stored_once() -> None:
    for _ in range(2):
        receive_mail(raw=b"Subject: x\r\n\r\ny", recipient="a@mail.rollcall.example")
    assert InboundMail.objects.count() == 1


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 50, b"Subject: \xff\r\n\r\n", b"no headers"])
def test_nonsense_is_kept_and_taken_by_nobody(raw: bytes) -> None:
    mail = arrive(raw, "a@mail.rollcall.example")
    assert mail.taken_by == ""


@pytest.mark.data
def test_the_recorded_reports(data_folder: Path) -> None:
    folder = data_folder / "api_shapes" / "mail"
    bounce = read_report((folder / "dsn_hard_bounce.eml").read_bytes())
    assert [(r.kind, r.status, r.message_id) for r in bounce] == [
        ("hard", "5.1.1", "<mlg-42.17@crm.example.org>")
    ]
    complaint = read_report((folder / "arf_complaint.eml").read_bytes())
    assert [r.kind for r in complaint] == ["complaint"]
