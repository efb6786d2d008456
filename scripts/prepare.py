"""Brings the local database up to date and fills an empty one with preset and demo."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from sentences import IO_ERROR, refuse, say

SQLITE_MAGIC = b"SQLite format 3\0"


def var_dir(root: Path, env: dict[str, str]) -> Path:
    """Where this installation keeps its files."""
    return Path(env.get("ROLLCALL_VAR") or root / "var")


def database_url(root: Path, env: dict[str, str]) -> str:
    """The address of the database, as the settings work it out."""
    return env.get("DATABASE_URL") or f"sqlite:///{var_dir(root, env) / 'rollcall.sqlite3'}"


def sqlite_path(url: str, root: Path) -> Path | None:
    """The file behind a `sqlite:///` address, else None."""
    parts = urlsplit(url)
    if parts.scheme != "sqlite" or parts.path in ("", "/"):
        return None
    path = Path(parts.path[1:])
    return path if path.is_absolute() else root / path


def database_sentence(url: str, root: Path) -> str | None:
    """What is wrong with an existing SQLite file, or None.

    A missing file is fine: it is made. Nothing is written here.
    """
    path = sqlite_path(url, root)
    if path is None or not path.exists():
        return None
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        return f"the database {path} cannot be read ({(error.strerror or 'unknown').lower()})."
    if head and head != SQLITE_MAGIC:
        return f"{path} is not a SQLite database; move it away or restore a backup."
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return f"the database {path} or its folder may not be written to."
    try:
        with sqlite3.connect(path) as connection:
            connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        return f"the database {path} is damaged ({error}); restore a backup."
    return None


def prepare(root: Path, env: dict[str, str]) -> None:
    """Migrations, cache table, static files; preset and demo into an empty database.

    While the demo loads, a marker lies in the folder: an interrupted load is taken away and
    repeated the next time, so a half-filled database is never served.
    """
    var = var_dir(root, env)
    try:
        var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(
            f"the folder {var} cannot be made ({(error.strerror or 'unknown').lower()}).", IO_ERROR
        )
    marker = var / "demo-loading"
    file = sqlite_path(database_url(root, env), root)
    if marker.exists() and file is not None:
        say("The last start was interrupted while the demo data were loading; starting afresh.")
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    answer = _manage(root, env, "prepare_local", capture=True)
    if marker.exists() or answer.strip() == "empty":
        _load_demo(root, env, marker)


def _load_demo(root: Path, env: dict[str, str], marker: Path) -> None:
    say("Loading the preset and the demo data (once) ...")
    begun = time.monotonic()
    marker.touch()
    _manage(root, env, "load_preset", env.get("ROLLCALL_PRESET", "datacite"))
    _manage(root, env, "load_demo")
    marker.unlink()
    say(f"Demo data loaded in {time.monotonic() - begun:.0f} s.")


def _manage(root: Path, env: dict[str, str], *arguments: str, capture: bool = False) -> str:
    """Runs a command; on failure its last line becomes the sentence, the rest goes to var/log."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=root, env=env, capture_output=True, text=True
    )
    if done.returncode != 0:
        _refuse_command(arguments[0], done, var_dir(root, env) / "log" / f"{arguments[0]}.log")
    if not capture and done.stdout.strip():
        say(done.stdout.rstrip())
    return done.stdout


def _refuse_command(name: str, done: subprocess.CompletedProcess[str], log: Path) -> NoReturn:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    last = lines[-1].removeprefix("rollcall: ") if lines else "no message"
    code = done.returncode if done.returncode > 1 else IO_ERROR
    refuse(f"{name} failed: {last} (all of it in {log})", code)
