"""One election from draft to destruction, and what each step refuses."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from backoffice.core.actor import Actor
from backoffice.core.errors import (
    BadInput,
    InvalidTransition,
    NotAllowed,
    RuleBroken,
)
from backoffice.core.models import JobRun
from backoffice.core.services import audit
from backoffice.core.services.documents import read_bytes
from contacts.enums import SuspensionReason
from contacts.models import Suspension
from governance.enums import ElectionState, RollReason
from governance.models import BoardEntry, Contest, Election, Envelope, RollEntry, Teller, Term
from governance.queries import envelope_state, turnout
from governance.sealing.canonical import canonical_bytes, document_id
from governance.sealing.keys import verify_receipt
from governance.secrets import voting_token
from governance.services import (
    casting,
    certification,
    closing,
    corrections,
    counting,
    definition,
    keys,
    printing,
    roll,
)
from tests.governance import world

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_a_board_election_from_draft_to_destroyed_envelopes(tmp_path: Path) -> None:
    world.make_members(9)
    election = world.opened(tmp_path)
    entries = list(election.roll.entitled())
    assert len(entries) == 9
    papers = [["ash", "birch"]] * 4 + [["birch"]] * 3 + [["cedar"]]
    receipts = [
        world.vote(election, entry, {"board": paper, "fees": ["yes"] if n % 2 else ["no"]})
        for n, (entry, paper) in enumerate(zip(entries, papers, strict=False))
    ]
    again = world.vote(election, entries[0], {"board": ["cedar", "birch"], "fees": []})
    assert turnout(election).voted == 8
    assert Envelope.objects.count() == 8
    assert BoardEntry.objects.count() == 9
    key = election.definition["receipt_key"]
    assert all(
        verify_receipt(key, r.envelope, election.definition_id, r.signature) for r in receipts
    )
    assert envelope_state(election, receipts[0].envelope) == "replaced"
    assert envelope_state(election, again.envelope) == "in_the_box"
    assert envelope_state(election, "0" * 64) == "unknown"

    world.count_it(election, tmp_path)
    election.refresh_from_db()
    board, fees = election.report["contests"]
    assert board["count"]["stages"][0]["totals"] == {"Ash": "3", "Birch": "7", "Cedar": "2"}
    assert board["count"]["winners"] == ["Birch", "Ash"]
    assert fees["count"]["passed"] is True
    assert election.second_engine == "equal"
    assert envelope_state(election, again.envelope) == "in_the_box"
    assert not RollEntry.objects.exclude(pseudonym=None).exists()

    world.certify(election)
    election.refresh_from_db()
    assert election.state == ElectionState.CERTIFIED
    assert election.destroy_after == date(2027, 4, 9) + timedelta(days=28)
    with pytest.raises(RuleBroken, match="objection"):
        certification.destroy_secrets(election=election, on=date(2027, 5, 6), actor=world.SYSTEM)
    certification.destroy_secrets(election=election, on=date(2027, 5, 7), actor=world.SYSTEM)
    assert not Envelope.objects.exists()
    assert not RollEntry.objects.exclude(address="").exists()
    assert not election.files.filter(name__startswith="box-").exists()
    assert election.files.filter(name="ballots-all.json").exists()
    assert list(audit.verify_stream(election.stream)) == []


def test_anyone_can_recount_from_the_published_files(tmp_path: Path) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    for entry in election.roll.entitled():
        world.vote(election, entry, {"board": ["ash"], "fees": ["yes"]})
    world.count_it(election, tmp_path, seed="4f2a")
    folder = tmp_path / "published"
    folder.mkdir()
    for file in election.files.filter(public=True):
        (folder / file.name).write_bytes(read_bytes(file.document))
    done = subprocess.run(
        [sys.executable, "-I", str(ROOT / "scripts/recount.py"), str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    world.call("verify", "--folder", folder)


def test_one_reader_is_not_enough_and_the_same_twice_neither() -> None:
    world.make_members(1)
    election = world.draft()
    identity = document_id(definition.build_definition(election))
    reader = Actor.user(world.user("reader"))
    for _ in range(2):
        definition.read_back(election=election, definition_id=identity, actor=reader)
    assert election.state == ElectionState.DRAFT
    with pytest.raises(NotAllowed):
        definition.read_back(election=election, definition_id=identity, actor=world.SYSTEM)
    second = Actor.user(world.user("second"))
    Contest.objects.filter(code="board").update(seats=1)
    with pytest.raises(InvalidTransition, match="has changed"):
        definition.read_back(election=election, definition_id=identity, actor=second)


def test_after_fixing_a_change_of_the_draft_rows_changes_nothing(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.opened(tmp_path)
    before = election.definition_id
    Contest.objects.filter(code="board").update(seats=1)
    election.refresh_from_db()
    assert document_id(election.definition) == before
    assert election.definition["contests"][0]["seats"] == 2
    with pytest.raises(InvalidTransition):
        world.fix(election)


def test_the_roll_gives_a_reason_for_every_member() -> None:
    members = world.make_members(4)
    world.make_members(1, member_type="consortium_organization")
    Suspension.objects.create(
        organisation=members[0], valid_from=date(2027, 1, 1), reason=SuspensionReason.ARREARS
    )
    members[1].duties.update(valid_until=date(2027, 2, 1))
    election = world.fix(world.draft())
    with pytest.raises(RuleBroken, match="record date"):
        roll.freeze_roll(election=election, on=date(2027, 3, 14), actor=world.SYSTEM)
    roll.freeze_roll(election=election, on=world.TODAY, actor=world.SYSTEM)
    reasons = dict(election.roll.values_list("organisation_id", "reason"))
    assert reasons[members[0].pk] == RollReason.SUSPENDED
    assert reasons[members[2].pk] == RollReason.VOTING_MEMBER
    assert sorted(reasons.values()) == ["no_vote", "suspended", *["voting_member"] * 3]
    assert turnout(election).unreachable == 1
    entry = election.roll.get(organisation=members[1])
    assert (entry.included, entry.unreachable) == (True, "no_voting_contact")


def test_a_correction_needs_two_people_and_stands_in_the_report(tmp_path: Path) -> None:
    members = world.make_members(6)
    Suspension.objects.create(
        organisation=members[5], valid_from=date(2027, 1, 1), reason=SuspensionReason.ARREARS
    )
    election = world.opened(tmp_path)
    root = election.roll_root
    first, second = (Actor.user(world.user(name)) for name in ("first", "second"))
    proposed = corrections.propose_correction(
        election=election, organisation=members[5], kind="add",
        reason="Paid before the record date", actor=first,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        corrections.decide_correction(
            correction=proposed, approve=True, on=world.TODAY, actor=first
        )
    corrections.decide_correction(correction=proposed, approve=True, on=world.TODAY, actor=second)
    election.refresh_from_db()
    assert election.roll_root != root
    entry = election.roll.get(organisation=members[5])
    world.vote(election, entry, {"board": ["ash"], "fees": []})
    world.count_it(election, tmp_path, seed="00")
    assert election.report["corrections"] == [
        {"kind": "add", "reason": "Paid before the record date"}
    ]
    assert election.report["entitled"] == {"all": 6}


def test_a_new_link_revokes_the_old_one(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.opened(tmp_path)
    entry = election.roll.entitled().first()
    old = voting_token(election, entry)
    assert casting.entry_for_token(election=election, token=old) == entry
    proposed = corrections.propose_correction(
        election=election, organisation=entry.organisation, kind="link",
        reason="Link was forwarded", actor=Actor.user(world.user("first")),
    )  # fmt: skip
    corrections.decide_correction(
        correction=proposed, approve=True, on=world.TODAY, actor=Actor.user(world.user("second"))
    )
    entry.refresh_from_db()
    with pytest.raises(NotAllowed):
        casting.entry_for_token(election=election, token=old)
    assert casting.entry_for_token(election=election, token=voting_token(election, entry)) == entry


def _proposed(election: Election, kind: str, **fields):
    entry = election.roll.entitled().first()
    correction = corrections.propose_correction(
        election=election, organisation=entry.organisation, kind=kind, reason="Asked for it",
        actor=Actor.user(world.user("first")), **fields,
    )  # fmt: skip
    return entry, correction


def test_a_vote_cast_after_the_proposal_stays_cast(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.opened(tmp_path)
    entry, proposed = _proposed(election, "link")
    world.vote(election, entry, {"board": ["ash"], "fees": []})
    second = Actor.user(world.user("second"))
    corrections.decide_correction(correction=proposed, approve=True, on=world.TODAY, actor=second)
    entry.refresh_from_db()
    assert (entry.voted, entry.link_number) == (True, 2)


def test_a_cast_while_a_correction_is_written_is_not_written_over(
    tmp_path: Path, monkeypatch
) -> None:
    world.make_members(5)
    election = world.opened(tmp_path)
    entry, proposed = _proposed(election, "paper")
    plain = corrections.set_leaf

    def cast_meanwhile(row) -> None:
        RollEntry.objects.filter(pk=row.pk).update(voted=True)
        plain(row)

    monkeypatch.setattr(corrections, "set_leaf", cast_meanwhile)
    second = Actor.user(world.user("second"))
    with pytest.raises(InvalidTransition, match="in the meantime"):
        corrections.decide_correction(
            correction=proposed, approve=True, on=world.TODAY, actor=second
        )
    proposed.refresh_from_db()
    entry.refresh_from_db()
    assert (proposed.state, entry.channel) == ("proposed", "link")


def test_a_correction_sees_the_election_as_it_is_now(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.opened(tmp_path)
    _entry, proposed = _proposed(election, "link")
    assert proposed.election.state == "open"
    Election.objects.filter(pk=election.pk).update(state="cancelled")
    second = Actor.user(world.user("second"))
    with pytest.raises(InvalidTransition, match="sealed"):
        corrections.decide_correction(
            correction=proposed, approve=True, on=world.TODAY, actor=second
        )
    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_an_election_cannot_open_without_a_rehearsal(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.fix(world.draft())
    roll.freeze_roll(election=election, on=world.TODAY, actor=world.SYSTEM)
    with pytest.raises(InvalidTransition):
        keys.open_election(election=election, now=world.DURING, actor=world.SYSTEM)
    with pytest.raises(BadInput, match="not keys.json"):
        keys.hand_in_keys(election=election, keys={"format": "x"}, actor=world.SYSTEM)
    world.ceremony(election, tmp_path)
    with pytest.raises(RuleBroken, match="announced time"):
        keys.open_election(election=election, now=world.AFTER, actor=world.SYSTEM)
    assert not election.files.filter(name="rehearsal-box.json").exists()


def test_a_wrong_rehearsal_is_refused(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.fix(world.draft())
    roll.freeze_roll(election=election, on=world.TODAY, actor=world.SYSTEM)
    made = {
        "format": "rollcall-keys/1",
        "election": election.definition_id,
        "public_key": "ab" * 32,
        "threshold": 2,
        "shares": 3,
    }
    with pytest.raises(BadInput, match="3 of 5"):
        keys.hand_in_keys(
            election=election, keys=made | {"threshold": 3, "shares": 5}, actor=world.SYSTEM
        )
    keys.hand_in_keys(election=election, keys=made, actor=world.SYSTEM)
    proof = {"election": election.definition_id, "ballots_sha256": "0" * 64}
    with pytest.raises(RuleBroken, match="Rehearse again"):
        keys.hand_in_rehearsal(election=election, proof=proof, actor=world.SYSTEM)
    assert election.state == ElectionState.KEYED


def test_late_early_long_copied_and_foreign_envelopes_are_refused(tmp_path: Path) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    first, second = election.roll.entitled()[:2]
    good = world.envelope_for(election, "all", {"board": [], "fees": []})

    def cast(entry=first, sealed=good, box="all", now=world.DURING, token=""):
        return casting.cast_envelope(
            election=election,
            token=token or voting_token(election, entry),
            box=box,
            ciphertext=sealed,
            now=now,
        )

    for wrong, error in (
        ({"sealed": good + b"x"}, BadInput),
        ({"sealed": good[:-1]}, BadInput),
        ({"box": "other"}, BadInput),
        ({"token": "A" * 43}, NotAllowed),
        ({"now": world.AFTER}, InvalidTransition),
        ({"now": world.OPENS - timedelta(seconds=1)}, InvalidTransition),
    ):
        with pytest.raises(error):
            cast(**wrong)
    assert not Envelope.objects.exists()
    assert not BoardEntry.objects.exists()
    cast()
    for copier in (first, second):
        with pytest.raises(RuleBroken, match="already"):
            cast(entry=copier)
    assert BoardEntry.objects.count() == 1
    assert RollEntry.objects.filter(voted=True).count() == 1


def test_a_box_that_lost_or_gained_papers_is_not_counted(tmp_path: Path) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    for entry in election.roll.entitled():
        world.vote(election, entry, {"board": ["ash", "birch"], "fees": ["yes"]})
    closing.close_election(election=election, now=world.AFTER, actor=world.SYSTEM)
    closing.seal_box(election=election, actor=world.SYSTEM)
    (tmp_path / "box-all.json").write_bytes(
        read_bytes(election.files.get(name="box-all.json").document)
    )
    out = tmp_path / "outcome"
    world.call("open", *world.held(tmp_path, "box-all.json", (2, 3)), "--out", out)
    content = json.loads((out / "ballots-all.json").read_bytes())
    for change, error in (
        (content["ballots"][:-1], RuleBroken),
        ([*content["ballots"], content["ballots"][0]], RuleBroken),
        ([{"board": ["oak"], "fees": []}] * 6, Exception),
    ):
        tampered = canonical_bytes(content | {"ballots": change})
        with pytest.raises(error):
            counting.take_in_ballots(
                election=election,
                files={"ballots-all.json": tampered},
                seed="",
                actor=world.SYSTEM,
            )
    election.refresh_from_db()
    assert election.state == ElectionState.BOXED
    assert election.report is None


def test_a_tie_waits_for_a_seed_drawn_in_public(tmp_path: Path) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    papers = [["ash"], ["ash"], ["birch"], ["birch"], ["cedar"], ["cedar"]]
    for entry, paper in zip(election.roll.entitled(), papers, strict=True):
        world.vote(election, entry, {"board": paper, "fees": ["yes"]})
    closing.close_election(election=election, now=world.AFTER, actor=world.SYSTEM)
    with pytest.raises(RuleBroken, match="A lot decides"):
        world.open_and_count(election, tmp_path)
    files = {p.name: p.read_bytes() for p in (tmp_path / "outcome").glob("ballots-*.json")}
    with pytest.raises(BadInput, match="hexadecimal"):
        counting.take_in_ballots(election=election, files=files, seed="dice", actor=world.SYSTEM)
    counting.take_in_ballots(election=election, files=files, seed="060106", actor=world.SYSTEM)
    assert election.report["seed"] == "060106"
    assert election.second_engine == "equal"


def test_only_tellers_certify_and_winners_take_the_vacant_seats(tmp_path: Path) -> None:
    members = world.make_members(6)
    election = world.draft()
    contest = election.contests.get(code="board")
    contest.seat_class = "board"
    contest.save()
    for option, member in zip(contest.options.all(), members, strict=False):
        option.organisation, option.contact = member, member.duties.first().contact
        option.save()
    world.fix(election)
    roll.freeze_roll(election=election, on=world.TODAY, actor=world.SYSTEM)
    world.ceremony(election, tmp_path)
    keys.open_election(election=election, now=world.DURING, actor=world.SYSTEM)
    for entry in election.roll.entitled():
        world.vote(election, entry, {"board": ["cedar", "ash"], "fees": ["no"]})
    world.count_it(election, tmp_path, seed="01")
    with pytest.raises(NotAllowed):
        certification.certify(
            election=election, on=world.TODAY, actor=Actor.user(world.user("stranger"))
        )
    observer = world.user("observer")
    Teller.objects.create(election=election, user=observer, observer=True)
    with pytest.raises(NotAllowed):
        certification.certify(election=election, on=world.TODAY, actor=Actor.user(observer))
    candidate = world.user("candidate")
    standing = contest.options.first().contact
    standing.user = candidate
    standing.save()
    Teller.objects.create(election=election, user=candidate)
    with pytest.raises(NotAllowed, match="neither a candidate"):
        certification.certify(election=election, on=world.TODAY, actor=Actor.user(candidate))
    world.certify(election)
    terms = Term.objects.filter(election=election).order_by("seat__position")
    assert [str(t.organisation) for t in terms] in (
        ["Member 00003", "Member 00001"],
        ["Member 00001", "Member 00003"],
    )
    assert {(t.valid_from, t.valid_until) for t in terms} == {(date(2027, 4, 9), date(2030, 4, 9))}


def test_voided_envelopes_leave_the_box_by_two_people_before_it_is_sealed(tmp_path: Path) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    entries = list(election.roll.entitled())
    receipts = [
        world.vote(election, e, {"board": ["ash", "birch"], "fees": ["yes"]}) for e in entries
    ]
    closing.close_election(election=election, now=world.AFTER, actor=world.SYSTEM)
    first, second = (Actor.user(world.user(name)) for name in ("first", "second"))
    proposed = corrections.propose_correction(
        election=election, organisation=entries[0].organisation, kind="void",
        reason="Not entitled: merged before the record date", actor=first,
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="second person"):
        closing.seal_box(election=election, actor=world.SYSTEM)
    corrections.decide_correction(correction=proposed, approve=True, on=world.TODAY, actor=second)
    world.open_and_count(election, tmp_path)
    assert election.report["contests"][0]["cast"] == 5
    assert envelope_state(election, receipts[0].envelope) == "replaced"


def test_the_certified_result_is_printed_once_in_both_languages(tmp_path: Path) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    for entry in election.roll.entitled():
        world.vote(election, entry, {"board": ["ash", "birch"], "fees": ["yes"]})
    world.count_it(election, tmp_path)
    with pytest.raises(InvalidTransition):
        printing.print_result(election=election)
    world.certify(election)
    assert JobRun.objects.filter(name="governance.print_result").count() == 1
    made = printing.print_result(election=election)
    assert [file.name for file in made] == ["result-en.pdf", "result-de.pdf"]
    assert printing.print_result(election=election) == []
    german = PdfReader(io.BytesIO(read_bytes(made[1].document)))
    text = "".join(page.extract_text() for page in german.pages)
    assert "Vorstandswahl 2027" in text
    assert "Gewählt: Ash, Birch" in text
    assert election.definition_id in text.replace("\n", "")


def test_a_result_that_the_second_program_does_not_find_is_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    for entry in election.roll.entitled():
        world.vote(election, entry, {"board": ["ash", "birch"], "fees": ["yes"]})
    honest = counting.make_report

    def dishonest(*args, **kwargs):
        report = honest(*args, **kwargs)
        report["contests"][0]["count"]["winners"] = ["Cedar", "Birch"]
        return report

    monkeypatch.setattr(counting, "make_report", dishonest)
    with pytest.raises(RuleBroken, match="second program counts another result"):
        world.count_it(election, tmp_path)
    election.refresh_from_db()
    assert election.state == ElectionState.BOXED
    assert not election.files.filter(name="report.json").exists()
