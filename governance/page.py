"""The ballot page as published: its scripts by hash, so that a changed page is noticed."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = (
    "governance/vendor/libsodium.js",
    "governance/vendor/libsodium-wrappers.js",
    "governance/ballot.js",
)
TEMPLATE = HERE.parent / "templates/governance/ballot.html"


def script_path(name: str) -> Path:
    return HERE / "static" / name


@cache
def integrity(name: str) -> str:
    """Value of the ``integrity`` attribute of a shipped script (SHA-384)."""
    digest = hashlib.sha384(script_path(name).read_bytes()).digest()
    return "sha384-" + base64.b64encode(digest).decode()


@cache
def ballot_page_hash() -> str:
    """SHA-256 over the integrity values of the scripts and the page's template."""
    parts = [integrity(name) for name in SCRIPTS]
    parts.append(hashlib.sha256(TEMPLATE.read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
