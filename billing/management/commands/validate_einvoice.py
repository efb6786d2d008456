"""Checks a PDF or XML e-invoice: exit 0 valid, 1 invalid, 2 unreadable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.einvoice.check import Unreadable, validate_file
from billing.einvoice.schematron import SchematronFailed


class Command(BaseCommand):
    help = "Validates an e-invoice (Factur-X/ZUGFeRD PDF, or CII XML) and prints the failed rules."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = validate_file(options["file"].read_bytes())
        except (OSError, Unreadable, SchematronFailed) as error:
            raise CommandError(f"{options['file']}: {error}", returncode=2) from error
        for fault in report.faults:
            self.stdout.write(fault)
        if not report.is_valid:
            sys.exit(1)
        self.stdout.write(f"valid ({report.rules})")
