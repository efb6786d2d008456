"""Proves that every issued document is what was issued; exit 1 on any difference."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing.models import Invoice
from billing.services.export_document import document_faults


class Command(BaseCommand):
    help = "Compares stored PDFs and XML with their hashes and looks for missing numbers."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = list(document_faults())
        for fault in faults:
            self.stdout.write(fault)
        count = Invoice.objects.issued().count()
        if faults:
            self.stderr.write(f"{len(faults)} faults in {count} documents")
            sys.exit(1)
        self.stdout.write(f"{count} documents, no difference, no number missing")
