"""docs/architecture.md lists the commands, registries and jobs that exist, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, TOPS

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


def test_commands() -> None:
    assert {name.split()[0] for name in listed("Commands")} == command_files()
