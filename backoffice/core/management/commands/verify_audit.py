"""Recomputes every audit chain; exit 1 on any difference."""

import sys

from django.core.management.base import BaseCommand

from backoffice.core.models import AuditEvent
from backoffice.core.services import audit


class Command(BaseCommand):
    help = "Verifies all audit chains and daily anchors; exit 1 names the entry that differs."

    def handle(self, *args, **options) -> None:
        faults = audit.verify_all()
        for fault in faults:
            self.stderr.write(f"{fault.stream} entry {fault.sequence}: {fault.problem}")
        if faults:
            sys.exit(1)
        self.stdout.write(f"{AuditEvent.objects.count()} entries verified")
