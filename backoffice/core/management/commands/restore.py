"""`restore FILE`: database and documents back from an archive that `backup` wrote."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.core.backups.archive import DamagedArchiveError
from backoffice.core.backups.databases import DatabaseToolError
from backoffice.core.backups.operations import restore


class Command(BaseCommand):
    help = "Replace database and stored documents by those of a backup. Stop the services first."
    # The database may be empty or of another version: that is what a restore mends.
    requires_migrations_checks = False
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"].absolute()
        if not source.is_file():
            raise CommandError(f"There is no file {source}.")
        try:
            manifest = restore(source, at=timezone.now())
        except DamagedArchiveError as error:
            raise CommandError(f"Nothing was restored: {error}.") from error
        except (DatabaseToolError, OSError) as error:
            raise CommandError(f"The restore failed: {error}") from error
        self.stdout.write(
            f"Restored the backup of {manifest['made_at']}: {len(manifest['files'])} files.\n"
            "Now run 'manage.py migrate' and 'manage.py privacy replay': the removals made since "
            "then must be repeated."
        )
