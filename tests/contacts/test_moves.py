"""Moves: one dated act with a preview; who is told; repositories with their earlier holders."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.delivery.models import Delivery
from contacts.messages_moves import build_moved
from contacts.models import Membership, MemberType, Organisation, Repository
from contacts.queries import leads_on, member_types_on
from contacts.registry import MoveTarget
from contacts.services import moves
from tests.contacts.at_once import at_once
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ON = date(2026, 12, 1)


@pytest.fixture
def world() -> dict[str, Organisation]:
    roll.agency()
    made = {
        "a": roll.member("Consortium A", kind="consortium"),
        "b": roll.member("Consortium B", kind="consortium"),
        "direct": roll.member("Direct"),
    }
    made["org"] = roll.member("Below A", kind="consortium_organization", lead=made["a"])
    for key in made:
        roll.duty(made[key], roll.person(f"{key}@x.example.org", key), "service")
    return made


def test_from_a_to_b_is_one_dated_act_and_three_are_told(world) -> None:
    moves.move_member(organisation=world["org"], lead=world["b"], on=ON, actor=roll.STAFF, note="n")
    org = world["org"].pk
    assert leads_on(date(2026, 11, 30))[org] == world["a"].pk
    assert leads_on(ON)[org] == world["b"].pk
    assert Membership.objects.filter(organisation=org).count() == 1
    mails = Delivery.objects.filter(kind="contacts.moved")
    assert {mail.address for mail in mails} == {f"{k}@x.example.org" for k in ("org", "a", "b")}
    text = build_moved(mails.first()).text
    assert "leaves Consortium A" in text
    assert "belongs to Consortium B" in text
    act = world["org"].membership_acts.first()
    assert (act.kind, act.facts["lead_before"], act.reason) == ("moved", world["a"].pk, "n")


def test_direct_to_consortium_and_out_again(world) -> None:
    below = MemberType.objects.get(code="consortium_organization")
    direct = world["direct"]
    moves.move_member(organisation=direct, member_type=below, lead=world["a"], on=ON,
                      actor=roll.STAFF)  # fmt: skip
    assert member_types_on(date(2026, 11, 30))[direct.pk] == "direct_member"
    assert member_types_on(ON)[direct.pk] == "consortium_organization"
    moves.move_member(
        organisation=direct, member_type=MemberType.objects.get(code="direct_member"),
        on=date(2027, 3, 1), actor=roll.STAFF,
    )  # fmt: skip
    assert direct.pk not in leads_on(date(2027, 3, 1))
    assert member_types_on(date(2027, 3, 1))[direct.pk] == "direct_member"


def test_what_is_not_possible_is_refused_and_nothing_is_written(world) -> None:
    org, below = world["org"], MemberType.objects.get(code="consortium_organization")
    for arguments, words in (
        ({"organisation": org, "lead": world["a"]}, "Nothing would change"),
        ({"organisation": org, "lead": org}, "itself"),
        ({"organisation": org, "lead": world["direct"]}, "does not lead"),
        ({"organisation": world["direct"], "member_type": below}, "name the lead"),
        ({"organisation": world["a"], "member_type": below, "lead": world["b"]}, "move them first"),
    ):
        with pytest.raises(RuleBroken, match=words):
            moves.move_member(**arguments, on=ON, actor=roll.STAFF)
    assert leads_on(ON)[org.pk] == world["a"].pk
    assert not Delivery.objects.filter(kind="contacts.moved").exists()


def test_the_preview_speaks_of_duties_fees_and_votes_and_writes_nothing(world) -> None:
    target = MoveTarget(member_type="direct_member", lead_before=world["a"].pk)
    preview = moves.preview_move(world["org"], target, on=ON)
    text = " ".join(preview.sentences)
    assert "Duties to fill: Billing, Voting" in text
    assert "It has a vote from that day" in text
    assert "2027" in text
    assert {person.address for person in preview.people} == {"org@x.example.org", "a@x.example.org"}
    assert leads_on(ON)[world["org"].pk] == world["a"].pk


def test_a_repository_moves_with_its_history(world) -> None:
    repository = Repository.objects.create(
        organisation=world["direct"], symbol="DIR.MAIN", name="Main"
    )
    with pytest.raises(RuleBroken, match="no member that may hold"):
        moves.move_repository(repository=repository, to=world["a"], on=roll.DAY, actor=roll.STAFF)
    with pytest.raises(RuleBroken, match="Nothing would change"):
        moves.move_repository(
            repository=repository, to=world["direct"], on=roll.DAY, actor=roll.STAFF
        )
    stale = Repository.objects.get(pk=repository.pk)
    moves.move_repository(repository=repository, to=world["org"], on=roll.DAY, actor=roll.STAFF)
    assert moves.holder_on(repository, on=date(2026, 11, 19)) == world["direct"]
    assert moves.holder_on(repository, on=roll.DAY) == world["org"]
    with pytest.raises(InvalidTransition):
        moves.move_repository(repository=stale, to=world["org"], on=roll.DAY, actor=roll.STAFF)
    assert world["direct"].membership_acts.first().facts["repository"] == "DIR.MAIN"
    assert "DIR.MAIN" in build_moved(Delivery.objects.filter(kind="contacts.moved").first()).text


@pytest.mark.django_db(transaction=True)
def test_one_move_of_many_at_once(world) -> None:
    done, refused = at_once(
        lambda: moves.move_member(
            organisation=Organisation.objects.get(pk=world["org"].pk),
            lead=world["b"],
            on=ON,
            actor=roll.STAFF,
        )  # fmt: skip
    )
    assert (done, len(refused)) == (1, 3)
    assert world["org"].lead_links.count() == 2
    assert world["org"].membership_acts.filter(kind="moved").count() == 1


def test_the_page_shows_before_it_moves(world, client, settings) -> None:
    settings.ROLLCALL_DEMO = True
    page = f"/admin/organisations/{world['org'].pk}/move/"
    client.force_login(roll.staff("auditor"))
    assert client.get(page).status_code == 403
    client.force_login(roll.staff("membership"))
    data = {"lead": "Consortium B", "on": "2026-12-01"}
    shown = client.post(page, data).content.decode()
    assert "What this does" in shown
    assert leads_on(ON)[world["org"].pk] == world["a"].pk
    assert client.post(page, {**data, "confirmed": "1"}).status_code == 302
    assert leads_on(ON)[world["org"].pk] == world["b"].pk
