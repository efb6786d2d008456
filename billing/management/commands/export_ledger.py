"""Issued documents of a span of days for the accounts: DATEV, plain CSV or beancount."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.core import dates
from backoffice.core.errors import RollcallError
from billing.management.actors import actor_named
from billing.services.ledger import FORMATS, export_documents


class Command(BaseCommand):
    help = "Exports issued documents; the same span gives the same bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("form", choices=sorted(FORMATS))
        parser.add_argument("file", type=Path)
        parser.add_argument("--from", dest="start", type=date.fromisoformat, required=True)
        parser.add_argument("--to", dest="end", type=date.fromisoformat, required=True)
        parser.add_argument("--as", dest="email", help="the user who acts (e-mail address)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = export_documents(
                form=options["form"],
                start=options["start"],
                end=options["end"],
                actor=actor_named(options["email"], "export_ledger"),
                at=dates.now(),
            )
            options["file"].write_bytes(content)
        except (RollcallError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{len(content)} bytes written to {options['file']}")
