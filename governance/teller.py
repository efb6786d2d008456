#!/usr/bin/env python3
"""The tellers' tool: runs on a machine without network and without the database.

    teller keygen  --definition FILE --out FOLDER
    teller split   --key FILE --threshold K --shares N --out FOLDER
    teller rehearse --definition FILE --keys FILE --box FILE --share FILE... --out FOLDER
    teller open    --definition FILE --keys FILE --box FILE... --share FILE... --out FOLDER
    teller verify  --folder FOLDER

A share file holds the words of one share. Secrets are never printed; `split` wipes the key file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    # In place of this folder, where secrets.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from governance.counting import CountingError  # noqa: E402
from governance.sealing.board import head_of  # noqa: E402
from governance.sealing.box import Opened, open_box, read_ballots, read_box  # noqa: E402
from governance.sealing.canonical import canonical_bytes, document_id, sha256_hex  # noqa: E402
from governance.sealing.definition import check_definition  # noqa: E402
from governance.sealing.errors import SealingError  # noqa: E402
from governance.sealing.keys import join_key, new_key, public_key_of, split_key  # noqa: E402
from governance.sealing.tally import build_report  # noqa: E402

KEYS = "rollcall-keys/1"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise SealingError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise SealingError(f"{path} is not a JSON document") from error


def _definition(path: Path) -> dict[str, Any]:
    definition = _read_json(path)
    check_definition(definition)
    return definition


def _write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that must not exist yet; nothing is ever overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise SealingError(f"{path} is there already; nothing was overwritten") from None
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def keygen(arguments: argparse.Namespace) -> str:
    """Make the key pair of one election: secret.key for `split`, nothing else may read it."""
    definition = _definition(arguments.definition)
    secret, public = new_key()
    out = _folder(arguments.out)
    document = {"election": document_id(definition), "secret": secret.hex()}
    _write_new(out / "secret.key", canonical_bytes(document), 0o600)
    return f"Election {document_id(definition)}\nPublic key {public}\nNow split {out}/secret.key."


def split(arguments: argparse.Namespace) -> str:
    """Split the key into shares, write keys.json for the server and wipe the key file."""
    held = _read_json(arguments.key)
    secret = bytes.fromhex(held["secret"])
    words = split_key(secret, arguments.threshold, arguments.shares)
    public = public_key_of(secret)
    if join_key(words[-arguments.threshold :], public) != secret:
        raise SealingError("the shares do not give the key back; nothing was written")
    out = _folder(arguments.out)
    keys = {
        "format": KEYS,
        "election": held["election"],
        "public_key": public,
        "threshold": arguments.threshold,
        "shares": arguments.shares,
    }
    for number, share in enumerate(words, 1):
        _write_new(out / f"share-{number}.txt", f"{share}\n".encode(), 0o600)
    _write_new(out / "keys.json", canonical_bytes(keys))
    _wipe(arguments.key)
    return (
        f"{arguments.shares} shares, any {arguments.threshold} of them open the box. "
        "Hand one to each teller and keys.json to the administrator; the key file is wiped."
    )


def _wipe(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as handle:
        handle.write(os.urandom(size))
        handle.flush()
        os.fsync(handle.fileno())
    path.unlink()


def _secret(arguments: argparse.Namespace, definition: dict[str, Any]) -> bytes:
    keys = _read_json(arguments.keys)
    if keys.get("format") != KEYS or keys.get("election") != document_id(definition):
        raise SealingError("keys.json belongs to another election than the definition")
    shares = [path.read_text(encoding="utf-8") for path in arguments.share]
    return join_key(shares, keys["public_key"])


def rehearse(arguments: argparse.Namespace) -> str:
    """Open the box of test ballots and write the proof that the administrator hands in."""
    definition = _definition(arguments.definition)
    opened = open_box(arguments.box[0].read_bytes(), definition, _secret(arguments, definition))
    if opened.set_aside:
        raise SealingError(f"test ballots could not be opened: {', '.join(opened.set_aside)}")
    proof = {
        "format": "rollcall-rehearsal/1",
        "election": opened.election_id,
        "box_sha256": sha256_hex(arguments.box[0].read_bytes()),
        "ballots_sha256": sha256_hex(opened.ballots_file()),
        "ballots": len(opened.choices),
    }
    _write_new(_folder(arguments.out) / "rehearsal.json", canonical_bytes(proof))
    return f"{len(opened.choices)} test ballots opened. Hand in {arguments.out}/rehearsal.json."


def open_boxes(arguments: argparse.Namespace) -> str:
    """Open all boxes, count, and write ballots, codes, report and hashes."""
    definition = _definition(arguments.definition)
    secret = _secret(arguments, definition)
    opened = [open_box(path.read_bytes(), definition, secret) for path in arguments.box]
    if sorted(one.box for one in opened) != sorted(definition["boxes"]):
        raise SealingError(f"the election has the boxes {', '.join(definition['boxes'])}")
    out = _folder(arguments.out)
    files = outcome_files(definition, opened, arguments.seed)
    for name, content in files.items():
        _write_new(out / name, content)
    lines = [f"{sha256_hex(content)}  {name}" for name, content in sorted(files.items())]
    _write_new(out / "SHA256SUMS", ("\n".join(lines) + "\n").encode())
    invalid = sum(len(hashes) for one in opened for hashes in one.set_aside.values())
    total = sum(len(one.choices) for one in opened)
    return "\n".join([f"{total} ballots opened, {invalid} set aside.", *lines])


def outcome_files(
    definition: dict[str, Any], opened: list[Opened], seed: str | None
) -> dict[str, bytes]:
    """Name and bytes of every file that opening gives; equal input gives equal bytes."""
    files = {f"ballots-{one.box}.json": one.ballots_file() for one in opened}
    if definition["codes"]:
        files |= {f"codes-{one.box}.json": one.codes_file() for one in opened}
    report = build_report(definition, {one.box: one.choices for one in opened}, seed=seed)  # type: ignore[misc]
    files["definition.json"] = canonical_bytes(definition)
    files["report.json"] = canonical_bytes(report)
    return files


def verify(arguments: argparse.Namespace) -> str:
    """Check a published folder: election id, hashes, board, box, and the report counted again."""
    folder: Path = arguments.folder
    definition = _definition(folder / "definition.json")
    election_id = document_id(definition)
    checks = [f"definition: election {election_id}"]
    published = _read_json(folder / "report.json")
    ballots: dict[str, Opened] = {}
    for box in definition["boxes"]:
        content = (folder / f"ballots-{box}.json").read_bytes()
        ballots[box] = read_ballots(content, definition)
        checks.append(f"ballots-{box}.json: {len(ballots[box].choices)} papers")
    if (folder / "board.json").is_file():
        checks.append(_verify_board(folder, definition, ballots))
    again = build_report(
        definition,
        {box: one.choices for box, one in ballots.items()},  # type: ignore[misc]
        seed=published.get("seed"),
        entitled=published.get("entitled"),
    )
    for mine, theirs in zip(again["contests"], published["contests"], strict=True):
        if mine != theirs:
            raise SealingError(f"contest {mine['id']}: counting again gives another report")
    checks.append(f"report.json: {len(again['contests'])} contests counted again, all equal")
    return "\n".join(checks)


def _verify_board(folder: Path, definition: dict[str, Any], ballots: dict[str, Opened]) -> str:
    board = _read_json(folder / "board.json")
    election_id = document_id(definition)
    if head_of(election_id, board["envelopes"]) != board["head"]:
        raise SealingError("the chain of the board is broken")
    known = set(board["envelopes"])
    total = 0
    for box in definition["boxes"]:
        name, envelopes = read_box((folder / f"box-{box}.json").read_bytes(), election_id)
        hashes = {sha256_hex(one) for one in envelopes}
        if hashes - known:
            raise SealingError(f"box {name} holds an envelope that is not on the board")
        opened = ballots[box]
        papers = len(opened.choices) + sum(len(h) for h in opened.set_aside.values())
        if papers != len(envelopes):
            raise SealingError(f"box {name} holds {len(envelopes)} envelopes, not {papers}")
        total += len(envelopes)
    return f"board: {len(known)} receipts, {total} of them in the box, the others replaced"


def parser() -> argparse.ArgumentParser:
    """The arguments of the tool."""
    root = argparse.ArgumentParser(prog="teller", description=__doc__.split("\n")[0])
    commands = root.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, *options: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=run.__doc__)
        sub.set_defaults(run=run)
        for option in options:
            many = option in ("box", "share")
            sub.add_argument(
                f"--{option}", type=Path, required=True, **({"nargs": "+"} if many else {})
            )
        return sub

    command("keygen", keygen, "definition", "out")
    sub = command("split", split, "key", "out")
    sub.add_argument("--threshold", type=int, default=2)
    sub.add_argument("--shares", type=int, default=3)
    command("rehearse", rehearse, "definition", "keys", "box", "share", "out")
    sub = command("open", open_boxes, "definition", "keys", "box", "share", "out")
    sub.add_argument("--seed", help="public seed for lots, hexadecimal")
    command("verify", verify, "folder")
    return root


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with a sentence on stderr when refused."""
    arguments = parser().parse_args(argv)
    try:
        sys.stdout.write(arguments.run(arguments) + "\n")
    except (SealingError, CountingError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (OSError, KeyError, ValueError) as error:
        sys.stderr.write(f"A file could not be used: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
