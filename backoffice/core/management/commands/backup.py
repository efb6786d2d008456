"""`backup FILE`: an online backup of database and documents."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.core.backups.databases import DatabaseToolError
from backoffice.core.backups.operations import back_up


class Command(BaseCommand):
    help = "Write database and stored documents into one archive while the site runs."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"].absolute()
        if target.exists():
            raise CommandError(f"{target} exists already; a backup is never overwritten.")
        if not target.parent.is_dir():
            raise CommandError(f"The folder {target.parent} does not exist.")
        try:
            count = back_up(target, at=timezone.now())
        except (DatabaseToolError, OSError) as error:
            raise CommandError(f"The backup failed: {error}") from error
        size = target.stat().st_size / 1_000_000
        self.stdout.write(f"{target}: {count} files, {size:.1f} MB.")
