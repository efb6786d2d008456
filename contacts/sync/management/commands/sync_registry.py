"""`sync_registry [--dry-run]`: takes in organisations, repositories and contacts of the registry."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from contacts.sync.services.registry_sync import Taken, plan_registry, sync_registry


class Command(BaseCommand):
    help = "Takes in what the registry knows, through the door of every import."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        today, actor = dates.today(), Actor.process("sync_registry")
        try:
            if options["dry_run"]:
                taken = plan_registry(on=today, actor=actor)
            else:
                taken = sync_registry(on=today, at=dates.now(), actor=actor)[1]
        except RollcallError as error:
            raise CommandError(str(error)) from error
        for found in taken:
            self.stdout.write(_line(found))


def _line(found: Taken) -> str:
    counts = ", ".join(f"{n} {word}" for word, n in found.counts.items())
    tail = f" (import {found.import_id})" if found.import_id else ""
    return f"{found.kind}: {found.read} read, {counts or 'nothing'}{tail}"
