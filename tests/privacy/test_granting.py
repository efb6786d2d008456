"""Objection, restriction, rectification: their effect, who is told, how a restriction ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import is_suppressed
from contacts.admin.people import ContactAdmin
from contacts.models import Contact, HandOver
from contacts.privacy.enums import CaseKind, CaseState
from contacts.privacy.services import answer, granting, organisation_path
from contacts.queries import duty_holders
from contacts.services import import_apply, imports
from mailings.models import Subscription, Topic
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return cast.build()


def granted(world, kind: str):
    return granting.grant_case(case=cast.in_review(kind), actor=world.acting)


def test_an_objection_stops_optional_mail_to_every_address(world) -> None:
    world.zoe.addresses.create(address="zoe@home.example", primary=False, valid_from=roll.SINCE)
    topic = Topic.objects.create(code="news", name="News", mail_class="community")
    for address in (cast.ZOE, cast.BRAM):
        Subscription.objects.create(topic=topic, address=address, state="active",
                                    requested_at=timezone.now(), confirmed_at=timezone.now())  # fmt: skip
    granted(world, CaseKind.OBJECTION)
    assert is_suppressed("zoe@home.example", mail_class="community") == "optional"
    assert not is_suppressed(cast.ZOE, mail_class="contract")
    states = dict(Subscription.objects.values_list("address", "state"))
    assert states == {cast.ZOE: "ended", cast.BRAM: "active"}


def test_a_restriction_stops_every_use_and_tells_processors(world) -> None:
    case = granted(world, CaseKind.RESTRICTION)
    world.zoe.refresh_from_db()
    assert world.zoe.restricted_at is not None
    usable = [row for row in duty_holders(on=roll.DAY) if not row.why_not]
    assert {row.contact_id for row in usable} == {world.bram.pk}
    exported = ContactAdmin.exported_rows(None, None, Contact.objects.all())
    assert list(exported) == [world.bram]
    assert case.tasks.count() > 0
    with pytest.raises(RuleBroken, match="tasks are open"):
        answer.close_case(case=case, actor=world.acting)
    cast.settle_all(case)
    assert answer.close_case(case=case, actor=world.acting).state == CaseState.CLOSED


def test_an_import_does_not_touch_restricted_data(world) -> None:
    granted(world, CaseKind.RESTRICTION)
    content = f"email,first_name,last_name\n{cast.ZOE},Zoë,Quist\n".encode()
    run, rows = imports.open_run(kind="contacts", content=content, file_name="f.csv",
                                 actor=roll.STAFF)  # fmt: skip
    imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    applied = import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    assert (applied.rejected, applied.updated) == (1, 0)
    assert "restricted" in applied.rows.get().reason


def test_a_restriction_is_lifted_only_after_the_person_was_told(world) -> None:
    case = granted(world, CaseKind.RESTRICTION)
    with pytest.raises(RuleBroken, match="told first"):
        granting.lift_restriction(case=case, on=roll.DAY, actor=world.acting)
    with pytest.raises(BadInput):
        granting.announce_end(case=case, ends_on=roll.DAY, on=roll.DAY, actor=world.acting)
    day = roll.DAY + timedelta(days=7)
    granting.announce_end(case=case, ends_on=day, on=roll.DAY, actor=world.acting)
    assert Delivery.objects.get(kind="privacy.lifting").address == cast.ZOE
    with pytest.raises(RuleBroken, match="day has to come"):
        granting.lift_restriction(case=case, on=roll.DAY, actor=world.acting)
    granting.lift_restriction(case=case, on=day, actor=world.acting)
    world.zoe.refresh_from_db()
    assert world.zoe.restricted_at is None
    with pytest.raises(RuleBroken, match="restricts nothing"):
        granting.lift_restriction(case=case, on=day, actor=world.acting)


@pytest.mark.parametrize("redact", [True, False])
def test_a_rectification_corrects_now_and_before(world, redact) -> None:
    case = cast.in_review(CaseKind.RECTIFICATION)
    values = {"given_name": "Zora", "family_name": "Quist", "phone": cast.PHONE}
    granting.rectify(case=case, values=values, redact=redact, actor=world.acting)
    world.zoe.refresh_from_db()
    assert world.zoe.given_name == "Zora"
    wrong = Contact.history.filter(id=world.zoe.pk, given_name="Zoë")
    assert wrong.exists() is not redact
    with pytest.raises(BadInput, match="differs"):
        granting.rectify(case=case, values=values, redact=redact, actor=world.acting)
    granting.grant_case(case=case, actor=world.acting)
    assert case.state == CaseState.ANSWERED
    assert case.tasks.count() > 0


def test_nothing_is_granted_without_identity(world) -> None:
    case = cast.asked(CaseKind.RECTIFICATION)
    with pytest.raises(RuleBroken):
        granting.rectify(case=case, values={"given_name": "Eve"}, redact=False, actor=world.acting)
    with pytest.raises(RuleBroken, match="identity"):
        granting.grant_case(case=case, actor=world.acting)
    world.zoe.refresh_from_db()
    assert world.zoe.given_name == "Zoë"


def test_the_organisation_is_asked_by_link_who_takes_the_duties(world) -> None:
    """A colleague of Zoe's says that she left: her duties there, nobody else's."""
    ola = roll.person("ola@quarry.example.org", "Ola", "Petersen")
    roll.duty(world.quarry, ola, "technical")
    from contacts.privacy.services.opening import open_case

    case = open_case(kind=CaseKind.COLLEAGUE, channel="mail", address="ola@quarry.example.org",
                     received_on=roll.DAY, actor=roll.STAFF,
                     raw_text="Mrs. Quist has left the university.")  # fmt: skip
    organisation_path.hand_to_organisation(case=case, on=roll.DAY, actor=world.acting)
    asked = HandOver.objects.all()
    assert {(row.organisation_id, row.role_type.code) for row in asked} == {
        (world.quarry.pk, "voting"), (world.quarry.pk, "billing"),
    }  # fmt: skip
    assert {row.asked_contact_id for row in asked} == {ola.pk}
