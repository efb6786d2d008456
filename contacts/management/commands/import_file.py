"""``import_file KIND FILE``: the command contract of imports."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from contacts.enums import RowOutcome
from contacts.models import ImportRow
from contacts.registry import IMPORT_KINDS
from contacts.services import import_apply, imports


class Command(BaseCommand):
    help = "Imports a file: encoding, separator and header row are detected."

    def add_arguments(self, parser) -> None:
        parser.add_argument("kind", help="one of: " + ", ".join(IMPORT_KINDS.names()))
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="write nothing, report per row")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--blanks", action="store_true", help="an empty cell empties the field")

    def handle(self, *args, **options) -> None:
        actor, on = Actor.process("import_file"), dates.today()
        try:
            content = _read(options["file"])
            run, rows = imports.open_run(
                kind=options["kind"], content=content, file_name=Path(options["file"]).name,
                actor=actor, blanks=options["blanks"],
            )  # fmt: skip
            outcome = imports.test_import(run=run, rows=rows, actor=actor, on=on)
            if not options["dry_run"]:
                import_apply.apply_import(run=run, rows=rows, actor=actor, on=on)
                outcome = list(
                    ImportRow.objects.filter(run=run, number__lte=run.read)
                    .order_by("number")
                    .values_list("number", "outcome", "reason")
                )
        except RollcallError as error:
            self.stderr.write(f"import_file: {error}")
            sys.exit(2)
        self._print(run, outcome, as_json=options["json"])

    def _print(self, run, outcome, *, as_json: bool) -> None:
        refused = [
            {"row": number, "reason": reason}
            for number, word, reason in outcome
            if word in (RowOutcome.REJECTED, RowOutcome.DECISION)
        ]
        counts = imports.count_outcomes(outcome)
        if as_json:
            self.stdout.write(
                json.dumps(
                    {
                        "read": counts["read"],
                        "created": counts["created"],
                        "updated": counts["updated"],
                        "unchanged": counts["unchanged"],
                        "rejected": refused,
                        "import_id": str(run.pk),
                    },
                    ensure_ascii=False,
                )
            )
            return
        self.stdout.write(
            "{read} read, {created} created, {updated} updated, {unchanged} unchanged, "
            "{rejected} rejected".format(**counts)
        )
        for item in refused:
            self.stdout.write(f"  row {item['row']}: {item['reason']}")
        self.stdout.write(f"import {run.pk}")


def _read(path: str) -> bytes:
    from contacts.imports.tabular import MAX_BYTES

    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise RollcallError(f"{path} is larger than {MAX_BYTES // 1024 // 1024} MB.")
        return Path(path).read_bytes()
    except OSError as error:
        raise RollcallError(f"{path} cannot be read: {error.strerror}.") from error
