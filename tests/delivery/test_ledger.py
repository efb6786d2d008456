"""The ledger over time: fresh wishes open one topic, wider stops stay, staff lift with evidence."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition
from backoffice.core.models import AuditEvent
from backoffice.delivery.models import AddressScore, Permit, Suppression
from backoffice.delivery.services.lifting import lift_with_evidence, readmit, readmit_class
from backoffice.delivery.services.suppression import (
    active_scopes,
    address_hash,
    is_suppressed,
    suppress,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ADA = "ada@example.org"
PERSON = Actor.link("test")
STAFF = Actor.process("test")


def stop(scope: str, reason: str = "unsubscribe") -> Suppression:
    return suppress(ADA, scope=scope, reason=reason, actor=PERSON)


def come_back(topic: str = "newsletter") -> bool:
    return readmit(
        ADA, topic=topic, mail_class="community", evidence="subscription:1", actor=PERSON,
        at=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "reason"),
    [("optional", "objection"), ("all", "erased"), ("class:community", "staff")],
)
def test_a_fresh_wish_opens_one_topic_through_a_wider_stop(scope: str, reason: str) -> None:
    stop(scope, reason)
    assert come_back()
    assert not is_suppressed(ADA, mail_class="community", topic="newsletter")
    assert is_suppressed(ADA, mail_class="community", topic="blog")
    assert active_scopes(ADA) == {scope}
    assert not come_back() or Permit.objects.count() == 1
    assert Permit.objects.filter(ended_at=None).count() == 1


def test_a_stop_of_the_topic_itself_is_lifted_and_needs_no_permit() -> None:
    stop("topic:newsletter")
    stop("hold", "hard_bounce")
    AddressScore.objects.create(address_hash=address_hash(ADA), points=5, scored_on="2026-11-20")
    assert not come_back()
    assert active_scopes(ADA) == set()
    assert not AddressScore.objects.exists()
    assert Suppression.objects.exclude(lifted_evidence="subscription:1").count() == 0


@pytest.mark.parametrize(
    ("later", "open_again"),
    [
        ("topic:newsletter", False),
        ("optional", False),
        ("all", False),
        ("class:community", False),
        ("topic:blog", True),
        ("class:service", True),
    ],
)
def test_a_later_stop_ends_the_permits_it_reaches(later: str, open_again: bool) -> None:
    stop("optional", "objection")
    come_back()
    Suppression.objects.filter(scope=later).update(lifted_at=timezone.now())
    stop(later)
    assert Permit.objects.filter(ended_at=None).exists() is open_again
    assert bool(is_suppressed(ADA, mail_class="community", topic="newsletter")) is not open_again


def test_a_hold_stops_what_a_permit_opened() -> None:
    stop("optional")
    come_back()
    stop("hold", "hard_bounce")
    assert is_suppressed(ADA, mail_class="community", topic="newsletter") == "hold"


def test_one_class_comes_back_and_no_other() -> None:
    stop("optional")
    lifted = readmit_class(
        ADA, mail_class="service", evidence="delivery:1", actor=PERSON, at=timezone.now()
    )
    assert lifted == 1
    assert not is_suppressed(ADA, mail_class="service")
    assert is_suppressed(ADA, mail_class="community", topic="newsletter")


def test_nothing_comes_back_through_a_removal() -> None:
    stop("all", "erased")
    assert not readmit_class(
        ADA, mail_class="service", evidence="delivery:1", actor=PERSON, at=timezone.now()
    )
    assert is_suppressed(ADA, mail_class="service") == "all"


def test_staff_lift_with_a_place_of_evidence_once() -> None:
    row = stop("hold", "hard_bounce")
    for words in ("", "   ", "mail of ada@example.org", "x" * 81):
        with pytest.raises(BadInput) as refused:
            lift_with_evidence(suppression=row, evidence=words, actor=STAFF, at=timezone.now())
        assert refused.value.where == "evidence"
    lift_with_evidence(suppression=row, evidence="ticket 12", actor=STAFF, at=timezone.now())
    with pytest.raises(InvalidTransition):
        lift_with_evidence(suppression=row, evidence="ticket 12", actor=STAFF, at=timezone.now())
    assert active_scopes(ADA) == set()
    assert AuditEvent.objects.filter(stream="suppression", action="lift").count() == 1
