"""docs/architecture.md lists the commands, registries and jobs that exist, no more and no less."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from backoffice.core.services.jobs import JOBS
from backoffice.core.services.schedule import SCHEDULES
from tests.architecture.source import ROOT, TOPS, source_files, tree

PAGE = ROOT / "docs" / "architecture.md"


def listed(heading: str) -> set[str]:
    """The code names that start a row or an item below a heading of the page."""
    text = PAGE.read_text(encoding="utf-8")
    match = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if match is None:
        pytest.fail(f"docs/architecture.md has no section '{heading}'")
    return set(re.findall(r"^(?:\| |- )`([^`]+)`", match[1], re.MULTILINE))


def command_files() -> set[str]:
    """Every management command of the project."""
    return {
        path.stem
        for top in TOPS
        for path in Path(ROOT / top).rglob("management/commands/*.py")
        if not path.stem.startswith("_")
    }


def registry_titles() -> set[str]:
    """The title of every ``Registry("…")`` in the code."""
    return {
        node.args[0].value
        for path in source_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Registry"
        and isinstance(node.args[0], ast.Constant)
    }


def listed_registries() -> set[str]:
    """First column of the table of registries; a cell may name several."""
    match = re.search(r"^## Registries\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    assert match is not None
    cells = re.findall(r"^\| ([^|]+) \|", match[1], re.M)[1:]
    return {title.strip() for cell in cells if "---" not in cell for title in cell.split(", ")}


def test_commands() -> None:
    assert {name.split()[0] for name in listed("Commands")} == command_files()


def test_registries() -> None:
    assert listed_registries() == registry_titles()


def test_jobs() -> None:
    assert listed("Jobs") == set(JOBS.names())


def test_scheduled_jobs() -> None:
    assert listed("Schedule") == set(SCHEDULES.names())
