"""An agency with voting members, two staff, tellers, and an election to take through its steps."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import User
from contacts.models import (
    Contact,
    ContactAddress,
    Membership,
    MemberType,
    Organisation,
    RoleAssignment,
    RoleType,
)
from contacts.services.presets import load_preset
from governance import presets
from governance.models import Body, Contest, Election, Option, RollEntry, Teller
from governance.sealing.ballot import build_ballot, encode
from governance.sealing.canonical import canonical_bytes, document_id
from governance.sealing.keys import seal
from governance.secrets import voting_token
from governance.services import casting, certification, closing, counting, definition, keys, roll
from governance.teller import main as teller

OPENS = datetime(2027, 4, 1, 8, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=7)
DURING, AFTER = OPENS + timedelta(days=1), CLOSES + timedelta(minutes=1)
RECORD = date(2027, 3, 15)
TODAY = date(2027, 3, 20)
JOINED = date(2020, 1, 1)
SYSTEM = Actor.process("test")


def user(name: str, **fields: Any) -> User:
    return User.objects.create_user(f"{name}@agency.example.org", name=name.title(), **fields)


def make_members(count: int, *, member_type: str = "direct_member") -> list[Organisation]:
    """Members in good standing, each with its own voting contact."""
    load_preset("datacite", SYSTEM, JOINED)
    presets.load("datacite", SYSTEM, JOINED)
    kind = MemberType.objects.get(code=member_type)
    voting = RoleType.objects.filter(votes=True).first()
    start = Organisation.objects.count()
    rows = [
        Organisation(name=f"Member {n:05d}", country="DE", for_profit=n % 3 == 0)
        for n in range(start + 1, start + count + 1)
    ]
    for row in rows:
        row.derive()
    members = Organisation.objects.bulk_create(rows)
    Membership.objects.bulk_create(
        [Membership(organisation=m, member_type=kind, valid_from=JOINED) for m in members]
    )
    people = [Contact(given_name="Voter", family_name=m.name) for m in members]
    for person in people:
        person.derive()
    people = Contact.objects.bulk_create(people)
    ContactAddress.objects.bulk_create(
        [
            ContactAddress(
                contact=p, address=f"voter{m.pk}@member{m.pk}.example.org", valid_from=JOINED
            )
            for p, m in zip(people, members, strict=True)
        ]
    )
    RoleAssignment.objects.bulk_create(
        [
            RoleAssignment(organisation=m, contact=p, role_type=voting, valid_from=JOINED)
            for p, m in zip(people, members, strict=True)
        ]
    )
    return members


def draft(slug: str = "board-2027", **fields: Any) -> Election:
    """Two seats, choose up to two, and a motion with yes and no."""
    times = {"opens_at": OPENS, "closes_at": CLOSES, "record_date": RECORD}
    election = Election.objects.create(
        slug=slug,
        title="Board election 2027",
        title_de="Vorstandswahl 2027",
        body=Body.objects.filter(code="board").first(),
        **(times | fields),
    )
    add_contest(election, "board", "Board", "plurality-at-large", ("Ash", "Birch", "Cedar"), 2)
    add_contest(election, "fees", "Fees of 2028", "motion", ("Yes", "No", "Abstain"))
    return election


def add_contest(
    election: Election,
    code: str,
    title: str,
    rule: str,
    names: tuple[str, ...],
    seats: int = 1,
    **fields: Any,
) -> Contest:
    contest = Contest.objects.create(
        election=election,
        position=election.contests.count() + 1,
        code=code,
        title=title,
        rule=rule,
        seats=seats,
        **fields,
    )
    for place, name in enumerate(names, 1):
        Option.objects.create(contest=contest, position=place, code=name.lower(), name=name)
    return contest


def fix(election: Election) -> Election:
    """Read back by two people."""
    identity = document_id(definition.build_definition(election))
    for name in ("reader-one", "reader-two"):
        reader = User.objects.filter(email__startswith=name).first() or user(name)
        definition.read_back(election=election, definition_id=identity, actor=Actor.user(reader))
    return election


def ceremony(election: Election, folder: Path) -> Path:
    """Key ceremony, rehearsal and opening with the real tool; the secret never meets the server."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "definition.json").write_bytes(canonical_bytes(election.definition))
    call("keygen", "--definition", folder / "definition.json", "--out", folder)
    call("split", "--key", folder / "secret.key", "--out", folder)
    keys.hand_in_keys(
        election=election, keys=json.loads((folder / "keys.json").read_bytes()), actor=SYSTEM
    )
    (folder / "rehearsal-box.json").write_bytes(keys.rehearsal_box(election))
    call("rehearse", *held(folder, "rehearsal-box.json", (1, 2)), "--out", folder)
    proof = json.loads((folder / "rehearsal.json").read_bytes())
    keys.hand_in_rehearsal(election=election, proof=proof, actor=SYSTEM)
    return folder


def call(command: str, *arguments: object) -> None:
    assert teller([command, *map(str, arguments)]) == 0


def held(folder: Path, box: str, shares: tuple[int, ...]) -> list[object]:
    return [
        "--definition", folder / "definition.json", "--keys", folder / "keys.json",
        "--box", folder / box, "--share", *(folder / f"share-{n}.txt" for n in shares),
    ]  # fmt: skip


def opened(folder: Path, slug: str = "board-2027", **fields: Any) -> Election:
    """An election that is open, with tellers and a frozen roll."""
    return open_drafted(draft(slug, **fields), folder)


def open_drafted(election: Election, folder: Path) -> Election:
    """Fixes a draft, freezes its roll, makes keys and opens it."""
    fix(election)
    roll.freeze_roll(election=election, on=max(TODAY, election.record_date), actor=SYSTEM)
    ceremony(election, folder)
    moment = election.opens_at + timedelta(minutes=1)
    keys.open_election(election=election, now=moment, actor=SYSTEM)
    return election


def now_open() -> dict[str, Any]:
    """Times around this very moment, for tests that go through the web."""
    now = dates.now()
    return {
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(days=1),
        "record_date": dates.today() - timedelta(days=10),
    }


def envelope_for(election: Election, box: str, choices: dict[str, list[str]]) -> bytes:
    """What a voter's browser makes."""
    ballot = build_ballot(election.definition_id, box, choices, secrets.token_hex(16))
    return seal(encode(ballot, election.definition["ballot_bytes"]), election.public_key)


def vote(election: Election, entry: RollEntry, choices: dict[str, list[str]]) -> casting.Receipt:
    return casting.cast_envelope(
        election=election,
        token=voting_token(election, entry),
        box=entry.box,
        ciphertext=envelope_for(election, entry.box, choices),
        now=DURING,
    )


def count_it(election: Election, folder: Path, *, seed: str = "") -> Election:
    """Close, seal, open with shares 1 and 3 (2 is lost), take in, count."""
    closing.close_election(election=election, now=AFTER, actor=SYSTEM)
    return open_and_count(election, folder, seed=seed)


def open_and_count(election: Election, folder: Path, *, seed: str = "") -> Election:
    closing.seal_box(election=election, actor=SYSTEM)
    from backoffice.core.services.documents import read_bytes

    boxes = []
    for box in election.boxes:
        path = folder / f"box-{box}.json"
        path.write_bytes(read_bytes(election.files.get(name=path.name).document))
        boxes.append(path)
    out = folder / "outcome"
    call(
        "open", "--definition", folder / "definition.json", "--keys", folder / "keys.json",
        "--box", *boxes, "--share", folder / "share-1.txt", folder / "share-3.txt",
        "--out", out, *(("--seed", seed) if seed else ()),
    )  # fmt: skip
    files = {p.name: p.read_bytes() for p in out.glob("*.json") if p.name != "report.json"}
    return counting.take_in_ballots(election=election, files=files, seed=seed, actor=SYSTEM)


def certify(election: Election, on: date = date(2027, 4, 9)) -> Election:
    """Two named tellers sign."""
    for name in ("teller-one", "teller-two"):
        person = User.objects.filter(email__startswith=name).first() or user(name)
        Teller.objects.get_or_create(election=election, user=person)
        certification.certify(election=election, on=on, actor=Actor.user(person))
    return election


def as_json(envelope: bytes) -> str:
    return base64.b64encode(envelope).decode()
