"""One board election (two seats, choose up to two) and one motion, sealed and opened by tellers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from backoffice.core import dates
from backoffice.core.errors import BadInput, InvalidTransition
from governance.models import BoardEntry, Envelope
from governance.queries import turnout
from governance.secrets import voting_token
from governance.services import casting, closing, keys, roll
from governance.services.mailing import send_links, send_results
from tests.delivery.sink import Sink
from tests.governance import world
from tests.scenarios import steps


def an_election_and_a_motion(house: dict, sink: Sink, folder: Path) -> None:
    election = world.draft("board-scenario", **world.now_open())
    world.fix(election)
    roll.freeze_roll(election=election, on=dates.today(), actor=world.SYSTEM)
    entitled = list(election.roll.entitled())
    assert len(entitled) >= 3
    assert election.roll.exclude(included=True).exists(), "every member has a reason, in or out"
    keys_folder = world.ceremony(election, folder / "ceremony")
    keys.open_election(election=election, now=dates.now(), actor=world.SYSTEM)
    send_links(election=election, actor=world.SYSTEM)
    steps.hand_over(sink)
    voter = next(entry for entry in entitled if entry.address)
    message = steps.mail_to(sink, voter.address, "")
    assert any("/vote/" in link and "#" in link for link in steps.links(message))

    voters = [entry for entry in entitled if entry.address][:5]
    for entry in voters:
        _cast(election, entry, {"board": ["ash", "birch"], "fees": ["yes"]})
    _cast(election, voters[0], {"board": ["cedar"], "fees": ["no"]})
    assert Envelope.objects.filter(election=election).count() == len(voters)
    assert BoardEntry.objects.filter(election=election).count() == len(voters) + 1
    assert turnout(election).voted == len(voters)
    _refused(election, voters[0])
    _count(election, keys_folder, len(voters))
    send_results(election=election, actor=world.SYSTEM)
    steps.hand_over(sink)


def _cast(election, entry, choices) -> None:
    casting.cast_envelope(
        election=election, token=voting_token(election, entry), box=entry.box,
        ciphertext=world.envelope_for(election, entry.box, choices), now=dates.now(),
    )  # fmt: skip


def _refused(election, entry) -> None:
    """A copied ballot, a wrong length and a false link change nothing."""
    before = Envelope.objects.count()
    sealed = world.envelope_for(election, entry.box, {"board": ["ash"], "fees": ["yes"]})
    with pytest.raises((BadInput, InvalidTransition)):
        casting.cast_envelope(election=election, token=voting_token(election, entry),
                              box=entry.box, ciphertext=sealed[:-1], now=dates.now())  # fmt: skip
    with pytest.raises(Exception, match=r"."):
        casting.cast_envelope(election=election, token="x" * 43, box=entry.box,
                              ciphertext=sealed, now=dates.now())  # fmt: skip
    assert Envelope.objects.count() == before


def _count(election, folder: Path, voters: int) -> None:
    closing.close_election(
        election=election, now=election.closes_at + timedelta(minutes=1), actor=world.SYSTEM
    )
    world.open_and_count(election, folder)
    election.refresh_from_db()
    board, fees = election.report["contests"]
    assert board["count"]["stages"][0]["totals"]["Ash"] == str(voters - 1)
    assert fees["count"]["passed"] is True
    assert election.second_engine == "equal"
    world.certify(election, on=dates.today() + timedelta(days=2))
    election.refresh_from_db()
    assert election.state == "certified"
