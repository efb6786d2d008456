"""The command without Django: JSON contract, exit codes, messages."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

import governance.counting
from governance.counting.cli import main

GOOD = '3 2\n3 1 2 0\n2 1 3 0\n2 2 0\n2 3 2 0\n0\n"Ash"\n"Birch"\n"Cedar"\n"Board"\n'


@pytest.fixture
def board(tmp_path: Path) -> str:
    path = tmp_path / "board.blt"
    path.write_text(GOOD)
    return str(path)


def test_the_json_has_the_agreed_keys_and_no_others(board: str, capsys) -> None:
    assert main([board, "--rule", "scottish-stv", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"rule", "seats", "quota", "winners", "stages", "ties", "seconds"}
    assert report["winners"] == ["Ash", "Birch"]
    assert report["stages"][1] == {
        "totals": {"Ash": "4", "Birch": "2.6", "Cedar": "2.4"},
        "action": "transfer surplus of Ash",
        "non_transferable": "0",
    }


def test_each_family_of_rules_answers_with_its_own_keys(tmp_path: Path, capsys) -> None:
    ranks = tmp_path / "ranks.csv"
    ranks.write_text("count,Change,Keep,Further\n6,1,2,3\n4,3,1,2\n")
    call = [str(ranks), "--rule", "debian", "--default-option", "3", "--ratio", "1=3", "--json"]
    assert main([*call, "--quorum", "2.5"]) == 0
    debian = json.loads(capsys.readouterr().out)
    assert debian["winners"] == ["Keep"]
    assert debian["pairwise"] == [[0, 6, 6], [4, 0, 10], [4, 0, 0]]
    assert debian["passed"] is True
    assert main([str(ranks), "--rule", "schulze", "--json", "--seats", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["ranking"] == ["Change", "Keep", "Further"]


def test_plain_text_shows_stages_and_winners(board: str, capsys) -> None:
    assert main([board, "--rule", "scottish-stv"]) == 0
    text = capsys.readouterr().out
    assert "Stage 2: transfer surplus of Ash" in text
    assert text.endswith("Winners: Ash, Birch\n")


def test_a_tie_without_a_seed_is_said_on_stderr(tmp_path: Path, capsys) -> None:
    path = tmp_path / "tie.blt"
    path.write_text('2 1\n1 1 0\n1 2 0\n0\n"A"\n"B"\n"T"\n')
    assert main([str(path), "--rule", "plurality-at-large", "--json"]) == 0
    shown = capsys.readouterr()
    assert "no --seed" in shown.err
    assert json.loads(shown.out)["ties"][0]["method"] == "listed order"
    assert main([str(path), "--rule", "plurality-at-large", "--seed", "4f2a", "--json"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "extra, words",
    [
        (["--rule", "borda"], "no rule 'borda'"),
        (["--rule", "irv", "--param", "speed=9"], "unknown --param speed"),
        (["--rule", "irv", "--param", "speed"], "NAME=VALUE"),
        (["--rule", "debian", "--default-option", "9"], "numbered from 1"),
        (["--rule", "scottish-stv", "--seats", "0"], "at least 1"),
        (["--rule", "scottish-stv", "--seed", "xyz"], "hexadecimal"),
        (["--rule", "motion", "--ratio", "1=much"], "not a number"),
        (["--rule", "approval", "--param", "cap=1"], "needs both"),
        (["--rule", "irv", "--param", "repeats=maybe"], "one of"),
    ],
)
def test_refusals_go_to_stderr_with_a_code(board: str, extra: list[str], words: str, capsys):
    assert main([board, *extra]) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


def test_a_cap_can_be_given_on_the_command_line(board: str, capsys) -> None:
    call = [board, "--rule", "approval", "--param", "cap=1", "--param", "group=1,2", "--json"]
    assert main(call) == 0
    assert json.loads(capsys.readouterr().out)["winners"] == ["Birch", "Cedar"]


def test_the_package_imports_only_the_standard_library() -> None:
    folder = Path(governance.counting.__file__).parent
    for module in folder.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert all(name.split(".")[0] in sys.stdlib_module_names for name in names), module
