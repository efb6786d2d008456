"""The mark that a restored backup still holds people who were removed since it was made."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

MARK = "restore-pending"


def mark_path() -> Path:
    return Path(settings.VAR_DIR) / MARK


def restore_pending() -> bool:
    """Whether a backup was restored and the erasure journal has not been replayed yet."""
    return mark_path().exists()
