"""The register of breaches and its 72 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core import dates
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.models import AuditEvent
from contacts.privacy.enums import BreachState
from contacts.privacy.models import Breach
from contacts.privacy.services import breaches
from contacts.privacy.surfaces import breaches_to_tell
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOTICED = datetime(2026, 11, 20, 9, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return cast.build()


def noticed() -> Breach:
    return breaches.open_breach(summary="A list was sent to the wrong office", detected_at=NOTICED,
                                now=NOTICED, actor=roll.STAFF)  # fmt: skip


def assessed(**changed) -> Breach:
    given = {"categories": ["address"], "people": 40, "consequences": "Unwanted mail",
             "measures": "The office deleted it", "risk": True, "high_risk": False}  # fmt: skip
    return breaches.assess_breach(breach=noticed(), actor=roll.STAFF, **(given | changed))


def told(breach: Breach, hours: int, reason: str = "") -> Breach:
    at = NOTICED + timedelta(hours=hours)
    return breaches.tell_authority(breach=breach, at=at, reference="LfD-1", reason=reason,
                                   now=at, actor=roll.STAFF)  # fmt: skip


def closed(breach: Breach, reason: str = "") -> Breach:
    return breaches.close_breach(breach=breach, reason=reason, now=dates.now(), actor=roll.STAFF)


def test_the_clock_runs_72_hours_from_the_moment_it_was_noticed(world) -> None:
    breach = assessed()
    assert breach.authority_due_at == NOTICED + timedelta(hours=72)
    assert breaches_to_tell(roll.DAY) == 1
    with pytest.raises(BadInput, match="72 hours"):
        told(breach, 73)
    told(breach, 72)
    assert breaches_to_tell(roll.DAY) == 0
    with pytest.raises(InvalidTransition):
        told(breach, 72)


def test_late_is_possible_with_a_reason(world) -> None:
    breach = told(assessed(), 100, reason="The extent was not known")
    assert breach.authority_reason == "The extent was not known"
    assert AuditEvent.objects.get(action="authority_told").facts["late"] is True


def test_a_risk_is_told_before_it_is_closed(world) -> None:
    breach = assessed(high_risk=True)
    with pytest.raises(RuleBroken, match="authority"):
        closed(breach)
    told(breach, 5)
    with pytest.raises(RuleBroken, match="people"):
        closed(breach)
    with pytest.raises(BadInput):
        breaches.tell_people(breach=breach, at=None, reason="", actor=roll.STAFF)
    breaches.tell_people(breach=breach, at=NOTICED, reason="", actor=roll.STAFF)
    assert closed(breach).state == BreachState.CLOSED
    with pytest.raises(InvalidTransition):
        breaches.assess_breach(breach=breach, categories=[], people=1, consequences="x",
                               measures="x", risk=False, high_risk=False,
                               actor=roll.STAFF)  # fmt: skip


def test_no_risk_is_closed_with_the_reason_why_nobody_was_told(world) -> None:
    breach = assessed(risk=False)
    with pytest.raises(BadInput):
        closed(breach)
    assert closed(breach, "The file was encrypted").authority_reason == "The file was encrypted"


@pytest.mark.parametrize("summary", ["", "  ", "mail of a@b.example"])
def test_the_register_names_nobody(world, summary) -> None:
    with pytest.raises(BadInput):
        breaches.open_breach(summary=summary, detected_at=NOTICED, now=NOTICED, actor=roll.STAFF)


def test_nothing_is_noticed_in_the_future_and_high_is_a_risk(world) -> None:
    with pytest.raises(BadInput):
        breaches.open_breach(summary="x", detected_at=NOTICED, now=NOTICED - timedelta(minutes=1),
                             actor=roll.STAFF)  # fmt: skip
    with pytest.raises(BadInput):
        assessed(risk=False, high_risk=True)


def test_who_is_concerned_is_counted_by_kind_and_time(world) -> None:
    now = dates.now()
    found = {
        row.model: (row.rows, row.people)
        for row in breaches.affected(["identity", "address"], now - timedelta(hours=1), now)
    }
    assert found["contacts.contact"] == (2, 2)
    assert found["contacts.contactaddress"] == (2, 2)
    assert breaches.affected(["identity"], now - timedelta(days=9), now - timedelta(days=8)) == []
    assert "contacts.contact" not in {
        row.model for row in breaches.affected(["finance"], now - timedelta(hours=1), now)
    }


def test_the_register_in_the_admin(world, client, settings) -> None:
    settings.ROLLCALL_DEMO = True
    client.force_login(world.officer)
    client.post(reverse("admin:privacy_breach_add"), {
        "summary": "A laptop was lost", "detected_at_0": "2026-11-20", "detected_at_1": "09:00",
    })  # fmt: skip
    breach = Breach.objects.get()
    assert breach.reference == "B-2026-001"
    page = client.get(reverse("admin:privacy_breach_changelist")).content.decode()
    assert "A laptop was lost" in page
    shown = client.get(reverse("admin:privacy_breach_change", args=[breach.pk])).content.decode()
    assert "Who is concerned?" in shown
    client.force_login(roll.staff("finance"))
    assert client.get(reverse("admin:privacy_breach_changelist")).status_code == 403
