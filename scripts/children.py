"""Child processes that end with their parent: SIGTERM first, SIGKILL when they will not."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    if hasattr(_libc, "prctl"):
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command: list[str], *, cwd: Path, env: dict[str, str]) -> subprocess.Popen:
    """Starts a child that Ctrl+C at the terminal does not reach by itself: the parent ends it."""
    return subprocess.Popen(
        command, cwd=cwd, env=env, start_new_session=True, preexec_fn=_die_with_parent
    )


def end(children: list[subprocess.Popen], patience: float = 15.0) -> None:
    """Asks all children to end, waits at most ``patience`` seconds, then kills what is left."""
    for child in children:
        _signal(child, signal.SIGTERM)
    until = time.monotonic() + patience
    for child in children:
        try:
            child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.wait()


def _signal(child: subprocess.Popen, number: int) -> None:
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
