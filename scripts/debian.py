"""System packages: what is missing, the line that installs it, the install for root on Debian.

Runs before the environment exists, so it uses the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentences import say


@dataclass(frozen=True)
class Need:
    """One thing of the system, the Debian packages that bring it, and how to see it is there."""

    name: str
    packages: tuple[str, ...]
    present: Callable[[], bool]
    without_it: str


def library(name: str) -> bool:
    """Whether the dynamic linker finds ``name``."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def font(pattern: str) -> bool:
    """Whether a font file of this name lies in one of the usual folders."""
    roots = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".fonts"))
    return any(next(Path(root).rglob(pattern), None) for root in roots if Path(root).is_dir())


def postgres_bin() -> Path | None:
    """The folder of the newest PostgreSQL server binaries, or None."""
    debian = Path("/usr/lib/postgresql")
    folders = sorted(debian.glob("*/bin"), key=lambda path: _version(path.parent.name))
    for folder in reversed(folders):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdigit())


def chromium() -> str | None:
    """The path of a Chromium or Chrome, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    return None


PANGO = Need(
    "Pango",
    ("libpangoft2-1.0-0",),
    lambda: library("libpangoft2-1.0.so.0"),
    "invoices and other PDFs cannot be made",
)
HARFBUZZ_SUBSET = Need(
    "HarfBuzz subsetting",
    ("libharfbuzz-subset0",),
    lambda: library("libharfbuzz-subset.so.0"),
    "PDFs are larger",
)
FONTS = Need(
    "fonts for names in every script",
    ("fonts-dejavu-core", "fonts-noto-core", "fonts-noto-cjk"),
    lambda: font("DejaVuSans.ttf") and font("NotoSans-Regular.*") and font("NotoSansCJK*"),
    "some names print as boxes",
)
GETTEXT = Need(
    "gettext",
    ("gettext",),
    lambda: shutil.which("msgfmt") is not None,
    "public pages and mails stay English",
)
POSTGRESQL = Need(
    "PostgreSQL",
    ("postgresql",),
    lambda: postgres_bin() is not None,
    "the tests on PostgreSQL do not run",
)
CHROMIUM = Need(
    "Chromium", ("chromium",), lambda: chromium() is not None, "the browser tests do not run"
)
VENV = Need(
    "Python's venv module",
    ("python3-venv",),
    lambda: _has_ensurepip(),
    "no environment can be made",
)

FOR_RUN = (PANGO, HARFBUZZ_SUBSET, FONTS, GETTEXT)
FOR_TEST = (*FOR_RUN, POSTGRESQL, CHROMIUM)


def _has_ensurepip() -> bool:
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def may_install() -> bool:
    """Root on a Debian-like system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_line(needs: list[Need]) -> str:
    """The one line a person would type."""
    packages = " ".join(package for need in needs for package in need.packages)
    return f"apt-get install --no-install-recommends {packages}"


def supply(needs: tuple[Need, ...]) -> list[Need]:
    """Installs what is missing where that is allowed.

    Returns: what is still missing afterwards; the caller decides whether that is fatal.
    """
    missing = [need for need in needs if not need.present()]
    if not missing or not may_install():
        return missing
    say(f"Installing system packages: {install_line(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = [package for need in missing for package in need.packages]
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    log = subprocess.run(["apt-get", "update", "-q"], env=environment, capture_output=True)
    done = subprocess.run(install, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr or done.stdout or log.stderr.decode()).strip().splitlines()
        say(f"NOTE: apt-get failed: {last[-1] if last else 'no message'}")
    return [need for need in missing if not need.present()]


def note_missing(missing: list[Need]) -> None:
    """One sentence per missing thing with its install line."""
    for need in missing:
        say(f"NOTE: {need.name} is missing, so {need.without_it}. Install: {install_line([need])}")
