"""Legal acts on a membership: each dated, with actor and reason, and refused when not possible."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from contacts import registry
from contacts.enums import ActKind
from contacts.models import (
    Agency,
    FollowUp,
    Membership,
    MembershipAct,
    Organisation,
    Repository,
)
from contacts.queries import standing_on
from contacts.services import endings, membership, suspension
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]
D = date


@pytest.fixture
def quarry() -> Organisation:
    roll.agency()
    return roll.member("Quarry")


def codes(organisation, *days: date) -> list[str]:
    return [standing_on(organisation, on=day).code for day in days]


def last_act(organisation) -> MembershipAct:
    return organisation.membership_acts.first()


@pytest.mark.parametrize(
    ("notice", "first_day_without"),
    [(D(2026, 10, 31), D(2027, 1, 1)), (D(2026, 11, 1), D(2028, 1, 1)),
     (D(2026, 1, 1), D(2027, 1, 1)), (D(2026, 12, 31), D(2028, 1, 1))],
)  # fmt: skip
def test_the_notice_rule(quarry, notice, first_day_without) -> None:
    period = endings.resign(
        organisation=quarry, notice_on=notice, actor=roll.STAFF, note="leaves the field"
    )
    assert (period.valid_until, period.end_reason) == (first_day_without, "resigned")
    act = last_act(quarry)
    assert (act.kind, act.decided_on, act.reason) == ("resigned", notice, "leaves the field")
    assert codes(quarry, D(2026, 12, 31), first_day_without) == ["good", "ended"]


def test_a_late_notice_is_refused_where_the_agency_says_so(quarry) -> None:
    Agency.objects.update(late_notice="refuse")
    with pytest.raises(RuleBroken, match="too late"):
        endings.resign(organisation=quarry, notice_on=D(2026, 11, 1), actor=roll.STAFF)
    assert endings.notice_end(D(2026, 10, 31)) == D(2027, 1, 1)
    assert standing_on(quarry, on=D(2030, 1, 1)).code == "good"


def test_only_the_agreement_ends_and_the_notice_is_taken_back(quarry) -> None:
    endings.end_agreement(organisation=quarry, notice_on=D(2026, 6, 1), actor=roll.STAFF)
    later = standing_on(quarry, on=D(2027, 1, 1))
    assert (later.code, later.member_type) == ("good", "Supporting Member")
    assert standing_on(quarry, on=D(2026, 12, 31)).member_type == "Direct Member"
    with pytest.raises(RuleBroken):
        endings.end_agreement(organisation=quarry, notice_on=D(2027, 6, 1), actor=roll.STAFF)
    endings.take_back_end(
        organisation=quarry, on=D(2026, 7, 1), note="stays after all", actor=roll.STAFF
    )
    assert standing_on(quarry, on=D(2027, 1, 1)).member_type == "Direct Member"
    assert Membership.objects.not_ended().get().member_type.code == "direct_member"
    assert last_act(quarry).kind == ActKind.TAKEN_BACK
    with pytest.raises(InvalidTransition):
        endings.take_back_end(organisation=quarry, on=D(2026, 7, 2), note="x", actor=roll.STAFF)


@pytest.fixture
def reminded(monkeypatch):
    days: list[date] = []
    source = registry.Registry("reminders of arrears")
    source.add("test", lambda organisation: days)
    monkeypatch.setattr(endings, "ARREARS_REMINDERS", source)
    return days


def remove(quarry, decided: date, **more):
    arguments = {"organisation": quarry, "decided_on": decided, "on": decided,
                 "note": "Board, minute 7", "actor": roll.STAFF}  # fmt: skip
    return endings.remove_for_arrears(**{**arguments, **more})


def test_removal_needs_two_reminders_and_two_months(quarry, reminded) -> None:
    reminded += [D(2026, 3, 1)]
    with pytest.raises(RuleBroken, match="1 of 2 written reminders"):
        remove(quarry, D(2026, 9, 1))
    reminded += [D(2026, 4, 15)]
    with pytest.raises(RuleBroken, match="counts from"):
        remove(quarry, D(2026, 6, 14))
    with pytest.raises(BadInput):
        remove(quarry, D(2026, 6, 15), note=" ")
    with pytest.raises(BadInput):
        remove(quarry, D(2026, 6, 15), on=D(2026, 6, 1))
    assert not quarry.membership_acts.filter(kind="removed").exists()
    remove(quarry, D(2026, 6, 15))
    assert standing_on(quarry, on=D(2026, 6, 15)).reason == "arrears"
    assert last_act(quarry).reason == "Board, minute 7"


def test_removal_with_reminders_on_paper_says_so(quarry, reminded) -> None:
    remove(quarry, D(2026, 6, 15), on_paper=True)
    assert last_act(quarry).facts["on_paper"] is True


def test_exclusion_acts_when_the_time_to_appeal_is_over(quarry) -> None:
    with pytest.raises(BadInput):
        endings.exclude(organisation=quarry, hearing_on=D(2026, 5, 2), decided_on=D(2026, 5, 1),
                        reasons="x", actor=roll.STAFF)  # fmt: skip
    endings.exclude(organisation=quarry, hearing_on=D(2026, 4, 1), decided_on=D(2026, 5, 1),
                    reasons="damaged the purpose", actor=roll.STAFF)  # fmt: skip
    assert codes(quarry, D(2026, 6, 1), D(2026, 6, 2)) == ["good", "ended"]
    with pytest.raises(RuleBroken, match="over"):
        endings.appeal(organisation=quarry, received_on=D(2026, 6, 2), actor=roll.STAFF)
    endings.appeal(organisation=quarry, received_on=D(2026, 6, 1), actor=roll.STAFF)
    assert codes(quarry, D(2026, 6, 2)) == ["good"]
    task = FollowUp.objects.get(code="assembly_on_exclusion")
    assert task.due_on == D(2026, 7, 1)
    endings.exclude(organisation=quarry, hearing_on=D(2026, 4, 1), decided_on=D(2026, 6, 20),
                    reasons="assembly", by_assembly=True, actor=roll.STAFF)  # fmt: skip
    assert codes(quarry, D(2026, 6, 20), D(2026, 6, 21)) == ["good", "ended"]


def test_an_end_ahead_is_brought_forward_and_ends_the_links(quarry) -> None:
    lead = roll.member("Lead", kind="consortium")
    below = roll.member("Below", kind="consortium_organization", lead=lead)
    endings.resign(organisation=below, notice_on=D(2026, 6, 1), actor=roll.STAFF)
    membership.end_membership(
        organisation=below, on=D(2026, 9, 1), reason="closed", actor=roll.STAFF, note="dissolved"
    )
    assert codes(below, D(2026, 8, 31), D(2026, 9, 1)) == ["good", "ended"]
    assert below.lead_links.get().valid_until == D(2026, 9, 1)
    with pytest.raises(InvalidTransition):
        membership.end_membership(
            organisation=below, on=D(2026, 9, 1), reason="closed", actor=roll.STAFF
        )


def test_a_lead_does_not_go_before_those_below_and_repositories_become_a_task(quarry) -> None:
    lead = roll.member("Lead", kind="consortium")
    roll.member("Below", kind="consortium_organization", lead=lead)
    with pytest.raises(RuleBroken, match="stand below"):
        endings.resign(organisation=lead, notice_on=D(2026, 6, 1), actor=roll.STAFF)
    Repository.objects.create(organisation=quarry, symbol="QUA.MAIN", name="Main")
    endings.resign(organisation=quarry, notice_on=D(2026, 6, 1), actor=roll.STAFF)
    assert FollowUp.objects.filter(code="repositories_left", organisation=quarry).exists()


def test_suspension_and_reinstatement_are_in_the_register(quarry) -> None:
    suspension.suspend(organisation=quarry, reason="arrears", on=roll.DAY, actor=roll.STAFF,
                       note="two reminders")  # fmt: skip
    with pytest.raises(RuleBroken):
        suspension.suspend(organisation=quarry, reason="other", on=roll.DAY, actor=roll.STAFF)
    suspension.reinstate(organisation=quarry, on=roll.DAY, actor=roll.STAFF, note="paid")
    with pytest.raises(InvalidTransition):
        suspension.reinstate(organisation=quarry, on=roll.DAY, actor=roll.STAFF)
    kinds = list(quarry.membership_acts.values_list("kind", "reason"))
    assert kinds == [("reinstated", "paid"), ("suspended", "two reminders"), ("started", "")]


def test_what_flows_from_a_lead_does_so_for_the_days_of_the_link(quarry) -> None:
    lead = roll.member("Lead", kind="consortium")
    below = roll.member("Below", kind="consortium_organization", lead=lead)
    suspension.suspend(organisation=lead, reason="arrears", on=D(2026, 3, 1), actor=roll.STAFF)
    assert codes(below, D(2026, 2, 28), D(2026, 3, 1)) == ["good", "suspended"]
    assert below not in Organisation.objects.in_good_standing(on=D(2026, 3, 1))


ACTS = ["resign", "end-agreement", "remove", "exclude", "suspend", "end"]


@pytest.mark.parametrize("name", ACTS)
def test_acts_need_their_permission(quarry, client, settings, name) -> None:
    settings.ROLLCALL_DEMO = True
    client.force_login(roll.staff("auditor"))
    address = f"/admin/contacts/organisation/{quarry.pk}/do/{name}/"
    assert client.get(address).status_code == 403
    assert client.post(address, {"note": "x"}).status_code == 403
    assert quarry.membership_acts.count() == 1


@pytest.mark.parametrize("name", ACTS)
def test_forms_of_acts_open_and_a_get_does_nothing(quarry, client, settings, name) -> None:
    settings.ROLLCALL_DEMO = True
    client.force_login(roll.staff("membership"))
    page = client.get(f"/admin/contacts/organisation/{quarry.pk}/do/{name}/")
    assert page.status_code == 200
    assert quarry.membership_acts.count() == 1
