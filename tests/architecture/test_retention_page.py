"""docs/retention.md says what the map of personal data and the retention rules say."""

from __future__ import annotations

import importlib.util

from backoffice.core.personal_data import MAP
from contacts.privacy.purposes import PURPOSES
from tests.architecture.source import ROOT


def test_the_page_is_the_map() -> None:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "retention_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text("utf-8") == module.page(), (
        "run `make lists` (scripts/retention_page.py)"
    )


def test_every_purpose_of_the_map_can_be_translated() -> None:
    named = {item.purpose for _label, entry in MAP for item in entry.personal.values()}
    assert named - set(PURPOSES) == set(), (
        "add it to contacts/privacy/purposes.py and its catalogue"
    )
    assert set(PURPOSES) - named == set()
