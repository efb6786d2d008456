"""Votes by show of names, and what a signed-in voter sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.delivery.models import Delivery
from governance.models import OpenVote
from governance.services import openvotes
from tests.governance import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote() -> OpenVote:
    world.make_members(5)
    return OpenVote.objects.create(
        title="Change of statutes", held_on=world.TODAY, fraction="3/4", strict=False
    )


def answer(vote: OpenVote, number: int, what: str):
    member = world.Organisation.objects.order_by("pk")[number]
    return openvotes.record_answer(vote=vote, organisation=member, answer=what, actor=world.SYSTEM)


def test_answers_stand_by_name_and_the_last_one_counts(vote: OpenVote) -> None:
    for number, what in enumerate(("yes", "yes", "yes", "no", "abstain")):
        answer(vote, number, what)
    answer(vote, 0, "no")
    answer(vote, 0, "yes")
    openvotes.close_vote(vote=vote, actor=world.SYSTEM)
    assert vote.report["passed"] is True
    assert vote.report["stages"][0]["totals"] == {"Yes": "3", "No": "1", "Abstain": "1"}
    assert vote.answers.count() == 5
    with pytest.raises(InvalidTransition):
        answer(vote, 0, "no")
    with pytest.raises(InvalidTransition):
        openvotes.close_vote(vote=vote, actor=world.SYSTEM)


def test_who_has_no_vote_on_the_day_is_refused(vote: OpenVote) -> None:
    world.make_members(1, member_type="consortium_organization")
    with pytest.raises(RuleBroken, match="had no vote"):
        answer(vote, 5, "yes")
    with pytest.raises(BadInput):
        answer(vote, 0, "maybe")
    vote.fraction = "4/3"
    with pytest.raises(BadInput, match="between"):
        openvotes.close_vote(vote=vote, actor=world.SYSTEM)


def test_a_signed_in_voter_sees_open_votes_and_gets_the_link_again_by_mail_only(
    tmp_path: Path,
) -> None:
    world.make_members(5)
    election = world.opened(tmp_path, **world.now_open())
    entry, other = election.roll.entitled()[:2]
    voter = world.user("voter")
    entry.contact.user = voter
    entry.contact.save()
    client = Client()
    client.force_login(voter)
    page = client.get("/vote/my/").content.decode()
    assert str(entry.organisation) in page
    assert str(other.organisation) not in page
    assert world.voting_token(election, entry) not in page
    for _ in range(2):
        assert client.post(f"/vote/my/{entry.pk}/send").status_code == 302
    assert Delivery.objects.filter(kind="governance.ballot_link").count() == 1
    assert Delivery.objects.get().address == entry.address
    assert client.post(f"/vote/my/{other.pk}/send").status_code == 404
    assert Client().get("/vote/my/").status_code == 302
