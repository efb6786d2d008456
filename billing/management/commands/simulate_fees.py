"""What a schedule would bill the members of a file; writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from backoffice.core.errors import RollcallError
from billing.fees.catalogue import shipped_codes, shipped_schedule
from billing.fees.input_file import InputError, read_members
from billing.fees.parsing import parse_schedule
from billing.fees.schedule import Schedule, ScheduleError
from billing.fees.simulate import as_text, simulate


class Command(BaseCommand):
    help = "Simulates the fees of a JSON list of members under a schedule. Writes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("schedule", help="code of a schedule, or a schedule file (.json)")
        parser.add_argument("file", type=Path, help="JSON list of members")
        parser.add_argument("--year", type=int, required=True, help="year billed")
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        parser.add_argument("--language", choices=["en", "de"], default="en")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 2000 <= options["year"] <= 2100:
            raise CommandError(f"--year {options['year']}: give a year such as 2026", returncode=2)
        try:
            schedule = named_schedule(options["schedule"])
            members = read_members(options["file"])
        except (ScheduleError, InputError, RollcallError) as error:
            raise CommandError(str(error), returncode=2) from error
        data = simulate(schedule, members, options["year"], language=options["language"])
        self.stdout.write(
            json.dumps(data, ensure_ascii=False, indent=1) if options["json"] else as_text(data)
        )


def named_schedule(name: str) -> Schedule:
    """A file, a shipped schedule, or one that staff loaded into the database."""
    if name.endswith(".json"):
        try:
            return parse_schedule(json.loads(Path(name).read_text(encoding="utf-8-sig")))
        except (OSError, ValueError) as error:
            if isinstance(error, ScheduleError):
                raise
            raise ScheduleError(name, f"cannot be read ({error})") from error
    if name in shipped_codes():
        return shipped_schedule(name)
    from billing.services.schedules import parsed, schedule_named

    try:
        return parsed(schedule_named(name).data)
    except DatabaseError as error:
        raise ScheduleError(
            "schedule", f"{name!r} is unknown; there are {', '.join(shipped_codes())}"
        ) from error
