"""Two people press the same button: approval, signature and countersignature happen once."""

from __future__ import annotations

import pytest

from backoffice.delivery.models import Delivery
from contacts.models import (
    Contact,
    HandOver,
    Membership,
    MembershipApplication,
    Organisation,
    RoleAssignment,
    RoleType,
)
from contacts.services import agreements, applications, handover
from tests.contacts.applying import NOW, reviewed, sent, signed
from tests.contacts.at_once import at_once
from tests.factories import roll

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def house() -> None:
    roll.agency()


def fresh(application: MembershipApplication) -> MembershipApplication:
    return MembershipApplication.objects.get(pk=application.pk)


def test_one_approval_makes_one_organisation() -> None:
    found = reviewed()
    done, refused = at_once(
        lambda: applications.approve_application(
            application=fresh(found), on=roll.DAY, actor=roll.STAFF
        )
    )
    assert (done, len(refused)) == (1, 3)
    assert (Organisation.objects.count(), Contact.objects.count()) == (1, 1)
    assert Delivery.objects.filter(kind="contacts.application_approved").count() == 1


def test_one_signature_counts() -> None:
    ready = sent()
    token = agreements.signing_token(ready)
    done, refused = at_once(
        lambda: agreements.sign_agreement(
            token=token,
            name="Aoife Byrne",
            position="",
            sha256=ready.agreement_sha256,
            actor=roll.STAFF,
            at=NOW,
            on=roll.DAY,
        )  # fmt: skip
    )
    assert (done, len(refused)) == (1, 3)
    assert fresh(ready).history.filter(state="agreement_signed").count() == 1


def test_one_countersignature_starts_one_membership() -> None:
    ready = signed()
    done, refused = at_once(
        lambda: agreements.countersign(application=fresh(ready), on=roll.DAY, actor=roll.STAFF)
    )
    assert (done, len(refused)) == (1, 3)
    assert Membership.objects.count() == 1


def test_one_approval_of_a_hand_over() -> None:
    quarry = roll.member("Quarry")
    for given, code in (("Zoë", "voting"), ("Ben", "service")):
        roll.duty(quarry, roll.person(f"{code}@quarry.example.org", given), code)
    asked = handover.ask_handover(
        organisation=quarry, role_type=RoleType.objects.get(code="voting"), on=roll.DAY,
        actor=roll.STAFF,
    )  # fmt: skip
    token = handover.handover_token(asked)
    name = {"given_name": "Nell", "family_name": "Nix", "email": "nell@quarry.example.org"}
    done, refused = at_once(
        lambda: handover.answer_handover(token=token, at=NOW, on=roll.DAY, **name)
    )
    assert (done, len(refused)) == (1, 3)
    done, refused = at_once(
        lambda: handover.approve_handover(
            handover=HandOver.objects.get(pk=asked.pk), on=roll.DAY, actor=roll.STAFF
        )
    )
    assert (done, len(refused)) == (1, 3)
    assert RoleAssignment.objects.filter(role_type__code="voting").count() == 2
    assert RoleAssignment.objects.not_ended().filter(role_type__code="voting").count() == 1
