"""`manage.py verify_election ID`: everything the election published and logged, checked again."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.models import Election
from governance.services.verification import verify_election


class Command(BaseCommand):
    help = "Recount an election and check its chains, hashes, roll and box; exit code 1 on a fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="number, address or definition hash of the election")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        election = self._found(str(options["id"]))
        checks = verify_election(election)
        if options["json"]:
            document = [{"check": c.name, "ok": c.ok, "detail": c.detail} for c in checks]
            self.stdout.write(json.dumps({"election": election.definition_id, "checks": document}))
        else:
            for check in checks:
                self.stdout.write(
                    f"{'ok   ' if check.ok else 'FAULT'} {check.name}: {check.detail}"
                )
        faults = sum(not check.ok for check in checks)
        if faults:
            raise CommandError(f"{faults} of {len(checks)} checks failed.", returncode=1)

    def _found(self, name: str) -> Election:
        rows = Election.objects.all()
        if name.isdigit():
            rows = rows.filter(pk=int(name))
        else:
            rows = rows.filter(slug=name) | rows.filter(definition_id=name).exclude(
                definition_id=""
            )
        found = rows.first()
        if found is None:
            raise CommandError(f"There is no election {name!r}.", returncode=2)
        return found
