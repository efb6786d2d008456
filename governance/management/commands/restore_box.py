"""`manage.py restore_box ELECTION FILE`: votes cast after the last backup, from a teller's copy."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from governance.models import Election
from governance.services.safekeeping import restore_copy


class Command(BaseCommand):
    help = "Take back the hourly copy of an open box that a teller kept, after a restore"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", help="address (slug) of the election")
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options) -> None:
        election = Election.objects.filter(slug=options["election"]).first()
        if election is None:
            raise CommandError(f"There is no election {options['election']!r}.", returncode=2)
        try:
            content = options["file"].read_bytes()
            done = restore_copy(
                election=election, content=content, actor=Actor.process("restore-box")
            )
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error}", returncode=2) from error
        except RollcallError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(
            f"{done.receipts} receipts and {done.envelopes} envelopes are back; "
            f"{done.strangers} envelopes belong to nobody on this roll."
        )
