"""The tellers' tool from key to report, and the stand-alone recount of what it published."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from governance.sealing.board import head_of
from governance.sealing.box import write_box
from governance.sealing.canonical import canonical_bytes, document_id, sha256_hex
from governance.teller import main

from .elections import BOARD, MOTION, RANKED, definition, sealed

ROOT = Path(__file__).resolve().parents[3]
RUNOFF = BOARD | {"id": "chair", "title": "Chair", "rule": "majority-runoff", "seats": 1}


@pytest.fixture
def ceremony(tmp_path: Path) -> Path:
    """A folder after the key ceremony: definition.json, keys.json and three shares."""
    document = definition(BOARD, MOTION, RANKED, RUNOFF)
    (tmp_path / "definition.json").write_bytes(canonical_bytes(document))
    assert (
        main(["keygen", "--definition", f"{tmp_path}/definition.json", "--out", f"{tmp_path}"]) == 0
    )
    assert main(["split", "--key", f"{tmp_path}/secret.key", "--out", str(tmp_path)]) == 0
    return tmp_path


def fill(folder: Path, name: str, papers: int) -> list[bytes]:
    document = json.loads((folder / "definition.json").read_bytes())
    public = json.loads((folder / "keys.json").read_bytes())["public_key"]
    draw = Random(papers)
    envelopes = []
    for _ in range(papers):
        trees = draw.sample(["ash", "birch", "cedar"], 3)
        choices = {
            "board": trees[: draw.randint(0, 2)],
            "statutes": draw.choice([["yes"], ["yes"], ["no"], ["abstain"], []]),
            "council": trees[: draw.randint(0, 3)],
            "chair": trees[: draw.randint(0, 1)],
        }
        envelopes.append(sealed(document, public, choices))
    (folder / name).write_bytes(write_box(document_id(document), "all", envelopes))
    return envelopes


def call(folder: Path, command: str, box: str, shares: tuple[int, ...], *more: str) -> int:
    return main(
        [
            command,
            *("--definition", f"{folder}/definition.json", "--keys", f"{folder}/keys.json"),
            *("--box", f"{folder}/{box}", "--share", *(f"{folder}/share-{n}.txt" for n in shares)),
            *more,
        ]
    )


def test_from_key_to_recount(ceremony: Path, capsys) -> None:
    assert not (ceremony / "secret.key").exists()
    assert (ceremony / "share-1.txt").stat().st_mode & 0o077 == 0
    fill(ceremony, "test.json", 6)
    assert call(ceremony, "rehearse", "test.json", (1, 2), "--out", f"{ceremony}/proof") == 0
    proof = json.loads((ceremony / "proof/rehearsal.json").read_bytes())
    assert proof["ballots"] == 6
    envelopes = fill(ceremony, "box-all.json", 41)
    results = ceremony / "result"
    more = ("--out", str(results), "--seed", "4f2a")
    assert call(ceremony, "open", "box-all.json", (1, 3), *more) == 0, "share 2 is lost"
    second = ceremony / "second"
    assert (
        call(ceremony, "open", "box-all.json", (2, 3), "--out", str(second), "--seed", "4f2a") == 0
    )
    assert (results / "SHA256SUMS").read_bytes() == (second / "SHA256SUMS").read_bytes()

    replaced = sha256_hex(b"an earlier envelope of somebody")
    hashes = [replaced, *(sha256_hex(one) for one in envelopes)]
    definition_id = document_id(json.loads((ceremony / "definition.json").read_bytes()))
    board = {"envelopes": hashes, "head": head_of(definition_id, hashes)}
    (results / "board.json").write_bytes(canonical_bytes(board))
    (results / "box-all.json").write_bytes((ceremony / "box-all.json").read_bytes())
    capsys.readouterr()
    assert main(["verify", "--folder", str(results)]) == 0
    assert "42 receipts, 41 of them in the box" in capsys.readouterr().out
    assert recount(results).returncode == 0


def recount(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(ROOT / "scripts/recount.py"), str(folder)],
        capture_output=True,
        text=True,
    )


def test_a_changed_report_or_ballot_is_found_by_both(ceremony: Path, capsys) -> None:
    fill(ceremony, "box-all.json", 20)
    results = ceremony / "result"
    assert call(ceremony, "open", "box-all.json", (1, 2), "--out", str(results)) == 0
    path = results / "ballots-all.json"
    document = json.loads(path.read_bytes())
    for paper in document["ballots"][:9]:
        paper["statutes"] = ["no"]
    document["ballots"].sort(key=canonical_bytes)
    path.write_bytes(canonical_bytes(document))
    assert main(["verify", "--folder", str(results)]) == 2
    assert "counting again gives another report" in capsys.readouterr().err
    outcome = recount(results)
    assert outcome.returncode == 1
    assert "statutes: totals of the stages differ" in outcome.stdout


def test_too_few_or_wrong_shares_open_nothing(ceremony: Path, tmp_path: Path, capsys) -> None:
    fill(ceremony, "box-all.json", 3)
    out = ceremony / "result"
    assert call(ceremony, "open", "box-all.json", (1,), "--out", str(out)) == 2
    (ceremony / "share-2.txt").write_text("academic " * 33)
    assert call(ceremony, "open", "box-all.json", (1, 2), "--out", str(out)) == 2
    assert not out.exists()
    assert "shares do not join" in capsys.readouterr().err


def test_nothing_is_overwritten_and_n_of_n_is_refused(ceremony: Path, capsys) -> None:
    definition_file = f"{ceremony}/definition.json"
    assert main(["keygen", "--definition", definition_file, "--out", f"{ceremony}/k"]) == 0
    assert main(["keygen", "--definition", definition_file, "--out", f"{ceremony}/k"]) == 2
    key = f"{ceremony}/k/secret.key"
    call = ["split", "--key", key, "--out", f"{ceremony}/k", "--threshold", "3", "--shares", "3"]
    assert main(call) == 2
    assert "one lost share" in capsys.readouterr().err
    assert Path(key).exists()


def test_it_runs_as_a_script_without_django(ceremony: Path) -> None:
    code = (
        "import sys; sys.argv = ['teller', 'verify', '--folder', '/nowhere'];"
        "sys.path.insert(0, '.'); import governance.teller as t; code = t.main();"
        "assert 'django' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "cannot read /nowhere/definition.json" in done.stderr
    shown = subprocess.run(
        [sys.executable, str(ROOT / "governance/teller.py"), "--help"],
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0


def test_the_recount_script_stands_alone_and_stays_short() -> None:
    source = (ROOT / "scripts/recount.py").read_text()
    assert len(source.splitlines()) < 300
    imported = {
        line.split()[1].split(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names
