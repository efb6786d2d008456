"""`manage.py teller …`: the tellers' offline tool; the same as `python governance/teller.py …`."""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand

from governance.teller import main


class Command(BaseCommand):
    help = "The offline tool of an election: keygen, split, rehearse, open, verify."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(main(argv[2:]))

    def handle(self, *args: object, **options: object) -> None:
        sys.exit(main([str(word) for word in args]))
