"""Loads everything that differs between agencies. Repeatable; the other agency's is refused."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from backoffice.core.surfaces import PRESET_LOADERS
from backoffice.presets import refuse_other_agency


class Command(BaseCommand):
    help = "Loads an agency preset: role types, rules, member types, fee schedules, topics."

    def add_arguments(self, parser) -> None:
        parser.add_argument("preset", choices=["datacite", "crossref"])

    def handle(self, *args, **options) -> None:
        preset, on, actor = options["preset"], dates.today(), Actor.process("load_preset")
        try:
            refuse_other_agency(preset)
            for name, load in PRESET_LOADERS:
                load(preset, actor, on)
                self.stdout.write(f"{name}: loaded")
        except RollcallError as error:
            raise CommandError(str(error)) from error
