"""An agency in full life, with invented people. Deterministic and repeatable."""

from __future__ import annotations

import random

from django.core.management.base import BaseCommand, CommandError

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from backoffice.core.surfaces import DEMO_LOADERS, DemoContext
from contacts.models import Agency, Organisation


class Command(BaseCommand):
    help = "Loads invented demo data on top of the preset; a second run adds nothing."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--organisations", type=int, default=60, metavar="N")
        parser.add_argument("--from", dest="source", default="", help="a ROR-format CSV file")

    def handle(self, *args, **options) -> None:
        if not Agency.objects.exists():
            raise CommandError("Load a preset first: manage.py load_preset datacite")
        if Organisation.objects.exclude(source="demo").exists():
            raise CommandError("This installation holds real organisations; demo data stay out.")
        context = DemoContext(
            random=random.Random(20260101),  # noqa: S311
            organisations=max(1, options["organisations"]),
            today=dates.today(),
            actor=Actor.process("load_demo"),
            source=options["source"],
        )
        try:
            for name, load in DEMO_LOADERS:
                load(context)
                self.stdout.write(f"{name}: loaded")
        except RollcallError as error:
            raise CommandError(str(error)) from error
