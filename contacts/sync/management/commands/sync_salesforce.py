"""`sync_salesforce [--dry-run]`: brings Salesforce in step."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from contacts.sync.services.salesforce_sync import plan_salesforce, sync_salesforce


class Command(BaseCommand):
    help = "Sends what changed to Salesforce and ends what has ended; refused records are kept and shown."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        today = dates.today()
        try:
            if options["dry_run"]:
                for plan in plan_salesforce(on=today):
                    words = ", ".join(f"{n} {word}" for word, n in plan.counts().items())
                    self.stdout.write(f"{plan.object_type}: {words}")
                    for item, _hash, names in plan.refuse:
                        self.stdout.write(f"  {item.key}: {', '.join(names)} does not fit")
                return
            run = sync_salesforce(on=today, at=dates.now(), actor=Actor.process("sync_salesforce"))
        except RollcallError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{n} {word}" for word, n in run.counts.items()))
