"""Boxes by class: a majority of its own where five vote, one box where fewer would."""

from __future__ import annotations

from pathlib import Path

import pytest

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from governance.admin_operations import _definition_text
from governance.enums import ElectionState
from governance.models import Election, RollEntry
from governance.services import corrections, keys, roll
from governance.services.copies import copy_election
from tests.governance import world

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def statutes(election: Election) -> Election:
    """A change of the statutes: three quarters of all, and of the non-profit members."""
    world.add_contest(
        election, "statutes", "Statutes", "motion", ("Yes", "No"),
        params={"fraction": "3/4", "strict": "false"}, classes=["non-profit"],
    )  # fmt: skip
    return election


def test_a_double_majority_is_counted_in_a_box_of_its_own(tmp_path: Path) -> None:
    world.make_members(18)
    election = world.draft(class_rule="profit")
    world.add_contest(
        election, "statutes", "Statutes", "motion", ("Yes", "No"),
        params={"fraction": "3/4", "strict": "false"}, classes=["non-profit"],
    )  # fmt: skip
    world.fix(election)
    roll.freeze_roll(election=election, on=world.TODAY, actor=world.SYSTEM)
    world.ceremony(election, tmp_path)
    keys.open_election(election=election, now=world.DURING, actor=world.SYSTEM)
    non_profit = 0
    for entry in election.roll.entitled():
        answer = "yes"
        if entry.box == "non-profit":
            non_profit += 1
            answer = "yes" if non_profit > 4 else "no"
        world.vote(election, entry, {"board": ["ash", "birch"], "fees": [], "statutes": [answer]})
    world.count_it(election, tmp_path)
    statutes = election.report["contests"][2]
    assert statutes["count"]["passed"] is True
    assert statutes["classes"]["non-profit"]["stages"][0]["totals"] == {"Yes": "8", "No": "4"}
    assert statutes["passed"] is False
    assert election.report["entitled"] == {"for-profit": 6, "non-profit": 12}
    assert election.second_engine == "equal"


def test_classes_under_five_share_one_box_and_have_no_majority_of_their_own(tmp_path: Path) -> None:
    world.make_members(9)  # three of them for-profit
    election = statutes(world.draft(class_rule="profit"))
    assert "fewer than five" in _definition_text(election)
    world.open_drafted(election, tmp_path)
    assert election.definition["boxes"] == ["all"]
    assert election.definition["merged"] == ["for-profit", "non-profit"]
    assert "classes" not in election.definition["contests"][2]
    assert set(election.roll.values_list("box", flat=True)) == {"all"}
    for number, entry in enumerate(election.roll.entitled()):
        paper = {"board": [], "fees": [], "statutes": ["yes" if number < 7 else "no"]}
        world.vote(election, entry, paper)
    world.count_it(election, tmp_path)
    found = election.report["contests"][2]
    assert found["count"]["passed"] is True
    assert "classes" not in found, "figures of three voters are shown nowhere"
    assert election.second_engine == "equal"


def test_a_class_that_shrank_after_the_definition_is_refused_and_the_copy_merges() -> None:
    members = world.make_members(15)  # five for-profit
    election = world.fix(world.draft(class_rule="profit"))
    assert election.definition["boxes"] == ["for-profit", "non-profit"]
    first = next(one for one in members if one.for_profit)
    first.for_profit = False
    first.save()
    with pytest.raises(RuleBroken, match="hold 4 voters"):
        roll.freeze_roll(election=election, on=world.TODAY, actor=world.SYSTEM)
    assert not RollEntry.objects.exists()
    assert Election.objects.get().state == ElectionState.DEFINED
    draft = copy_election(
        election=election, opens_at=world.OPENS, closes_at=world.CLOSES, actor=world.SYSTEM
    )
    assert [c.options.count() for c in draft.contests.order_by("position")] == [3, 3]
    world.fix(draft)
    roll.freeze_roll(election=draft, on=world.TODAY, actor=world.SYSTEM)
    assert set(draft.roll.values_list("box", flat=True)) == {"all"}
    election.refresh_from_db()
    assert election.state == ElectionState.DEFINED


def test_a_member_added_to_a_merged_roll_gets_the_one_box(tmp_path: Path) -> None:
    world.make_members(9)
    election = world.opened(tmp_path, class_rule="profit")
    late = world.make_members(1)[0]
    proposed = corrections.propose_correction(
        election=election, organisation=late, kind="add", reason="joined in time",
        actor=Actor.user(world.user("one")),
    )  # fmt: skip
    corrections.decide_correction(
        correction=proposed, approve=True, on=world.TODAY, actor=Actor.user(world.user("two"))
    )
    assert election.roll.get(organisation=late).box == "all"
