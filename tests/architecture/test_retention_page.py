"""docs/retention.md says what the map of personal data and the retention rules say."""

from __future__ import annotations

import importlib.util

from tests.architecture.source import ROOT


def test_the_page_is_the_map() -> None:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "retention_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text("utf-8") == module.page(), (
        "run `make lists` (scripts/retention_page.py)"
    )
