"""`manage.py count_ballots FILE --rule RULE`: counts a file without touching the database."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.counting import CountingError
from governance.counting.cli import add_arguments, run


class Command(BaseCommand):
    help = "Count a BLT or CSV file of ballots under a written rule."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: object, **options: object) -> None:
        try:
            run(options, self.stdout, self.stderr)  # type: ignore[arg-type]
        except CountingError as error:
            raise CommandError(str(error), returncode=2) from error
