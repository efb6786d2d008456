"""Two organisations become one: what follows, what ends, what stays, what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.models import AuditEvent
from contacts.models import (
    DuplicatePair,
    FollowUp,
    Identifier,
    Membership,
    Note,
    Organisation,
    OrganisationAddress,
    OrganisationLink,
    RoleAssignment,
    Suspension,
    Tag,
)
from contacts.queries import standing_on
from contacts.services import suspension
from tests.contacts.merging.acts import merge, plan
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def agency() -> None:
    roll.agency()


@pytest.fixture
def pair() -> tuple[Organisation, Organisation]:
    """A member with everything and a bare second record of it."""
    winner = roll.member("Quarry University", website="https://quarry.example.org")
    loser = Organisation.objects.create(
        name="University of Quarry", country="DE", group_email="office@quarry.example.org",
        description="Granite", display_name="Quarry U",
    )  # fmt: skip
    return winner, loser


@pytest.mark.database
def test_rows_follow_with_their_history_and_the_loser_points_at_the_winner(pair) -> None:
    winner, loser = pair
    Identifier.objects.create(organisation=loser, kind="symbol", value="QUARRY")
    note = Note.objects.create(organisation=loser, text="met them")
    tag = Tag.objects.create(name="geology")
    loser.tags.add(tag)
    winner.tags.add(tag)
    DuplicatePair.objects.create(kind="organisation", left_id=winner.pk, right_id=loser.pk,
                                 score=70, found_on=roll.DAY)  # fmt: skip
    other = DuplicatePair.objects.create(kind="organisation", left_id=loser.pk, right_id=99_999,
                                         score=60, found_on=roll.DAY)  # fmt: skip
    moved = merge(winner, loser)
    assert moved["contacts.Note.organisation"] == 1
    assert (loser.merged_into, loser.archived_on) == (winner, roll.DAY)
    note.refresh_from_db()
    assert note.organisation == winner
    assert note.history.first().history_change_reason == "merge"
    assert winner.identifiers.get().value == "QUARRY"
    assert list(winner.tags.all()) == [tag]
    assert DuplicatePair.objects.get(right_id=loser.pk).state == "merged"
    assert not DuplicatePair.objects.filter(pk=other.pk).exists()
    event = AuditEvent.objects.get(action="merge")
    assert event.facts["loser"] == loser.pk
    assert event.facts["moved"]["contacts.Identifier.organisation"] == 1
    assert "Quarry" not in str(event.facts)


def test_fields_are_chosen_and_blanks_never_overwrite(pair) -> None:
    winner, loser = pair
    rows = {row.name: row for row in plan(winner, loser).fields}
    assert rows["name"].take == "winner"
    assert rows["group_email"].take == "loser"
    assert rows["website"].differs is False
    merge(winner, loser, name="loser", description="winner")
    assert winner.name == "University of Quarry"
    assert winner.name_folded == "university of quarry quarry u"
    assert winner.group_email == "office@quarry.example.org"
    assert winner.description == ""
    assert winner.website == "https://quarry.example.org"
    assert winner in Organisation.objects.matching("quarry u")
    assert winner.history.first().history_change_reason == "merge"


def test_the_old_names_find_the_record_that_stays(pair) -> None:
    winner, loser = pair
    merge(winner, loser, display_name="winner")
    assert set(winner.other_names.values_list("name", flat=True)) == {
        "University of Quarry", "Quarry U",
    }  # fmt: skip
    assert list(Organisation.objects.current().matching("university of quarry")) == [winner]


def test_two_members_keep_both_periods_and_one_stays_open() -> None:
    winner, loser = roll.member("Quarry"), roll.member("Quarry Ltd", since=date(2020, 5, 1))
    sentences = [step.sentence for step in plan(winner, loser).steps]
    assert any(sentence.startswith("Both are members.") for sentence in sentences)
    merge(winner, loser)
    periods = list(winner.memberships.order_by("valid_from"))
    assert [(p.valid_from.year, p.end_reason) for p in periods] == [(2020, "merged"), (2024, "")]
    assert Membership.objects.filter(organisation=loser).count() == 0
    assert standing_on(winner, on=roll.DAY).code == "good"


def test_a_membership_of_the_loser_alone_goes_on() -> None:
    winner = Organisation.objects.create(name="Quarry", country="DE")
    loser = roll.member("Quarry Ltd")
    merge(winner, loser)
    assert winner.memberships.get().valid_until is None


def test_suspensions_and_links_of_both_leave_one_open() -> None:
    lead, other = (roll.member(name, kind="consortium") for name in ("Lead", "Other"))
    winner = roll.member("Quarry", kind="consortium_organization", lead=lead)
    loser = roll.member("Quarry Ltd", kind="consortium_organization", lead=other)
    for row in (winner, loser):
        suspension.suspend(organisation=row, reason="arrears", on=roll.SINCE, flows_down=True,
                           note="", actor=roll.STAFF)  # fmt: skip
    merge(winner, loser)
    assert Suspension.objects.filter(organisation=winner, valid_until__isnull=True).count() == 1
    assert OrganisationLink.objects.get(organisation=winner, valid_until__isnull=True).lead == lead
    assert OrganisationLink.objects.filter(organisation=loser).count() == 0


def test_a_lead_and_its_own_second_record_lose_the_link_between_them() -> None:
    winner = roll.member("Lead", kind="consortium")
    loser = roll.member("Lead twice", kind="consortium_organization", lead=winner)
    below = roll.member("Below", kind="consortium_organization", lead=winner)
    merge(winner, loser)
    assert OrganisationLink.objects.get(organisation=loser).valid_until == roll.DAY
    assert OrganisationLink.objects.get(organisation=below).lead == winner


@pytest.mark.database
def test_a_second_holder_becomes_deputy_and_nobody_is_lost() -> None:
    winner, loser = roll.member("Quarry"), roll.member("Quarry Ltd")
    ada, zoe = roll.person("ada@a.example.org", "Ada"), roll.person("zoe@a.example.org", "Zoë")
    roll.duty(winner, ada, "billing")
    roll.duty(loser, zoe, "billing")
    roll.duty(loser, ada, "billing", order=2)
    roll.duty(loser, zoe, "technical")
    merge(winner, loser)
    held = RoleAssignment.objects.not_ended().filter(organisation=winner)
    assert set(held.values_list("role_type__code", "order", "contact")) == {
        ("billing", 1, ada.pk), ("billing", 2, zoe.pk), ("technical", 1, zoe.pk),
    }  # fmt: skip
    ended = RoleAssignment.objects.filter(organisation=winner, valid_until__isnull=False)
    assert set(ended.values_list("end_reason", flat=True)) == {"merge"}


def test_parts_and_addresses_follow_and_the_tree_stays_a_tree(pair) -> None:
    winner, loser = pair
    top = Organisation.objects.create(name="Top")
    Organisation.objects.filter(pk=loser.pk).update(parent=top)
    Organisation.objects.filter(pk=winner.pk).update(parent=loser)
    part = Organisation.objects.create(name="Part", parent=loser)
    OrganisationAddress.objects.create(organisation=loser, kind="billing", city="Hannover")
    winner.refresh_from_db()
    merge(winner, loser)
    part.refresh_from_db()
    assert (winner.parent, part.parent, loser.parent) == (top, winner, None)
    assert winner.addresses.get().city == "Hannover"


def test_a_tree_that_would_close_is_refused(pair) -> None:
    winner, loser = pair
    middle = Organisation.objects.create(name="Middle", parent=loser)
    Organisation.objects.filter(pk=winner.pk).update(parent=middle)
    with pytest.raises(RuleBroken, match="through a third one"):
        merge(winner, loser)
    loser.refresh_from_db()
    assert loser.merged_into is None


def test_what_clashes_stays_and_says_why(pair) -> None:
    winner, loser = pair
    for row in pair:
        FollowUp.objects.create(organisation=row, code="vacant_duty", about="x:1", title="name")
    planned = {row.key: row for row in plan(winner, loser).relations}
    tasks = planned["contacts.FollowUp.organisation"]
    assert (tasks.moves, tasks.stays) == (0, 1)
    assert "open on the record that stays" in str(tasks.relation.why)
    merge(winner, loser)
    assert loser.followups.count() == 1


def test_what_was_changed_since_the_page_is_refused(pair) -> None:
    from contacts.services.merging import merge_records

    winner, loser = pair
    seen = plan(winner, loser).digest
    Note.objects.create(organisation=loser, text="new")
    with pytest.raises(InvalidTransition, match="changed since you looked"):
        merge_records(kind="organisation", winner_id=winner.pk, loser_id=loser.pk, choices={},
                      digest=seen, on=roll.DAY, actor=roll.STAFF)  # fmt: skip
    assert Note.objects.get().organisation == loser
    assert not AuditEvent.objects.filter(action="merge").exists()


def test_a_merged_record_is_not_merged_again_and_chains_are_short(pair) -> None:
    winner, loser = pair
    merge(winner, loser)
    third = roll.member("Third")
    with pytest.raises(RuleBroken, match="merged already"):
        merge(third, loser)
    merge(third, winner)
    loser.refresh_from_db()
    assert loser.merged_into == third


@pytest.mark.parametrize("choices", [{"merged_into": "loser"}, {"name": "both"}, {"pk": "loser"}])
def test_only_listed_fields_can_be_chosen(pair, choices) -> None:
    with pytest.raises(BadInput):
        merge(*pair, **choices)
    pair[1].refresh_from_db()
    assert pair[1].merged_into is None


def test_one_record_is_not_merged_with_itself(pair) -> None:
    with pytest.raises(BadInput):
        merge(pair[0], pair[0])
