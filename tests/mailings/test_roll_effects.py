"""Leaving and bouncing, seen from the roll: the person is left alone, the organisation is asked."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.core import dates
from backoffice.delivery.models import Delivery
from backoffice.delivery.services.compose import unsubscribe_token
from backoffice.delivery.services.events import note_event
from contacts.models import ContactAddress, FollowUp, RoleAssignment
from mailings.services.audience import tally
from mailings.services.sending import plan_mailing, start_mailing
from tests.mailings.conftest import STAFF, TODAY

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def sent(mailing, organisation, person, outbox_engine) -> Delivery:
    one = organisation("One")
    person("voter@example.org", ("voting", one), ("technical", one), name="Vo Ter")
    person("deputy@example.org", ("voting", one), name="De Puty")
    draft = mailing()
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    return Delivery.objects.get(address="voter@example.org")


def test_a_voter_who_leaves_is_left_alone_and_the_organisation_is_asked(sent, mailing) -> None:
    assert Client().post(f"/u/{unsubscribe_token(sent)}").status_code == 200
    duty = RoleAssignment.objects.get(contact_id=sent.contact_ref, role_type__code="voting")
    assert (duty.unreachable_reason, duty.valid_until) == ("unsubscribed", None)
    assert RoleAssignment.objects.get(role_type__code="technical").unreachable_since is None
    assert FollowUp.objects.count() == 1
    counted = tally(mailing(), on=TODAY)
    assert (counted.reached, counted.left_out) == (1, {"class": 1})


def test_a_hard_bounce_shows_on_address_and_duties(sent) -> None:
    note_event(delivery=sent, kind="hard", status="5.1.1", at=timezone.now(), on=dates.today())
    address = ContactAddress.objects.get(address="voter@example.org")
    assert address.hold_state == "held"
    assert address.history.count() == 2
    reasons = RoleAssignment.objects.filter(contact_id=sent.contact_ref)
    assert set(reasons.values_list("unreachable_reason", flat=True)) == {"bounced"}


def test_a_policy_bounce_touches_nobody(sent) -> None:
    note_event(delivery=sent, kind="review", status="5.7.1", at=timezone.now(), on=dates.today())
    assert ContactAddress.objects.get(address="voter@example.org").hold_state == "ok"
    assert not RoleAssignment.objects.filter(unreachable_since__isnull=False).exists()
