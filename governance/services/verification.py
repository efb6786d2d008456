"""Checks an election again from its own records: definition, roll, board, box, count, log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from backoffice.core.errors import RollcallError
from backoffice.core.services import audit
from backoffice.core.services.documents import read_bytes
from governance.models import BoardEntry, BoardHead, Election, Envelope, RollEntry
from governance.queries import contests_of
from governance.sealing.board import head_of
from governance.sealing.box import Opened, read_ballots, read_box
from governance.sealing.canonical import document_id, sha256_hex
from governance.sealing.errors import SealingError
from governance.sealing.roll import leaf_hash, roll_root
from governance.services.counting import make_report, second_opinion
from governance.services.roll import public_entry


@dataclass(frozen=True)
class Check:
    """One finding; `detail` holds counts and hashes, no names."""

    name: str
    ok: bool
    detail: str


def verify_election(election: Election) -> list[Check]:
    """All checks that fit the state of the election; never raises for a fault."""
    return list(_checks(election))


def _checks(election: Election) -> Iterator[Check]:
    if not election.definition:
        yield Check("definition", True, "a draft: nothing is fixed yet")
        return
    found = document_id(election.definition)
    yield Check("definition", found == election.definition_id, found)
    yield _paper(election)
    if election.roll_root:
        yield _roll(election)
    yield from _board(election)
    for name, check in (("files", _files), ("box", _box), ("count", _count)):
        yield from _guarded(name, check, election)
    faults = list(audit.verify_stream(election.stream))
    yield Check("log", not faults, f"{len(faults)} faults")


def _guarded(
    name: str, check: Callable[[Election], Iterator[Check]], election: Election
) -> Iterator[Check]:
    try:
        yield from check(election)
    except (RollcallError, SealingError) as error:
        yield Check(name, False, str(error))


def _paper(election: Election) -> Check:
    """Statements and pictures beside the names are those of the definition."""
    rows = {contest.code: contest for contest in contests_of(election)}
    wrong = 0
    for contest in (election.definition or {})["contests"]:
        known = {option.code: option for option in rows[contest["id"]].options.all()}
        for option in contest["options"]:
            shown = known[option["id"]]
            statement = sha256_hex(shown.statement.encode()) if shown.statement else None
            photo = shown.photo.sha256 if shown.photo else None
            wrong += (option.get("statement"), option.get("photo")) != (statement, photo)
    return Check("paper", not wrong, f"{wrong} statements or pictures differ")


def _roll(election: Election) -> Check:
    entries = list(RollEntry.objects.filter(election=election))
    wrong = sum(leaf_hash(public_entry(entry), entry.salt) != entry.leaf for entry in entries)
    root = roll_root([entry.leaf for entry in entries])
    ok = not wrong and root == election.roll_root
    return Check("roll", ok, f"{len(entries)} entries, {wrong} changed, root {root}")


def _board(election: Election) -> Iterator[Check]:
    head = BoardHead.objects.filter(election=election).first()
    rows = BoardEntry.objects.filter(election=election).order_by("sequence")
    envelopes = list(rows.values_list("envelope", flat=True))
    found = head_of(election.definition_id, envelopes)
    ok = head is not None and (head.head, head.sequence) == (found, len(envelopes))
    yield Check("board", ok, f"{len(envelopes)} receipts, head {found}")
    stored = Envelope.objects.filter(election=election).values_list("hash", "ciphertext")
    wrong = sum(sha256_hex(bytes(text)) != name for name, text in stored)
    strange = {name for name, _text in stored} - set(envelopes)
    yield Check("envelopes", not wrong and not strange, f"{len(stored)} in the box")


def _files(election: Election) -> Iterator[Check]:
    for file in election.files.select_related("document").order_by("name"):
        digest = sha256_hex(read_bytes(file.document))
        yield Check(f"file {file.name}", digest == file.sha256, digest)


def _box(election: Election) -> Iterator[Check]:
    known = set(BoardEntry.objects.filter(election=election).values_list("envelope", flat=True))
    for file in election.files.filter(name__startswith="box-").select_related("document"):
        name, envelopes = read_box(read_bytes(file.document), election.definition_id)
        strange = {sha256_hex(one) for one in envelopes} - known
        yield Check(f"box {name}", not strange, f"{len(envelopes)} envelopes, all on the board")


def _count(election: Election) -> Iterator[Check]:
    if not election.report:
        return
    opened: dict[str, Opened] = {}
    for box in election.boxes:
        file = election.files.select_related("document").get(name=f"ballots-{box}.json")
        opened[box] = read_ballots(read_bytes(file.document), election.definition or {})
    again = make_report(election, opened, election.lot_seed)
    same = again["contests"] == election.report["contests"]
    papers = sum(len(one.choices) for one in opened.values())
    yield Check("count", same, f"{papers} papers counted again")
    verdict = second_opinion(election, opened, election.report)
    yield Check("second program", verdict in ("equal", "not_covered"), verdict)
