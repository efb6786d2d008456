"""Makes `.venv` with one of the hashed locks: `setup_environment.py run|test`.

A stamp per lock is written last, so an interrupted set-up is simply repeated. The development lock
contains the run-time lock, hence one environment serves both.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import debian
from sentences import CANNOT_CREATE, refuse, say

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements.txt", "test": ROOT / "requirements-dev.txt"}


def stamp(kind: str) -> Path:
    """The file that says: this lock, byte for byte, is installed."""
    digest = hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()[:12]
    return VENV / f".stamp-{kind}-{digest}"


def environment_works(with_pip: bool) -> bool:
    """Whether `.venv` starts, is new enough and, where pip is to be used, has it."""
    if not PYTHON.exists():
        return False
    probe = "import sys; assert sys.version_info >= (3, 11)"
    if with_pip:
        probe += "; import pip._internal.cli.main"
    return subprocess.run([PYTHON, "-c", probe], capture_output=True).returncode == 0


def make_environment(uv: str | None) -> None:
    """A fresh `.venv`; on failure nothing of it is left."""
    if VENV.exists() or VENV.is_symlink():
        say("The environment in .venv is incomplete; making it anew.")
        shutil.rmtree(VENV)
    if uv is None and debian.supply((debian.VENV,)):
        line = debian.install_line([debian.VENV])
        refuse(f"Python's venv module is missing; install it with: {line}")
    command = (
        [uv, "venv", "-q", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    )
    try:
        done = subprocess.run([*command, str(VENV)], capture_output=True, text=True)
    except BaseException:
        shutil.rmtree(VENV, ignore_errors=True)
        raise
    if done.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        words = (done.stderr or done.stdout).strip().splitlines()
        refuse(
            f"The environment .venv cannot be made: {words[-1] if words else 'no message'}",
            CANNOT_CREATE,
        )


def install(kind: str, uv: str | None) -> None:
    """Installs the lock, hashes checked."""
    lock = LOCKS[kind].name
    say(f"Installing the packages of {lock} into .venv (once; some minutes on a slow line) ...")
    if uv:
        command = [
            uv,
            "pip",
            "install",
            "-q",
            "--python",
            str(PYTHON),
            "--require-hashes",
            "-r",
            lock,
        ]
    else:
        command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        command += ["--no-input", "--require-hashes", "-r", lock]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
    if done.returncode != 0:
        refuse(
            f"The packages of {lock} could not be installed; the lines above say why. "
            "Nothing is lost: run the command again."
        )


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in LOCKS:
        refuse(f"set-up {kind!r} is unknown; use one of {sorted(LOCKS)}.", 64)
    if sys.version_info < (3, 11):  # noqa: UP036 (this very script meets old versions)
        refuse(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}.")
    needs = debian.FOR_RUN if kind == "run" else debian.FOR_TEST
    missing = debian.supply(needs)
    # Pango gets its own refusal where it is needed: here it is a note, so that tests can start.
    debian.note_missing(missing)
    if stamp(kind).exists() or (kind == "run" and stamp("test").exists()):
        return
    uv = shutil.which("uv")
    if not environment_works(with_pip=uv is None):
        make_environment(uv)
    install(kind, uv)
    for old in VENV.glob(f".stamp-{kind}-*"):
        old.unlink()
    stamp(kind).touch()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        refuse("interrupted; run the command again to go on.", 130)
