"""Imports of the large files against raw bulk inserts with history; longest write lock; memory.

`ROLLCALL_DATA=… make bench ARGS=imports`, on a throw-away SQLite database; with DATABASE_URL on that one,
which must be empty. The baseline writes the same rows with `bulk_create` and their history, in chunks of
the same size, and nothing else: no reading, no rules, no journal. Bars: DESIGN.md section 4.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("ROLLCALL_VAR", tempfile.mkdtemp(prefix="rollcall-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.local")
DATA = Path(os.environ.get("ROLLCALL_DATA", ""))
LONGEST = 0.25


class Locks:
    """Seconds that each outermost transaction held the write lock: SQLite takes it at BEGIN."""

    def __init__(self) -> None:
        self.spans: list[float] = []
        # Processor time of the same transactions: what a machine busy with other work does not inflate.
        self.worked: list[float] = []

    def watch(self) -> None:
        from contacts.services import import_apply

        original, spans = import_apply.transaction.Atomic, self.spans
        worked = self.worked

        class Timed(original):  # type: ignore[valid-type, misc]
            def __enter__(self):
                self.outer = not import_apply.connection.in_atomic_block
                result = super().__enter__()
                self.begun, self.cpu = time.perf_counter(), time.thread_time()
                return result

            def __exit__(self, *error):
                try:
                    return super().__exit__(*error)
                finally:
                    if self.outer:
                        spans.append(time.perf_counter() - self.begun)
                        worked.append(time.thread_time() - self.cpu)

        import_apply.transaction.Atomic = Timed


def scale_file() -> bytes:
    """The 100,845 names as organisations to import, each with an identifier of its own."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", "country", "website", "city", "street", "salesforce id"])
    path = DATA / "orgs/scale_orgs_name_variants.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for number, row in enumerate(csv.DictReader(handle)):
            writer.writerow([row["name"], row["country_code"], row["website"], row["city"],
                             f"Street {number}", f"{number:015d}"])  # fmt: skip
    return text.getvalue().encode()


def people_file() -> bytes:
    """The 50,000 contacts without their roles, so that every row is written: of ten people named for
    one duty nine would be rows to decide."""
    packed = (DATA / "incumbent_csv/contacts_50k.csv.gz").read_bytes()
    text = io.StringIO()
    reader = csv.DictReader(io.StringIO(gzip.decompress(packed).decode()))
    kept = [name for name in reader.fieldnames or [] if name != "roles"]
    writer = csv.DictWriter(text, kept, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(reader)
    return text.getvalue().encode()


def imported(kind: str, content: bytes, locks: Locks) -> dict[str, float]:
    """Reads, tests and applies a file; seconds of each step and the counts."""
    from backoffice.core import dates
    from backoffice.core.actor import Actor
    from contacts.services import import_apply, imports

    actor, on = Actor.process("bench"), dates.today()
    begun = time.perf_counter()
    run, rows = imports.open_run(kind=kind, content=content, file_name="f", actor=actor)
    opened = time.perf_counter()
    imports.test_import(run=run, rows=rows, actor=actor, on=on)
    tested = time.perf_counter()
    locks.spans.clear()
    locks.worked.clear()
    import_apply.apply_import(run=run, rows=rows, actor=actor, on=on)
    applied = time.perf_counter()
    return {"read": opened - begun, "test": tested - opened, "apply": applied - tested,
            "rows": run.read, "created": run.created, "rejected": run.rejected,
            "lock": max(locks.spans), "cpu": max(locks.worked),
            "p99": sorted(locks.spans)[int(len(locks.spans) * 0.99)]}  # fmt: skip


def raw_again(since: dict[type, int]) -> float:
    """Writes copies of everything the import created, in bulk with history; seconds."""
    from django.db import transaction
    from simple_history.utils import bulk_create_with_history

    from contacts.services.imports import CHUNK

    copies: dict[type, list] = {}
    for model, last in since.items():
        rows = list(model._default_manager.filter(pk__gt=last).order_by("pk"))
        for row in rows:
            row.pk = None
            row._state.adding = True
            if hasattr(row, "value"):
                row.value = f"x{row.value}"
            if getattr(row, "address", None):
                row.address = f"x{row.address}"
            if hasattr(row, "subject_key"):
                row.subject_key = None
            if hasattr(row, "valid_until"):
                row.valid_until = row.valid_from
            if hasattr(row, "kind") and hasattr(row, "street"):
                row.kind = "postal" if row.kind == "billing" else "billing"
        copies[model] = rows
    begun = time.perf_counter()
    for model, rows in copies.items():
        for start in range(0, len(rows), CHUNK):
            with transaction.atomic():
                bulk_create_with_history(rows[start : start + CHUNK], model)
    return time.perf_counter() - begun


def newest() -> dict[type, int]:
    from django.db.models import Max

    from contacts.models import (
        Contact,
        ContactAddress,
        Identifier,
        Organisation,
        OrganisationAddress,
        RoleAssignment,
    )

    models = (
        Organisation,
        Identifier,
        OrganisationAddress,
        Contact,
        ContactAddress,
        RoleAssignment,
    )
    return {m: m._default_manager.aggregate(last=Max("pk"))["last"] or 0 for m in models}


def one(label: str, kind: str, content: bytes, locks: Locks) -> list[tuple[str, str, str, bool]]:
    before = newest()
    found = imported(kind, content, locks)
    raw = raw_again(before)
    ratio = raw / found["apply"]
    return [
        (f"{label}: {found['rows']:.0f} rows, {found['created']:.0f} created, "
         f"{found['rejected']:.0f} refused", f"read {found['read']:.1f} s, test {found['test']:.1f} s",
         "", True),
        ("  applied", f"{found['apply']:.1f} s, {found['rows'] / found['apply']:.0f} rows/s", "", True),
        ("  the same rows raw, with history", f"{raw:.1f} s; ratio {ratio:.2f}", ">= 0.5", ratio >= 0.5),
        ("  write lock: longest, 99 in 100, longest processor time",
         f"{found['lock'] * 1000:.0f} ms, {found['p99'] * 1000:.0f} ms, {found['cpu'] * 1000:.0f} ms",
         "< 250 ms", found["lock"] < LONGEST),
    ]  # fmt: skip


def main() -> int:
    import django
    from django.core.management import call_command
    from django.db import connection

    if not (DATA / "orgs").is_dir():
        print("imports: ROLLCALL_DATA names no folder of reference data, nothing measured")
        return 0
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_preset", "datacite", verbosity=0)
    locks = Locks()
    locks.watch()
    ror = gzip.decompress((DATA / "orgs/ror_orgs_all.csv.gz").read_bytes())
    print(f"database: {connection.vendor}", flush=True)
    good = True
    for label, kind, content in (
        ("ROR", "ror", ror), ("contacts", "contacts", people_file()),
        ("names", "organisations", scale_file()),
    ):  # fmt: skip
        for name, value, bar, met in one(label, kind, content, locks):
            print(f"{name:60} {value:34} {bar:12} {'' if met else 'MISSED'}", flush=True)
            good = good and met
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'largest memory, all three files in one process':60} {memory:.0f} MB")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
