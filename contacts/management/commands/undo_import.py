"""``undo_import ID``: takes an import back, listing what has since changed."""

from __future__ import annotations

import sys
import uuid

from django.core.management.base import BaseCommand

from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from contacts.models import ImportRun
from contacts.services.undo import undo_import


class Command(BaseCommand):
    help = "Takes an import back; what was changed since, or is in use, stays and is listed."

    def add_arguments(self, parser) -> None:
        parser.add_argument("import_id")

    def handle(self, *args, **options) -> None:
        try:
            run = ImportRun.objects.filter(pk=uuid.UUID(options["import_id"])).first()
            if run is None:
                raise RollcallError(f"Import {options['import_id']} is not known.")
            report = undo_import(run=run, actor=Actor.process("undo_import"))
        except ValueError:
            self.stderr.write(f"undo_import: {options['import_id']!r} is not an import id.")
            sys.exit(2)
        except RollcallError as error:
            self.stderr.write(f"undo_import: {error}")
            sys.exit(2)
        self.stdout.write(f"{report.removed} removed, {report.restored} restored")
        for sentence in report.kept:
            self.stdout.write(f"  stays: {sentence}")
