"""Board memory, notice periods, nominations and run-offs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.delivery.models import Delivery
from contacts.enums import SuspensionReason
from contacts.models import Suspension
from governance import mail, pack, presets
from governance.enums import TermOrigin
from governance.models import (
    AgendaItem,
    BoardHead,
    Body,
    Meeting,
    NoticeSent,
    Teller,
    Term,
)
from governance.notice import Period, minutes_final_on, notice_for
from governance.services import bodies, mailing, meetings, runoffs
from tests.governance import world

DAY = date(2027, 4, 9)


@pytest.mark.parametrize(
    "period, dispatched, earliest",
    [
        # the day of dispatch does not count: 1 March + two months is free from 2 May
        (Period(months=2), date(2027, 3, 1), date(2027, 5, 2)),
        (Period(months=2), date(2026, 12, 30), date(2027, 2, 28)),
        (Period(months=2), date(2026, 12, 31), date(2027, 3, 1)),
        (Period(days=14), date(2027, 3, 1), date(2027, 3, 16)),
        (Period(days=7), date(2027, 2, 22), date(2027, 3, 2)),
    ],
)
def test_notice_counts_from_the_day_after_dispatch(
    period: Period, dispatched: date, earliest: date
) -> None:
    assert period.earliest_meeting(dispatched) == earliest


@pytest.mark.parametrize("period", [Period(months=2), Period(days=14), Period(months=1, days=3)])
def test_the_latest_dispatch_is_the_last_day_that_is_early_enough(period: Period) -> None:
    for offset in range(800):
        meeting = date(2026, 1, 1) + timedelta(days=offset)
        day = period.latest_dispatch(meeting)
        assert period.earliest_meeting(day) <= meeting
        assert period.earliest_meeting(day + timedelta(days=1)) > meeting


def test_both_agencies_have_their_own_periods() -> None:
    assert notice_for("datacite", "ordinary") == Period(months=2)
    assert notice_for("datacite", "extraordinary") == Period(days=14)
    assert notice_for("crossref", "ordinary") == Period(days=10)
    assert minutes_final_on(date(2027, 4, 1)) == date(2027, 4, 30)


@pytest.fixture
def board(db) -> Body:
    world.make_members(4)
    return Body.objects.get(code="board")


def member(number: int):
    return world.Organisation.objects.order_by("pk")[number]


def person(number: int):
    return member(number).duties.get().contact


def sit(seat, number: int, start: date, until: date | None = None, **more) -> Term:
    return bodies.start_term(
        seat=seat, contact=person(number), organisation=member(number), on=start, until=until,
        origin=more.pop("origin", TermOrigin.ELECTED), actor=world.SYSTEM, **more,
    )  # fmt: skip


@pytest.mark.django_db
def test_presets_load_bodies_of_both_agencies_and_repeat(board: Body) -> None:
    assert board.seats.count() == 14
    presets.load("datacite", world.SYSTEM, DAY)
    assert board.seats.count() == 14
    presets.load("crossref", world.SYSTEM, DAY)
    classes = dict.fromkeys(Body.objects.get(code="board").seats.values_list("seat_class"))
    assert ("small",) in classes or Body.objects.filter(code="annual-meeting").exists()


def test_a_seat_has_one_holder_at_a_time_and_knows_who_sat_when(board: Body) -> None:
    seat = board.seats.get(code="member-1")
    first = sit(seat, 0, date(2024, 4, 1), date(2027, 4, 1))
    with pytest.raises(RuleBroken, match="taken"):
        sit(seat, 1, date(2027, 3, 31))
    second = sit(seat, 1, date(2027, 4, 1))
    assert list(Term.objects.sitting(on=date(2027, 3, 31))) == [first]
    assert list(Term.objects.sitting(on=date(2027, 4, 1))) == [second]
    bodies.end_term(term=second, on=date(2027, 9, 1), reason="left the member", actor=world.SYSTEM)
    assert seat in bodies.vacant_seats(board, on=date(2027, 9, 1))
    assert seat not in bodies.vacant_seats(board, on=date(2027, 8, 31))


def test_a_co_opted_member_is_ratified_and_an_elected_one_not(board: Body) -> None:
    seats = list(board.seats.filter(ex_officio=False)[:2])
    co_opted = sit(seats[0], 0, DAY, origin=TermOrigin.CO_OPTED)
    bodies.ratify_term(term=co_opted, on=date(2028, 4, 1), actor=world.SYSTEM)
    assert co_opted.ratified_on == date(2028, 4, 1)
    with pytest.raises(RuleBroken):
        bodies.ratify_term(term=sit(seats[1], 1, DAY), on=DAY, actor=world.SYSTEM)


def test_eligibility_names_every_reason(board: Body) -> None:
    seat = board.seats.get(code="member-1")
    sit(seat, 0, date(2021, 4, 9), date(2024, 4, 9))
    sit(seat, 0, date(2024, 4, 9), DAY)

    def ask(number: int, contact=None) -> tuple[str, ...]:
        return bodies.eligibility(
            body=board, organisation=member(number), contact=contact, on=DAY
        ).reasons

    assert ask(1, person(1)) == ()
    assert ask(0, person(0)) == ("term_limit_reached",)
    assert ask(1) == ("no_person_named",)
    Suspension.objects.create(
        organisation=member(1), valid_from=date(2027, 1, 1), reason=SuspensionReason.ARREARS
    )
    assert ask(1, person(2)) == ("not_in_good_standing", "person_not_of_member")


def test_two_terms_with_a_gap_do_not_count_in_a_row(board: Body) -> None:
    seat = board.seats.get(code="member-1")
    sit(seat, 0, date(2018, 4, 9), date(2021, 4, 9))
    sit(seat, 0, date(2024, 4, 9), DAY)
    assert bodies.terms_in_row(board, person(0), DAY) == 1


@pytest.fixture
def meeting(board: Body) -> Meeting:
    found = Meeting.objects.create(
        body=Body.objects.get(code="assembly"),
        kind="ordinary",
        title="General Assembly 2027",
        starts_at=datetime(2027, 4, 28, 14, tzinfo=UTC),
        virtual=True,
    )
    AgendaItem.objects.create(meeting=found, position=1, title="Fees of 2028")
    return found


def test_the_call_goes_to_every_voting_member_and_leaves_a_log(meeting: Meeting) -> None:
    member(3).duties.update(valid_until=date(2027, 1, 1))
    assert meetings.latest_call(meeting) == date(2027, 2, 27)
    with pytest.raises(RuleBroken, match="27 February 2027"):
        meetings.call_meeting(meeting=meeting, on=date(2027, 2, 28), actor=world.SYSTEM)
    meetings.call_meeting(meeting=meeting, on=date(2027, 2, 27), actor=world.SYSTEM)
    assert NoticeSent.objects.filter(delivery_ref__isnull=False).count() == 3
    assert NoticeSent.objects.get(delivery_ref=None).reason == "no_voting_contact"
    assert Delivery.objects.filter(kind="governance.meeting_call").count() == 3
    assert meetings.last_motion_day(meeting) == date(2027, 4, 20)


def test_no_call_without_an_agenda(meeting: Meeting) -> None:
    meeting.agenda.all().delete()
    with pytest.raises(BadInput, match="agenda"):
        meetings.call_meeting(meeting=meeting, on=date(2027, 1, 1), actor=world.SYSTEM)


@pytest.mark.django_db
def test_without_a_majority_a_run_off_follows_on_the_same_roll(tmp_path: Path) -> None:
    world.make_members(9)
    election = world.draft()
    election.contests.all().delete()
    names = ("Ash", "Birch", "Cedar")
    world.add_contest(election, "chair", "Chair", "majority-runoff", names)
    world.add_contest(election, "treasurer", "Treasurer", "majority-runoff", names)
    world.open_drafted(election, tmp_path / "first")
    papers = ["ash"] * 4 + ["birch"] * 3 + ["cedar"] * 2
    for entry, paper in zip(election.roll.entitled(), papers, strict=True):
        world.vote(election, entry, {"chair": [paper], "treasurer": ["cedar"]})
    world.count_it(election, tmp_path / "first")
    assert runoffs.runoffs_needed(election) == {"chair": ["Ash", "Birch"]}
    runoff = runoffs.create_runoff(
        election=election, opens_at=world.CLOSES + timedelta(days=1),
        closes_at=world.CLOSES + timedelta(days=3), actor=world.SYSTEM,
    )  # fmt: skip
    world.open_drafted(runoff, tmp_path / "second")
    assert runoff.definition["previous"] == election.definition_id
    assert set(runoff.roll.values_list("organisation", "included")) == set(
        election.roll.values_list("organisation", "included")
    )
    during = runoff.opens_at + timedelta(hours=1)
    for number, entry in enumerate(runoff.roll.entitled()):
        mark = "birch" if number < 4 else "ash" if number < 8 else ""
        world.casting.cast_envelope(
            election=runoff, token=world.voting_token(runoff, entry), box="all", now=during,
            ciphertext=world.envelope_for(runoff, "all", {"chair": [mark] if mark else []}),
        )  # fmt: skip
    world.closing.close_election(
        election=runoff, now=runoff.closes_at + timedelta(minutes=1), actor=world.SYSTEM
    )
    with pytest.raises(RuleBroken, match="A lot decides"):
        world.open_and_count(runoff, tmp_path / "second")
    files = {p.name: p.read_bytes() for p in (tmp_path / "second/outcome").glob("ballots-*.json")}
    world.counting.take_in_ballots(election=runoff, files=files, seed="03", actor=world.SYSTEM)
    count = runoff.report["contests"][0]["count"]
    assert count["stages"][0]["totals"] == {"Ash": "4", "Birch": "4"}
    assert count["ties"][0]["method"] == "lot"
    assert count["winners"] == [count["ties"][0]["chosen"]]
    assert runoff.second_engine == "equal"


def test_the_assembly_pack_counts_members_changes_and_boards(meeting: Meeting) -> None:
    leaver = member(3).memberships.get()
    leaver.valid_until, leaver.end_reason = date(2026, 12, 31), "resigned"
    leaver.save()
    sit(Body.objects.get(code="board").seats.get(code="member-2"), 1, date(2026, 5, 1))
    sections = {s.title: s for s in pack.build_pack(date(2026, 4, 28), date(2027, 4, 28))}
    assert sections["Members by type"].rows[-1] == ["Total", 3]
    assert sections["Members by country"].rows == [["DE", 3], ["Total", 3]]
    assert sections["Changes of membership"].rows == [
        [str(member(3)), "left", "Direct Member", "2026-12-31"]
    ]
    assert sections["Boards"].rows[0][1:4] == [str(person(1)), str(member(1)), "2026-05-01"]
    text = pack.as_csv([pack.PackSection("T", ["a"], [["=1+1"], ["plain"]])])
    assert "'=1+1" in text


def test_tellers_get_the_head_of_the_board_once_a_day(board: Body, tmp_path: Path) -> None:
    world.make_members(4)
    election = world.opened(tmp_path)
    Teller.objects.create(election=election, user=world.user("erin"))
    world.vote(election, election.roll.entitled().first(), {"board": [], "fees": []})
    for _ in range(2):
        mailing.send_board_heads(on=DAY)
    delivery = Delivery.objects.get(kind="governance.board_head")
    message = mail.KINDS[delivery.kind].build(delivery, lambda purpose: "x")
    assert BoardHead.objects.get().head in message.text
    assert delivery.address == "erin@agency.example.org"
