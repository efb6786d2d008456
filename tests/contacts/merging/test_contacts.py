"""Two contacts become one person: addresses, duties, login, consent, removal."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backoffice.core.errors import RuleBroken
from backoffice.core.models import User
from backoffice.core.personal_data import FINDERS, Subject
from contacts.models import Contact, RoleAssignment
from contacts.privacy.services.subjects import subject_of_contact
from tests.contacts.merging.acts import merge, plan
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def agency() -> None:
    roll.agency()


@pytest.fixture
def people() -> tuple[Contact, Contact]:
    return (
        roll.person("zoe@quarry.example.org", "Zoë", "Quist"),
        roll.person("z.quist@quarry.example.org", "Z.", "Quist", phone="+49 511 123456"),
    )


@pytest.mark.database
def test_addresses_follow_and_one_stays_primary(people) -> None:
    winner, loser = people
    merge(winner, loser, kind="contact")
    rows = {row.address: row.primary for row in winner.addresses.all()}
    assert rows == {"zoe@quarry.example.org": True, "z.quist@quarry.example.org": False}
    assert (winner.given_name, winner.phone) == ("Zoë", "+49 511 123456")
    assert (loser.merged_into, loser.addresses.count()) == (winner, 0)


def test_the_other_address_can_be_chosen(people) -> None:
    winner, loser = people
    merge(winner, loser, kind="contact", address="loser")
    assert winner.addresses.get(primary=True).address == "z.quist@quarry.example.org"


def test_duties_follow_and_one_held_twice_ends(people) -> None:
    winner, loser = people
    quarry, felsen = roll.member("Quarry"), roll.member("Felsen")
    roll.duty(quarry, winner, "billing")
    roll.duty(quarry, loser, "billing", order=2)
    roll.duty(felsen, loser, "billing")
    merge(winner, loser, kind="contact")
    held = RoleAssignment.objects.not_ended().filter(contact=winner)
    assert set(held.values_list("organisation", "order")) == {(quarry.pk, 1), (felsen.pk, 1)}


def test_a_duty_for_one_member_only_is_not_held_twice_by_a_merge(people) -> None:
    winner, loser = people
    for name, person in (("Quarry", winner), ("Felsen", loser)):
        duty = roll.duty(roll.member(name), person, "voting")
        RoleAssignment.objects.filter(pk=duty.pk).update(exclusive=True)
    assert len(plan(winner, loser, "contact").refused) == 1
    with pytest.raises(RuleBroken, match="serves one member only"):
        merge(winner, loser, kind="contact")


def test_the_login_follows_and_two_logins_are_refused(people) -> None:
    winner, loser = people
    login = User.objects.create_user("z@quarry.example.org", "test-password")
    Contact.objects.filter(pk=loser.pk).update(user=login)
    merge(winner, loser, kind="contact")
    assert (winner.user, loser.user) == (login, None)
    third = roll.person("third@quarry.example.org", "Zoë", "Quist")
    Contact.objects.filter(pk=third.pk).update(user=User.objects.create_user("t@x.org", "pw"))
    with pytest.raises(RuleBroken, match="Both have a login"):
        merge(winner, third, kind="contact")


@pytest.mark.parametrize("column", ["erased_at", "restricted_at"])
def test_removed_and_restricted_people_are_not_merged(people, column) -> None:
    winner, loser = people
    Contact.objects.filter(pk=loser.pk).update(**{column: timezone.now()})
    with pytest.raises(RuleBroken, match="removed or restricted"):
        merge(winner, loser, kind="contact")


def test_a_removal_reaches_the_merged_record_too(people) -> None:
    winner, loser = people
    merge(winner, loser, kind="contact")
    found = FINDERS.get("contacts.contact").rows(Subject(contact_id=winner.pk))
    assert set(found) == {winner, loser}
    assert ("Z.", "Quist") in subject_of_contact(winner).names
    assert not FINDERS.get("contacts.contact").rows(Subject()).exists()
