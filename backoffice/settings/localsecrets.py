"""Secrets of a local installation: from the environment, else made once below var/secrets/."""

from __future__ import annotations

import secrets
from pathlib import Path

from backoffice.settings.environment import secret


def local_secret(var_dir: Path, name: str, make: bool = True) -> str:
    """The secret ``name``; made and stored with mode 0600 when it exists nowhere yet."""
    given = secret(name, default="")
    if given or not make:
        return given
    path = var_dir / "secrets" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        try:
            # A hard link fails when another process was first, so both read the same value.
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="utf-8").strip()
