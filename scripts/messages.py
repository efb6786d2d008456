"""Translations: `messages.py compile` (msgfmt over every catalogue), `messages.py collect`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import debian
from sentences import refuse, say

ROOT = Path(__file__).resolve().parents[1]
APPS = (
    "",
    "backoffice/core",
    "backoffice/delivery",
    "contacts",
    "contacts/privacy",
    "contacts/sync",
    "mailings",
    "billing",
    "governance",
)


def catalogues() -> list[Path]:
    """Every `.po` of the project."""
    folders = [ROOT / app / "locale" for app in APPS]
    folders.append(ROOT / "backoffice" / "locale")
    return sorted(po for folder in folders for po in folder.glob("*/LC_MESSAGES/*.po"))


def compile_catalogues() -> int:
    """Compiles what is newer than its `.mo`. Returns the number of files compiled.

    Without msgfmt nothing happens: the pages are then English.
    """
    if shutil.which("msgfmt") is None:
        return 0
    count = 0
    for po in catalogues():
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        fresh = mo.with_suffix(".mo.new")
        done = subprocess.run(
            ["msgfmt", "--check-format", "-o", str(fresh), str(po)], capture_output=True, text=True
        )
        if done.returncode != 0:
            fresh.unlink(missing_ok=True)
            refuse(
                f"{po.relative_to(ROOT)} cannot be compiled: {done.stderr.strip().splitlines()[0]}",
                65,
            )
        fresh.replace(mo)
        count += 1
    return count


def collect() -> None:
    """Runs makemessages for German in every app that has a catalogue."""
    if debian.supply((debian.GETTEXT,)):
        refuse(f"gettext is missing; install it with: {debian.install_line([debian.GETTEXT])}")
    manage = ROOT / "manage.py"
    for folder in sorted({po.parents[3] for po in catalogues()}):
        subprocess.run(
            [
                sys.executable,
                str(manage),
                "makemessages",
                "-l",
                "de",
                "--no-wrap",
                "--no-obsolete",
                "--ignore",
                ".venv",
                "--ignore",
                "tests",
            ],
            cwd=folder,
            check=True,
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["collect"]:
        collect()
    elif sys.argv[1:] == ["compile"]:
        say(f"{compile_catalogues()} catalogues compiled.")
    else:
        refuse("use: messages.py collect|compile", 64)
