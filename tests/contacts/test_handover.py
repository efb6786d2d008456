"""Naming a successor by link: asked, answered once, approved by staff, tasks settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.models import AuditEvent
from backoffice.delivery.models import Delivery
from contacts.messages_duties import handover_builder
from contacts.models import Contact, FollowUp, HandOver, RoleAssignment, RoleType
from contacts.services import handover as service
from contacts.services.duties import mark_unreachable
from contacts.services.records import open_follow_up
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAME = {"given_name": "Nell", "family_name": "Nix", "email": "Nell@quarry.example.org"}


@pytest.fixture
def quarry():
    cache.clear()
    roll.agency()
    made = roll.member("Quarry", website="https://quarry.example.org")
    roll.duty(made, roll.person("zoe@quarry.example.org", "Zoë", "Quist"), "voting")
    roll.duty(made, roll.person("ben@quarry.example.org", "Ben", "Bo"), "service")
    return made


def role(code: str = "voting") -> RoleType:
    return RoleType.objects.get(code=code)


def asked(quarry, **more) -> HandOver:
    return service.ask_handover(
        organisation=quarry, role_type=role(), on=roll.DAY, actor=roll.STAFF, **more
    )


def answer(found: HandOver, **changes):
    arguments = {"token": service.handover_token(found), "at": NOW, "on": roll.DAY, **NAME}
    return service.answer_handover(**{**arguments, **changes})


def test_another_contact_is_asked_and_the_holder_last(quarry) -> None:
    people = service.whom_to_ask(quarry, role(), on=roll.DAY)
    assert [person.given_name for person in people] == ["Ben", "Zoë"]
    found = asked(quarry)
    assert found.asked_contact.given_name == "Ben"
    delivery = Delivery.objects.get(kind="contacts.handover_ask")
    link = f"/duty/hand-over/{service.handover_token(found)}/"
    assert link in handover_builder("ask")(delivery).text
    assert link not in handover_builder("ask")(delivery, preview=True).text


def test_a_get_changes_nothing_and_a_post_answers_once(quarry, client) -> None:
    found = asked(quarry)
    link = f"/duty/hand-over/{service.handover_token(found)}/"
    assert "Zoë Quist" in client.get(link).content.decode()
    found.refresh_from_db()
    assert found.state == "asked"
    client.post(link, NAME)
    found.refresh_from_db()
    assert (found.state, found.email) == ("answered", "nell@quarry.example.org")
    client.post(link, {**NAME, "email": "other@quarry.example.org"})
    found.refresh_from_db()
    assert found.email == "nell@quarry.example.org"
    assert not Contact.objects.filter(given_name="Nell").exists(), "staff decide first"
    assert client.get("/duty/hand-over/nonsense/").status_code == 404


def test_approval_ends_the_old_and_starts_the_new_holder_and_settles_the_tasks(quarry) -> None:
    old = RoleAssignment.objects.get(role_type=role())
    mark_unreachable(assignment=old, reason="bounced", on=roll.DAY, actor=roll.STAFF)
    assert FollowUp.objects.filter(done_at__isnull=True).count() == 1
    found = answer(asked(quarry))
    fresh = service.approve_handover(handover=found, on=roll.DAY, actor=roll.STAFF)
    old.refresh_from_db()
    assert (old.valid_until, old.end_reason) == (roll.DAY, "taken_over")
    assert (fresh.contact.family_name, fresh.source) == ("Nix", "hand-over")
    assert not FollowUp.objects.filter(done_at__isnull=True).exists()
    assert Delivery.objects.filter(
        kind="contacts.handover_holder", address="nell@quarry.example.org"
    ).exists()
    assert AuditEvent.objects.filter(action="take_over_duty").count() == 1
    with pytest.raises(InvalidTransition):
        service.approve_handover(handover=found, on=roll.DAY, actor=roll.STAFF)


def test_a_refusal_changes_nothing_but_the_answer(quarry) -> None:
    found = answer(asked(quarry))
    with pytest.raises(BadInput):
        service.refuse_handover(handover=found, reason="", on=roll.DAY, actor=roll.STAFF)
    service.refuse_handover(handover=found, reason="unknown", on=roll.DAY, actor=roll.STAFF)
    assert RoleAssignment.objects.not_ended().get(role_type=role()).contact.given_name == "Zoë"


def test_the_holder_may_stay(quarry, client) -> None:
    found = asked(quarry)
    client.post(f"/duty/hand-over/{service.handover_token(found)}/", {"keep": "1"})
    found.refresh_from_db()
    assert found.state == "kept"


def test_a_second_question_replaces_the_first_and_an_answer_is_not_lost(quarry) -> None:
    first = asked(quarry)
    second = asked(quarry)
    first.refresh_from_db()
    assert (first.state, second.state) == ("expired", "asked")
    with pytest.raises(InvalidTransition):
        answer(first)
    answer(second)
    with pytest.raises(RuleBroken, match="approve or refuse"):
        asked(quarry)


def test_an_old_link_and_a_missing_name_are_refused(quarry) -> None:
    found = asked(quarry)
    with pytest.raises(BadInput):
        answer(found, given_name="", family_name=" ")
    with pytest.raises(BadInput):
        answer(found, email="no address")
    with pytest.raises(InvalidTransition):
        answer(found, on=roll.DAY + timedelta(days=31))
    assert service.expire_handovers(on=roll.DAY + timedelta(days=31), actor=roll.STAFF) == 1


def test_nobody_to_ask_is_said(quarry) -> None:
    for duty in RoleAssignment.objects.all():
        mark_unreachable(assignment=duty, reason="bounced", on=roll.DAY, actor=roll.STAFF)
    with pytest.raises(RuleBroken) as refused:
        asked(quarry)
    assert refused.value.code == "nobody_to_ask"
    assert not HandOver.objects.exists()


def test_tasks_of_what_asked_are_done_with_its_last_hand_over(quarry) -> None:
    about = "privacy.privacycase:7"
    open_follow_up(code="privacy_hand_over", title="x", about=about, organisation=quarry,
                   actor=roll.STAFF)  # fmt: skip
    one = asked(quarry, about=about)
    two = service.ask_handover(
        organisation=quarry, role_type=role("billing"), on=roll.DAY, actor=roll.STAFF, about=about
    )
    service.approve_handover(handover=answer(one), on=roll.DAY, actor=roll.STAFF)
    assert FollowUp.objects.filter(about=about, done_at__isnull=True).exists()
    service.approve_handover(
        handover=answer(two, email="kim@quarry.example.org"), on=roll.DAY, actor=roll.STAFF
    )
    assert not FollowUp.objects.filter(about=about, done_at__isnull=True).exists()


def test_a_removed_person_named_again_stops_the_approval(quarry) -> None:
    from backoffice.delivery.services import suppress

    suppress(address="nell@quarry.example.org", scope="all", reason="erasure", actor=roll.STAFF)
    found = answer(asked(quarry))
    with pytest.raises(RuleBroken, match="cannot be entered"):
        service.approve_handover(handover=found, on=roll.DAY, actor=roll.STAFF)
    found.refresh_from_db()
    assert found.state == "answered"
