"""The stored document of an invoice, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.core.errors import RollcallError
from billing.services.export_document import stored_pdf, stored_xml


class Command(BaseCommand):
    help = "Writes the stored PDF and XML of an invoice to files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number")
        parser.add_argument("--pdf", type=Path)
        parser.add_argument("--xml", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [(options["pdf"], stored_pdf), (options["xml"], stored_xml)]
        if not any(path for path, _read in wanted):
            raise CommandError("say where to: --pdf FILE, --xml FILE or both", returncode=2)
        try:
            content = [(path, read(options["number"])) for path, read in wanted if path]
            for path, body in content:
                path.write_bytes(body)
        except (RollcallError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
