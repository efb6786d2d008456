"""What every test stands on: loopback only, and the reference data when they are there."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

NO_DATA = "ROLLCALL_DATA names no folder of reference data"


def _data_folder() -> Path | None:
    name = os.environ.get("ROLLCALL_DATA", "")
    return Path(name) if name and Path(name).is_dir() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _data_folder() is None:
        for item in items:
            if item.get_closest_marker("data"):
                item.add_marker(pytest.mark.skip(reason=NO_DATA))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_DATA in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_sep("!", f"{count} tests NOT RUN: {NO_DATA}", red=True)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of reference data; only for tests marked ``data``."""
    folder = _data_folder()
    if folder is None:
        pytest.skip(NO_DATA)
    return folder


def _is_loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Any connection that would leave this machine fails the test that tried it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            original = getattr(socket.socket, name)

            def guarded(self: socket.socket, address: object, _original=original) -> object:
                if not _is_loopback(address):
                    pytest.fail(f"a test tried to reach {address!r}; only loopback is allowed")
                return _original(self, address)

            patch.setattr(socket.socket, name, guarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def _flush_past_append_only_triggers() -> Iterator[None]:
    """Emptying SQLite after a transactional test is the one DELETE that the triggers must allow.

    PostgreSQL needs nothing: TRUNCATE fires no row triggers.
    """
    # The base module first: the operations alone import it in a circle.
    from django.db.backends.sqlite3.base import DatabaseWrapper

    DatabaseOperations = DatabaseWrapper.ops_class

    original = DatabaseOperations.execute_sql_flush

    def flush(self, statements: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            try:
                original(self, statements)
            finally:
                for _name, sql in triggers:
                    cursor.execute(sql)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield


@pytest.fixture(autouse=True)
def _no_language_left_behind() -> Iterator[None]:
    """A page served in German leaves the thread in German; the next test starts as at the start."""
    yield
    translation.deactivate()
