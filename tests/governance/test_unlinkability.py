"""Join attempts on opened ballots: order, transaction ids, hidden row numbers, lengths, hashes.

Each voter casts a paper that names it, so that a successful join would show. The published clear
ballots are tried against every order an insider could take from the database; the hits must stay
at chance level.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import tarfile
from pathlib import Path

import pytest
from django.db import connection

from backoffice.core.backups.operations import back_up
from backoffice.core.services.documents import read_bytes
from governance.models import BoardEntry, Envelope, RollEntry
from governance.sealing.box import read_ballots, read_box
from governance.sealing.canonical import sha256_hex
from governance.services import closing
from tests.governance import world

pytestmark = [
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
VOTERS = 60


def orders_an_insider_has(election) -> dict[str, list[int]]:
    """Roll entries in every order that the database offers, as organisation ids."""
    queries = {
        "cast order on the board": None,
        "envelopes by key": "SELECT hash FROM governance_envelope ORDER BY pseudonym",
        "envelopes as stored": "SELECT hash FROM governance_envelope",
        "roll as stored": "SELECT organisation_id FROM governance_rollentry",
    }
    if connection.vendor == "postgresql":
        queries |= {
            "envelopes by transaction": "SELECT hash FROM governance_envelope ORDER BY xmin::text::bigint",
            "envelopes by place": "SELECT hash FROM governance_envelope ORDER BY ctid",
            "roll by transaction": (
                "SELECT organisation_id FROM governance_rollentry ORDER BY xmin::text::bigint"
            ),
            "roll by place": "SELECT organisation_id FROM governance_rollentry ORDER BY ctid",
        }
    else:
        queries |= {
            "envelopes by hidden number": "SELECT hash FROM governance_envelope ORDER BY rowid",
            "envelopes by length": (
                "SELECT hash FROM governance_envelope ORDER BY length(ciphertext), rowid"
            ),
        }
    found = {}
    for name, query in queries.items():
        if query is None:
            rows = list(BoardEntry.objects.order_by("sequence").values_list("envelope", flat=True))
        else:
            with connection.cursor() as cursor:
                cursor.execute(query)
                rows = [row[0] for row in cursor.fetchall()]
        found[name] = rows
    return found


@pytest.fixture(scope="module")
def chance() -> int:
    """Hits that a random order exceeds less than once in ten thousand (Poisson, mean one)."""
    return 7


def test_no_order_in_the_database_leads_from_a_paper_to_its_voter(
    tmp_path: Path, chance: int
) -> None:
    world.make_members(VOTERS)
    election = world.draft()
    election.contests.all().delete()
    names = tuple(f"Paper{n:03d}" for n in range(VOTERS))
    world.add_contest(election, "mark", "Mark", "plurality-at-large", names)
    world.open_drafted(election, tmp_path)
    entries = list(election.roll.entitled())
    draw = random.Random(5)
    marks = draw.sample(range(VOTERS), VOTERS)
    truth: dict[int, str] = {}
    by_envelope: dict[str, int] = {}
    for turn in draw.sample(range(VOTERS), VOTERS):
        entry, mark = entries[turn], names[marks[turn]].lower()
        receipt = world.vote(election, entry, {"mark": [mark]})
        truth[entry.organisation_id] = mark
        by_envelope[receipt.envelope] = entry.organisation_id
    control = [truth[by_envelope[e]] for e in BoardEntry.objects.order_by("sequence").values_list(
        "envelope", flat=True)]  # fmt: skip
    assert len(set(control)) == VOTERS, "with the key, every paper can be told: the test can fail"

    world.count_it(election, tmp_path, seed="aa")
    clear = [
        paper["mark"][0]
        for paper in read_ballots(
            read_bytes(election.files.get(name="ballots-all.json").document), election.definition
        ).choices
    ]
    assert clear == sorted(clear)
    assert not RollEntry.objects.filter(pseudonym__isnull=False).exists()
    for name, rows in orders_an_insider_has(election).items():
        voters = [by_envelope.get(row, row) for row in rows]
        for direction in (voters, voters[::-1]):
            hits = sum(truth[v] == mark for v, mark in zip(direction, clear, strict=True))
            assert hits <= chance, f"{name}: {hits} of {VOTERS} papers were joined to their voters"
    _name, envelopes = read_box(
        read_bytes(election.files.get(name="box-all.json").document), election.definition_id
    )
    assert len({len(one) for one in envelopes}) == 1, "one length for all"
    boxed = [by_envelope[sha256_hex(one)] for one in envelopes]
    assert sum(truth[v] == m for v, m in zip(boxed, clear, strict=True)) <= chance


def test_nothing_about_a_ballot_has_a_time_a_voter_or_a_history(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.opened(tmp_path)
    world.vote(election, election.roll.entitled().first(), {"board": ["ash"], "fees": []})
    for model in (Envelope, BoardEntry, RollEntry):
        kinds = {field.get_internal_type() for field in model._meta.concrete_fields}
        assert not kinds & {"DateTimeField", "DateField", "TimeField"}, model
        assert not hasattr(model, "history"), model
    columns = {field.name for field in Envelope._meta.concrete_fields}
    assert columns == {"pseudonym", "election", "box", "ciphertext", "hash"}
    closing.close_election(election=election, now=world.AFTER, actor=world.SYSTEM)
    closing.seal_box(election=election, actor=world.SYSTEM)
    pseudonyms = set(RollEntry.objects.values_list("pseudonym", flat=True))
    assert pseudonyms == {None}


def test_a_backup_before_close_holds_no_choice(tmp_path: Path) -> None:
    """The archive is unpacked and every file in it searched, decompressed where it is packed."""
    names = tuple(f"Qz{n:04d}xw" for n in range(3))
    world.make_members(6)
    drafted = world.draft()
    drafted.contests.all().delete()
    world.add_contest(drafted, "seat", "Seat", "plurality-at-large", names)
    election = world.open_drafted(drafted, tmp_path)
    before = mentions(tmp_path / "before.backup", names)
    assert before > 0, "the paper itself is in the backup, so the search can find"
    for entry in election.roll.entitled():
        world.vote(election, entry, {"seat": [names[0].lower()]})
    assert mentions(tmp_path / "after.backup", names) == before


def mentions(archive: Path, names: tuple[str, ...]) -> int:
    back_up(archive, at=world.DURING)
    found = 0
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            handle = packed.extractfile(member)
            content = handle.read() if handle else b""
            if member.name.endswith(".sqlite3"):
                content = _rows(content)
            elif member.name.endswith(".pgdump"):
                command = ["pg_restore", "--file=-"]
                content = subprocess.run(command, input=content, capture_output=True).stdout
            found += sum(content.lower().count(name.lower().encode()) for name in names)
    return found


def _rows(content: bytes) -> bytes:
    """The rows of a SQLite file as text; free pages hold nothing a reader could not see."""
    database = sqlite3.connect(":memory:")
    # A copy in memory has no write-ahead log: the header must not ask for one.
    database.deserialize(content[:18] + b"\x01\x01" + content[20:])
    return "\n".join(database.iterdump()).encode()
