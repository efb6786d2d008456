"""What each answer of a relay means, against a real SMTP server on loopback."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.delivery.enums import DeliveryState, SuppressionReason
from backoffice.delivery.models import Delivery, LaneState
from backoffice.delivery.services import lanes
from backoffice.delivery.services.engine import Engine
from backoffice.delivery.services.suppression import suppress

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
STAFF = Actor.process("test")


def state_of(delivery: Delivery) -> tuple[str, str]:
    delivery.refresh_from_db()
    return delivery.state, delivery.reason


@pytest.mark.parametrize(
    ("act", "state", "reason"),
    [
        ("ok", "sent", "dot 250"),
        ("rcpt450", "deferred", "rcpt 450 4.2.1"),
        ("rcpt550", "failed", "rcpt 550 5.1.1"),
        ("policy", "deferred", "rcpt 550 5.7.515"),
        ("mail421", "deferred", "rcpt 421 4.3.2"),
        ("data451", "deferred", "data 451 4.3.0"),
        ("drop_after_dot", "uncertain", "dot connection_lost"),
        ("reject_after_dot", "failed", "dot 554 5.6.0"),
    ],
)
def test_what_an_answer_means(engine, sink, plan, act: str, state: str, reason: str) -> None:
    sink.script = lambda recipient: act if recipient.startswith("bad") else "ok"
    odd, plain = plan("bad@example.org"), plan("good@example.org")
    engine.round()
    assert state_of(odd) == (state, reason)
    assert state_of(plain)[0] == "sent"
    assert sink.attempts.count("bad@example.org") == 1


def test_a_short_message_cut_off_in_its_text_is_not_taken_for_sent(engine, sink, plan) -> None:
    """The whole message may lie in the network's buffers before the break is seen: then nobody
    knows. What is certain must be deferred, what is not must be uncertain; neither is sent."""
    sink.script = lambda recipient: "drop_in_data"
    delivery = plan("a@example.org")
    engine.round()
    state, reason = state_of(delivery)
    assert (state, reason.partition(" ")[0]) in {("deferred", "data"), ("uncertain", "dot")}
    assert sink.attempts == ["a@example.org"]


def test_an_uncertain_row_is_never_repeated_by_itself(engine, sink, plan) -> None:
    sink.script = lambda recipient: "drop_after_dot"
    delivery = plan("a@example.org")
    for _ in range(3):
        engine.round()
    assert state_of(delivery)[0] == "uncertain"
    assert sink.recipients() == ["a@example.org"]


def test_a_deferred_row_goes_out_later_with_the_same_message_id(engine, sink, plan) -> None:
    sink.script = lambda recipient: "rcpt450"
    delivery = plan("a@example.org")
    engine.round()
    sink.script = lambda recipient: "ok"
    engine.round()
    assert sink.taken == []
    engine.clock = lambda: timezone.now() + timedelta(minutes=6)
    engine.round()
    assert state_of(delivery)[0] == "sent"
    assert f"Message-ID: {delivery.message_id}".encode() in sink.taken[0].content
    assert delivery.attempt == 2


def test_a_lost_claim_is_planned_again_a_lost_hand_off_is_uncertain(engine, sink, plan) -> None:
    past = timezone.now() - timedelta(minutes=1)
    claimed = plan("a@example.org", state="claimed", claimed_by="dead", lease_until=past)
    handing = plan("b@example.org", state="handing", claimed_by="dead", lease_until=past)
    engine.round()
    assert state_of(claimed)[0] == "sent"
    assert state_of(handing) == ("uncertain", "worker lost")
    assert sink.recipients() == ["a@example.org"]


def test_suppressed_between_plan_and_hand_off(engine, sink, plan) -> None:
    delivery = plan("left@example.org")
    suppress(
        "left@example.org",
        scope="class:contract",
        reason=SuppressionReason.UNSUBSCRIBE,
        actor=STAFF,
    )
    other_class = plan("left@example.org", mail_class="governance")
    engine.round()
    assert state_of(delivery) == ("skipped", "suppressed class:contract")
    assert state_of(other_class)[0] == "sent"


def test_suppressed_between_claim_and_hand_off(engine, sink, plan, monkeypatch) -> None:
    first, second = plan("a@example.org"), plan("b@example.org")

    def unsubscribe_second(name: str) -> None:
        if name == "finished":
            suppress("b@example.org", scope="all", reason="objection", actor=STAFF)

    monkeypatch.setattr("backoffice.delivery.services.engine.checkpoint", unsubscribe_second)
    engine.round()
    assert state_of(first)[0] == "sent"
    assert state_of(second) == ("skipped", "suppressed all")
    assert sink.recipients() == ["a@example.org"]


def test_answers_pass_the_ledger(engine, sink, plan) -> None:
    suppress("a@example.org", scope="all", reason="erased", actor=STAFF)
    delivery = plan("a@example.org", mail_class="answer")
    engine.round()
    assert state_of(delivery)[0] == "sent"


def test_a_pause_takes_effect_before_the_next_hand_off(engine, sink, plan, monkeypatch) -> None:
    rows = [plan(f"p{n}@example.org") for n in range(5)]

    def pause_after_two(name: str) -> None:
        if name == "finished" and len(sink.taken) == 2:
            lanes.pause("contract", reason="stop", actor=STAFF, now=timezone.now())

    monkeypatch.setattr("backoffice.delivery.services.engine.checkpoint", pause_after_two)
    engine.round()
    engine.round()
    assert len(sink.taken) == 2
    assert [state_of(row)[0] for row in rows] == ["sent", "sent"] + ["planned"] * 3
    assert lanes.resume("contract", actor=STAFF, now=timezone.now())
    engine.round()
    assert sorted(sink.recipients()) == sorted(row.address for row in rows)


def test_the_breaker_opens_after_failures_in_a_row_and_closes(plan) -> None:
    from backoffice.delivery.transports.smtp import Relay, SmtpTransport

    rows = [plan(f"p{n}@example.org") for n in range(8)]
    dead = Engine("worker:1", SmtpTransport(Relay("127.0.0.1", 1, timeout=1)))
    dead.round()
    states = [state_of(row)[0] for row in rows]
    assert states == ["deferred"] * 5 + ["planned"] * 3
    lane = LaneState.objects.get(key="contract")
    assert lane.open_until is not None
    assert dead.round() == 0
    lanes.note_success("contract")
    lane.refresh_from_db()
    assert (lane.failures, lane.open_until) == (0, None)


def test_one_lane_at_rest_does_not_stop_another(engine, sink, plan) -> None:
    lanes.pause("bulk", reason="stop", actor=STAFF, now=timezone.now())
    bulk = plan("a@example.org", mail_class="community")
    ballot = plan("b@example.org", mail_class="governance")
    engine.round()
    assert (state_of(bulk)[0], state_of(ballot)[0]) == ("planned", "sent")


@pytest.mark.parametrize("limits", [{"per_hour": 3}, {"per_second": 3}])
def test_a_limit_holds_over_a_restart(engine, sink, plan, limits) -> None:
    now = timezone.now()
    engine.clock = lambda: now
    LaneState.objects.create(key="contract", **limits)
    for n in range(5):
        plan(f"p{n}@example.org")
    engine.round()
    fresh = Engine("worker:2", engine.transport, clock=lambda: now)
    fresh.round()
    assert len(sink.taken) == 3
    engine.clock = lambda: now + timedelta(hours=1, seconds=1)
    engine.round()
    assert len(sink.taken) == 5


def test_a_domain_has_its_own_limit(engine, sink, plan) -> None:
    now = timezone.now()
    engine.clock = lambda: now
    LaneState.objects.create(key="domain:slow.example", per_hour=1)
    for n in range(3):
        plan(f"p{n}@slow.example")
        plan(f"p{n}@quick.example")
    for _ in range(2):
        engine.round()
    assert sorted(sink.recipients()) == [
        "p0@quick.example",
        "p0@slow.example",
        "p1@quick.example",
        "p2@quick.example",
    ]


def test_a_broken_kind_fails_its_row_only(engine, sink, plan, monkeypatch) -> None:
    from backoffice.delivery.registry import MESSAGE_KINDS, MessageKind

    def broken(delivery, secret):
        raise KeyError("name")

    monkeypatch.setitem(MESSAGE_KINDS._entries, "test.broken", MessageKind(broken))
    bad, good = plan("a@example.org", kind="test.broken"), plan("b@example.org")
    engine.round()
    assert state_of(bad) == ("failed", "build:KeyError")
    assert state_of(good)[0] == "sent"
    assert Delivery.objects.filter(state=DeliveryState.HANDING).count() == 0


def test_nobody_is_flooded_with_answers(engine, sink, plan) -> None:
    rows = [plan("a@example.org", mail_class="answer") for _ in range(22)]
    other = plan("b@example.org", mail_class="answer")
    for _ in range(3):
        engine.round(limit=10)
    states = [state_of(row) for row in rows]
    assert states.count(("sent", "dot 250")) == 20
    assert states.count(("skipped", "too many answers")) == 2
    assert state_of(other)[0] == "sent"


def test_a_sign_in_code_reaches_who_has_left_everything(
    client, settings, django_user_model
) -> None:
    from django.urls import reverse

    from backoffice.delivery.models import OutboxMessage

    settings.EMAIL_BACKEND = "backoffice.delivery.backend.GatedBackend"
    django_user_model.objects.create_user("left@example.org", "x")
    suppress("left@example.org", scope="all", reason="objection", actor=STAFF)
    client.post(reverse("account_request_login_code"), {"email": "left@example.org"})
    message = OutboxMessage.objects.get()
    assert message.address == "left@example.org"
    assert b"/u/" not in bytes(message.raw)
