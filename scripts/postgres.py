"""A throw-away PostgreSQL cluster: own folder, spare port, never as root, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ACCOUNTS = ("postgres", "nobody")  # tried in this order when the caller is root


class ClusterError(RuntimeError):
    """The cluster could not be started; the message says why."""


def spare_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _account() -> str | None:
    """The unprivileged account to run as, or None when the caller is not root."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise ClusterError("PostgreSQL must not run as root and there is no postgres or nobody account")


def _run(account: str | None, command: list[str], folder: Path) -> None:
    prefix = ["runuser", "-u", account, "--"] if account else []
    done = subprocess.run([*prefix, *command], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise ClusterError(
            f"{Path(command[0]).name} failed: {words[-1] if words else 'no message'}"
        )


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """A running cluster for the length of the block.

    Yields: the address for DATABASE_URL. Raises: ClusterError.
    """
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="rollcall-pg-", dir="/tmp"))  # noqa: S108 short socket path
    data, port = folder / "data", spare_port()
    try:
        if account:
            shutil.chown(folder, account)
        _run(
            account,
            [
                str(binaries / "initdb"),
                "-D",
                str(data),
                "-U",
                "rollcall",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ],
            folder,
        )
        options = (
            f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off "
            "-c synchronous_commit=off -c full_page_writes=off -c max_connections=200 "
            "-c shared_buffers=128MB"
        )
        _run(
            account,
            [
                str(binaries / "pg_ctl"),
                "-D",
                str(data),
                "-w",
                "-t",
                "60",
                "-o",
                options,
                "-l",
                str(folder / "log"),
                "start",
            ],
            folder,
        )
        yield f"postgresql://rollcall@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            _run(
                account,
                [str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"],
                folder,
            )
        shutil.rmtree(folder, ignore_errors=True)
