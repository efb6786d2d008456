"""The locks: hashed, without any address, and the development lock contains the run-time lock."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)(.*)$", re.IGNORECASE)
LOCKS = ("requirements.txt", "requirements-dev.txt")


def pins(name: str) -> set[tuple[str, str]]:
    """(package, version) pairs of a lock."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {(m[1].lower(), m[2]) for line in lines if (m := PIN.match(line))}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"(https?|file|ftp|git)[+:]|index-url|find-links", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8"))
    pinned = [entry for entry in entries if PIN.match(entry.splitlines()[0])]
    assert pinned
    assert not [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry]


def test_the_development_lock_contains_the_run_time_lock() -> None:
    assert pins("requirements.txt") <= pins("requirements-dev.txt")
    assert ("django-unfold", "0.91.0") in pins("requirements.txt")


def test_every_dependency_has_a_reason() -> None:
    named = set()
    for name in ("requirements.in", "requirements-dev.in"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            match = re.match(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", line)
            if match:
                named.add(match[1].lower())
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", page, re.MULTILINE))
    assert set(rows) == named
    assert all(len(reason) > 15 for reason in rows.values())
