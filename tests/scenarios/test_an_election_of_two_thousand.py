"""Two thousand members vote over HTTP: a bounce, re-votes, a corrected roll, and a lost share."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.models import Delivery
from contacts.models import Contact, ContactAddress, RoleAssignment
from governance.enums import ElectionState
from governance.models import BoardEntry, Envelope, RollEntry
from governance.secrets import voting_token
from governance.services import closing, corrections, mailing
from tests.governance import world

pytestmark = [
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
VOTERS, STAY_AWAY, VOTE_AGAIN = 2000, 300, 60


def test_from_the_call_to_the_certified_result(tmp_path: Path, time_machine) -> None:
    cache.clear()
    members = world.make_members(VOTERS)
    election = world.draft(class_rule="profit", **world.now_open())
    world.add_contest(
        election, "statutes", "Statutes", "motion", ("Yes", "No"),
        params={"fraction": "3/4", "strict": "false"}, classes=["non-profit"],
    )  # fmt: skip
    world.add_contest(
        election, "council", "Council", "scottish-stv", ("Oak", "Elm", "Fir", "Yew", "Bay"), 2
    )
    world.open_drafted(election, tmp_path)
    assert mailing.send_links(election=election, actor=world.SYSTEM).queued == VOTERS

    bounced = election.roll.get(organisation=members[7])
    mailing.note_bounce(Delivery.objects.get(about=f"governance.rollentry:{bounced.pk}"), "bounced")
    _name_deputy(bounced)
    proposer, approver = (Actor.user(world.user(name)) for name in ("proposer", "approver"))
    (helped,) = corrections.propose_deputies(election=election, on=dates.today(), actor=proposer)
    corrections.decide_correction(correction=helped, approve=True, on=dates.today(), actor=approver)

    removed = corrections.propose_correction(
        election=election, organisation=members[11], kind="remove",
        reason="Merged into another member before the record date", actor=proposer,
    )  # fmt: skip
    corrections.decide_correction(
        correction=removed, approve=True, on=dates.today(), actor=approver
    )

    expected = _everyone_votes(election)
    assert Envelope.objects.count() == VOTERS - 1 - STAY_AWAY
    assert BoardEntry.objects.count() == VOTERS - 1 - STAY_AWAY + VOTE_AGAIN
    reminded = mailing.send_reminders(election=election, on=dates.today(), actor=world.SYSTEM)
    assert reminded.queued == STAY_AWAY

    time_machine.move_to(election.closes_at + world.timedelta(minutes=1))
    closing.close_election(election=election, now=dates.now(), actor=world.SYSTEM)
    world.open_and_count(election, tmp_path, seed="20270409")
    assert election.second_engine == "equal"
    board, fees, statutes, _council = election.report["contests"]
    assert {k: int(v) for k, v in board["count"]["stages"][0]["totals"].items()} == expected[
        "board"
    ]
    assert {k: int(v) for k, v in fees["count"]["stages"][0]["totals"].items()} == expected["fees"]
    assert statutes["classes"]["non-profit"]["stages"][0]["totals"] == {
        name: str(total) for name, total in expected["non-profit"].items()
    }
    assert election.report["turnout"] == {"entitled": VOTERS - 1, "voted": VOTERS - 1 - STAY_AWAY}
    world.certify(election, on=dates.today())
    assert election.state == ElectionState.CERTIFIED
    call_command("verify_election", election.slug)
    assert list(audit.verify_stream(election.stream)) == []


def _name_deputy(entry: RollEntry) -> None:
    deputy = Contact.objects.create(given_name="Deputy", family_name="Voter")
    ContactAddress.objects.create(
        contact=deputy, address="deputy@member.example.org", valid_from=world.JOINED
    )
    RoleAssignment.objects.create(
        organisation=entry.organisation, contact=deputy, order=2, valid_from=world.JOINED,
        role_type=entry.organisation.duties.get().role_type,
    )  # fmt: skip


def _everyone_votes(election) -> dict[str, dict[str, int]]:
    """Casts over HTTP; the totals that must come out, from each voter's last paper."""
    draw, client = Random(2027), Client()
    entries = list(RollEntry.objects.entitled().filter(election=election).order_by("pk"))
    voters = draw.sample(entries, len(entries) - STAY_AWAY)
    last: dict[int, tuple[RollEntry, dict[str, list[str]]]] = {}
    for entry in [*voters, *draw.sample(voters, VOTE_AGAIN)]:
        paper = {
            "board": draw.sample(["ash", "birch", "cedar"], draw.randint(0, 2)),
            "fees": draw.choice([["yes"], ["no"], ["abstain"], []]),
            "statutes": draw.choice([["yes"], ["yes"], ["yes"], ["no"]]),
            "council": draw.sample(["oak", "elm", "fir", "yew", "bay"], draw.randint(0, 5)),
        }
        body = {
            "token": voting_token(election, entry),
            "box": entry.box,
            "envelope": world.as_json(world.envelope_for(election, entry.box, paper)),
        }
        answer = client.post(
            f"/vote/{election.slug}/cast", json.dumps(body), content_type="application/json"
        )
        assert answer.status_code == 200, answer.content
        last[entry.pk] = (entry, paper)
    totals = {
        "board": {"Ash": 0, "Birch": 0, "Cedar": 0},
        "fees": {"Yes": 0, "No": 0, "Abstain": 0},
        "non-profit": {"Yes": 0, "No": 0},
    }
    for entry, paper in last.values():
        for name in ("board", "fees"):
            for mark in paper[name]:
                totals[name][mark.title()] += 1
        if entry.box == "non-profit":
            totals["non-profit"][paper["statutes"][0].title()] += 1
    return totals
