"""Documents may be stored inside the transaction each test runs in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _documents_in_test_transactions(settings, tmp_path) -> Iterator[None]:
    storages = {**settings.STORAGES}
    storages["default"] = {
        **storages["default"],
        "OPTIONS": {**storages["default"]["OPTIONS"], "location": str(tmp_path / "documents")},
    }
    settings.STORAGES = storages
    connection.rollcall_test_atomic = True
    yield
    del connection.rollcall_test_atomic
