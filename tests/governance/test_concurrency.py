"""Fifty casts at once with one link: one envelope, a whole chain, no error. With a control."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client

from governance.models import BoardEntry, BoardHead, Election, Envelope, RollEntry
from governance.sealing.board import head_of, next_head
from governance.sealing.canonical import sha256_hex
from governance.secrets import voting_token
from tests.governance import world

pytestmark = [
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
CLIENTS = 50


@pytest.fixture
def election(tmp_path: Path) -> Election:
    cache.clear()
    world.make_members(6)
    return world.opened(tmp_path, **world.now_open())


def at_once(act: Callable[[int], object], count: int = CLIENTS) -> list[object]:
    """Runs ``act`` in threads that start together; results in order, an exception as itself."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = act(number)
        except Exception as error:  # noqa: BLE001
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def bodies(election: Election, entry: RollEntry, count: int) -> list[str]:
    token = voting_token(election, entry)
    return [
        json.dumps(
            {
                "token": token,
                "box": entry.box,
                "envelope": world.as_json(
                    world.envelope_for(election, entry.box, {"board": ["ash"], "fees": []})
                ),
            }
        )
        for _ in range(count)
    ]


def test_fifty_casts_with_one_link_leave_one_envelope_and_a_whole_chain(
    election: Election,
) -> None:
    entry = election.roll.entitled().first()
    prepared = bodies(election, entry, CLIENTS)
    address = f"/vote/{election.slug}/cast"

    def cast(number: int) -> int:
        answer = Client().post(address, prepared[number], content_type="application/json")
        return answer.status_code

    answers = Counter(at_once(cast))
    assert answers == {200: CLIENTS}
    envelope = Envelope.objects.get()
    board = list(BoardEntry.objects.order_by("sequence"))
    assert [row.sequence for row in board] == list(range(1, CLIENTS + 1))
    head = BoardHead.objects.get()
    assert head.head == board[-1].head
    assert head.head == head_of(election.definition_id, [row.envelope for row in board])
    assert envelope.hash == board[-1].envelope, "the last on the board is the one in the box"
    assert sha256_hex(bytes(envelope.ciphertext)) == envelope.hash
    assert RollEntry.objects.filter(voted=True).count() == 1


def test_one_and_the_same_envelope_fifty_times_is_taken_once(election: Election) -> None:
    entry = election.roll.entitled().first()
    (prepared,) = bodies(election, entry, 1)
    address = f"/vote/{election.slug}/cast"

    def cast(number: int) -> int:
        return Client().post(address, prepared, content_type="application/json").status_code

    assert Counter(at_once(cast, 20)) == {200: 1, 400: 19}
    assert BoardEntry.objects.count() == Envelope.objects.count() == 1


def test_control_without_the_queue_the_chain_breaks(election: Election) -> None:
    """What happens when the head is read and written without the lock and the guard."""
    waiting = threading.Barrier(8)

    def careless(number: int) -> None:
        head = BoardHead.objects.get(election=election)
        waiting.wait()
        envelope = sha256_hex(bytes([number]))
        BoardHead.objects.filter(election=election).update(
            sequence=head.sequence + 1, head=next_head(head.head, envelope)
        )

    at_once(careless, 8)
    assert BoardHead.objects.get().sequence < 8, "updates were lost"


def test_casting_while_the_election_closes_is_in_or_out_never_half(election: Election) -> None:
    from datetime import timedelta

    from governance.services.closing import close_election

    entries = list(election.roll.entitled())
    prepared = [bodies(election, entry, 1)[0] for entry in entries]
    address = f"/vote/{election.slug}/cast"

    def act(number: int) -> int:
        if number == len(entries):
            close_election(
                election=Election.objects.get(pk=election.pk),
                now=election.closes_at + timedelta(seconds=1),
                actor=world.SYSTEM,
            )
            return 0
        answer = Client().post(address, prepared[number], content_type="application/json")
        return answer.status_code

    answers = Counter(at_once(act, len(entries) + 1))
    assert set(answers) <= {0, 200, 409}
    assert BoardEntry.objects.count() == answers[200]
    assert Envelope.objects.count() == answers[200]
    assert RollEntry.objects.filter(voted=True).count() == answers[200]
