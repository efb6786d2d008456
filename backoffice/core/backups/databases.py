"""Dump and load of the database the settings name, without stopping it for the dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from django.db import connections

DUMPS = {"sqlite": "database/rollcall.sqlite3", "postgresql": "database/rollcall.pgdump"}


class DatabaseToolError(Exception):
    """A dump or load failed; the message is the program's own last line."""


def vendor() -> str:
    """``sqlite`` or ``postgresql``."""
    return connections["default"].vendor


def dump(target: Path) -> None:
    """A consistent copy of the database as it is now; readers and writers go on meanwhile.

    Raises: DatabaseToolError.
    """
    if vendor() == "sqlite":
        with _sqlite() as live, sqlite3.connect(target) as copy:
            live.backup(copy, pages=2000, sleep=0.01)
        copy.close()
        live.close()
        return
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def load(source: Path) -> None:
    """Replaces the whole content of the database in one transaction.

    Raises: DatabaseToolError; then the database is as it was.
    """
    if vendor() == "sqlite":
        _load_sqlite(source)
    else:
        _load_postgresql(source)
    connections.close_all()


def _load_sqlite(source: Path) -> None:
    with sqlite3.connect(source) as copy:
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise DatabaseToolError(f"the copy of the database is damaged: {verdict}")
        connections.close_all()
        live = _sqlite()
        try:
            # All pages in one step: others see the old content or the new, nothing between.
            copy.backup(live, pages=-1)
        except sqlite3.OperationalError as error:
            raise DatabaseToolError(
                f"the database is in use ({error}); stop web server and workers"
            ) from error
        finally:
            live.close()
    copy.close()


def _load_postgresql(source: Path) -> None:
    script = source.with_suffix(".sql")
    _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source)], to=False)
    connections.close_all()
    fresh = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    limits = "SET lock_timeout = '15s';"
    command = ["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction"]
    _run([*command, f"--command={limits}", f"--command={fresh}", f"--file={script}"])


def _sqlite() -> sqlite3.Connection:
    return sqlite3.connect(connections["default"].settings_dict["NAME"], timeout=20)


def _run(command: list[str], *, to: bool = True) -> None:
    """Runs a PostgreSQL program; address and password go by environment, never by argument."""
    program = _program(command[0])
    environment = {**os.environ, **(_connection_variables() if to else {})}
    done = subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise DatabaseToolError(f"{command[0]}: {lines[0]}")


def _connection_variables() -> dict[str, str]:
    values: dict[str, Any] = connections["default"].settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGDATABASE": "NAME"}
    found = {variable: str(values[key]) for variable, key in names.items() if values.get(key)}
    if values.get("PASSWORD"):
        found["PGPASSWORD"] = str(values["PASSWORD"])
    return found


def _program(name: str) -> str:
    """The newest installed version of a PostgreSQL client program.

    Raises: DatabaseToolError when there is none.
    """
    folders = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(folders, key=lambda path: float(path.parts[4]))
    found = str(newest[-1]) if newest else shutil.which(name)
    if found is None:
        raise DatabaseToolError(
            f"{name} is missing; install it with: apt-get install postgresql-client"
        )
    return found
