"""Imports a bank statement: CAMT.053 (.052, .054), MT940, or a zip of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.core import dates
from backoffice.core.errors import RollcallError
from billing.management.actors import actor_named
from billing.services.bank_import import import_bank_file


class Command(BaseCommand):
    help = "Imports a bank statement. The same movement is taken once, certain matches are applied."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="writes nothing")
        parser.add_argument("--json", action="store_true")
        parser.add_argument(
            "--accept-balance-gap",
            action="store_true",
            help="takes a statement whose balances do not chain",
        )
        parser.add_argument("--as", dest="email", help="the user who acts (e-mail address)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = import_bank_file(
                content=options["file"].read_bytes(),
                file_name=options["file"].name,
                actor=actor_named(options["email"], "import_bank_statement"),
                at=dates.now(),
                dry_run=options["dry_run"],
                accept_balance_gap=options["accept_balance_gap"],
            )
        except (OSError, RollcallError) as error:
            raise CommandError(str(error), returncode=2) from error
        for fault in outcome.faults:
            self.stderr.write(f"warning: {fault}")
        data = outcome.as_json()
        if options["json"]:
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=1))
            return
        for row in data["entries"]:
            self.stdout.write(
                "{booked_on} {amount:>12} {currency} {status:10} {text}".format(**row)
            )
        self.stdout.write(f"{data['statements']} statements, {data['matched']} entries matched")
