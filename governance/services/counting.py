"""From clear ballots to a certified result, recounted by a second engine."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.services.documents import read_bytes, store_new
from backoffice.core.transitions import transition
from governance.counting import CountingError
from governance.counting.lots import seed_bytes
from governance.enums import ELECTION_TRANSITIONS, ElectionState, ProposalState
from governance.models import Election, ElectionFile
from governance.queries import entitled_by_box, turnout
from governance.sealing.box import Opened, read_ballots, read_box
from governance.sealing.canonical import canonical_bytes, sha256_hex
from governance.sealing.errors import SealingError
from governance.sealing.tally import build_report


def take_in_ballots(
    *, election: Election, files: dict[str, bytes], seed: str, actor: Actor
) -> Election:
    """Takes in the tellers' clear ballots, counts them and has a second program count them again.

    ``files`` maps ``ballots-<box>.json`` (and ``codes-<box>.json``) to bytes; ``seed`` is the
    public seed for lots in hexadecimal, needed only where a lot decides.

    Raises: BadInput for files that do not belong here; RuleBroken when papers and envelopes do not
        match, a lot is needed and no seed was given, or the second program elects somebody else.
    """
    if election.state != ElectionState.BOXED:
        raise InvalidTransition("Clear ballots are taken in once, after the box is sealed.")
    if seed:
        _check_seed(seed)
    opened = {box: _read(election, files, box) for box in election.boxes}
    report = make_report(election, opened, seed)
    verdict = second_opinion(election, opened, report)
    published = _published(election, opened, files, report)
    documents = {
        name: store_new(
            content,
            kind="governance.result",
            subject=f"governance.election:{election.pk}",
            file_name=f"{election.slug}-{name}",
            media_type="application/json",
        )
        for name, (content, _public) in published.items()
    }
    with transaction.atomic():
        transition(
            election,
            to=ElectionState.COUNTED,
            table=ELECTION_TRANSITIONS,
            actor=actor,
            also={"report": report, "lot_seed": seed, "second_engine": verdict},
        )
        for name, document in documents.items():
            ElectionFile.objects.create(
                election=election,
                name=name,
                document=document,
                sha256=document.sha256,
                public=published[name][1],
            )
        audit.record(
            election.stream,
            "counted",
            actor=actor,
            subject=election,
            facts={
                "second_engine": verdict,
                "papers": sum(len(one.choices) for one in opened.values()),
                **{name: document.sha256 for name, document in documents.items()},
            },
        )
    return election


def _check_seed(seed: str) -> None:
    try:
        seed_bytes(seed)
    except CountingError as error:
        raise BadInput(str(error), where="seed") from error


def _read(election: Election, files: dict[str, bytes], box: str) -> Opened:
    name = f"ballots-{box}.json"
    if name not in files:
        raise BadInput(f"{name} is missing.", where=name)
    try:
        opened = read_ballots(files[name], election.definition or {})
    except SealingError as error:
        raise BadInput(str(error), where=name) from error
    if opened.box != box:
        raise BadInput("The file holds the ballots of another box.", where=name)
    sealed = election.files.get(name=f"box-{box}.json")
    _name, envelopes = read_box(read_bytes(sealed.document), election.definition_id)
    hashes = {sha256_hex(one) for one in envelopes}
    aside = [one for group in opened.set_aside.values() for one in group]
    if len(opened.choices) + len(aside) != len(hashes) or not set(aside) <= hashes:
        raise RuleBroken(
            f"Box “{box}” holds {len(hashes)} envelopes; the file has {len(opened.choices)} "
            f"papers and {len(aside)} set aside."
        )
    return opened


def make_report(election: Election, opened: dict[str, Opened], seed: str) -> dict[str, Any]:
    """The report as it will be published. Raises: RuleBroken when a lot needs a seed."""
    entitled = entitled_by_box(election)
    try:
        report = build_report(
            election.definition or {},
            {box: one.choices for box, one in opened.items()},  # type: ignore[misc]
            seed=seed or None,
            entitled=entitled,
        )
    except CountingError as error:
        raise BadInput(str(error), where="count") from error
    for entry in report["contests"]:
        ties = (entry["count"] or {}).get("ties", [])
        if any(tie["method"] == "listed order" for tie in ties):
            raise RuleBroken(
                f"A lot decides in “{entry['title']}”. Draw the seed in public and give it here."
            )
    figures = turnout(election)
    approved = election.corrections.filter(state=ProposalState.APPROVED)
    return report | {
        "entitled": entitled,
        "turnout": {"entitled": figures.entitled, "voted": figures.voted},
        "unreachable": figures.unreachable,
        "plain_casts": election.plain_casts,
        "set_aside": {
            box: {why: len(hashes) for why, hashes in one.set_aside.items()}
            for box, one in opened.items()
        },
        "roll_root": election.roll_root,
        "corrections": [
            {"kind": row.kind, "reason": row.reason} for row in approved.order_by("pk")
        ],
    }


def second_opinion(election: Election, opened: dict[str, Opened], report: dict[str, Any]) -> str:
    """Counts again with the stand-alone script: ``equal``, or ``not_covered`` for other rules.

    Raises: RuleBroken when the script finds another winner or total: the result is held back.
    """
    script = Path(__file__).resolve().parents[2] / "scripts" / "recount.py"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "definition.json").write_bytes(canonical_bytes(election.definition))
        (place / "report.json").write_bytes(canonical_bytes(report))
        for box, one in opened.items():
            (place / f"ballots-{box}.json").write_bytes(one.ballots_file())
        done = subprocess.run(
            [sys.executable, "-I", str(script), folder, "--json"], capture_output=True, text=True
        )
    if done.returncode == 1:
        raise RuleBroken("The second program counts another result; nothing was taken in.")
    if done.returncode != 0:
        raise RuleBroken("The second program could not count; nothing was taken in.")
    covered = json.loads(done.stdout)["contests"]
    every = all(contest["id"] in covered for contest in (election.definition or {})["contests"])
    return "equal" if every else "not_covered"


def _published(
    election: Election, opened: dict[str, Opened], files: dict[str, bytes], report: dict[str, Any]
) -> dict[str, tuple[bytes, bool]]:
    """Files to keep with their bytes, and whether they are published."""
    full = election.publication == "full"
    kept: dict[str, tuple[bytes, bool]] = {
        "definition.json": (canonical_bytes(election.definition), True),
        "report.json": (canonical_bytes(report), True),
    }
    for box, one in opened.items():
        kept[f"ballots-{box}.json"] = (one.ballots_file(), full)
        codes = files.get(f"codes-{box}.json")
        if election.codes and codes:
            kept[f"codes-{box}.json"] = (_checked_codes(codes, one), full)
    return kept


def _checked_codes(content: bytes, opened: Opened) -> bytes:
    try:
        listed = json.loads(content)["codes"]
        papers = sorted((paper for _code, paper in listed), key=canonical_bytes)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("The file of codes is damaged.", where="codes") from error
    if papers != opened.choices:
        raise BadInput("The file of codes does not belong to the clear ballots.", where="codes")
    return content
