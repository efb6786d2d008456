"""The checklist of an election names tests that exist; a test election says that it is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from tests.governance import world

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "election-checklist.md"


def test_every_point_names_tests_that_exist() -> None:
    written = set()
    for folder in ("governance", "browser", "scenarios"):
        for path in (ROOT / "tests" / folder).rglob("test_*.py"):
            written |= set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.M))
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", PAGE.read_text("utf-8"), re.M)
    assert [int(number) for number, _tests in rows] == list(range(1, 36))
    named = {name for _number, tests in rows for name in re.findall(r"`(test_\w+)`", tests)}
    assert named <= written, named - written
    without = [number for number, tests in rows if "`test_" not in tests]
    assert without == ["29"], "only the procedure for an excluded candidate has no code"


@pytest.mark.django_db
def test_a_test_election_says_so_on_every_page(tmp_path: Path, client: Client) -> None:
    cache.clear()
    world.make_members(6)
    found = world.opened(tmp_path, kind="test", **world.now_open())
    for name in ("", "about/"):
        page = client.get(f"/vote/{found.slug}/{name}").content.decode()
        assert "Test election: nothing is decided here." in page
    assert found.definition["kind"] == "test"
