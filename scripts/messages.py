"""Translations: runs msgfmt over every catalogue.

The catalogues are kept by hand and hold what people outside the staff read; tests demand every text of
public pages, mails and PDFs.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

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


if __name__ == "__main__":
    say(f"{compile_catalogues()} catalogues compiled.")
