"""The duplicate finder: precision and recall on real names, and a whole night over a full database.

`ROLLCALL_DATA=… make bench ARGS=duplicates`. The night runs over the name variants as organisations of
a throw-away SQLite database, with no identifiers that would give the answer away.
"""

from __future__ import annotations

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
THRESHOLDS = (50, 60, 70, 80)
NIGHT_ROWS = int(os.environ.get("BENCH_ORGANISATIONS", "34311"))


def quality(folder: Path) -> bool:
    from tests.contacts.duplicates.variants import measure, read_variants

    good = True
    for web in (True, False):
        begun = time.perf_counter()
        result = measure(*read_variants(folder, web=web), THRESHOLDS)
        seconds = time.perf_counter() - begun
        print(f"\n{result.rows} rows, {result.pairs} true pairs, {result.compared} compared, "
              f"{'with' if web else 'without'} web site, {seconds:.0f} s")  # fmt: skip
        for threshold, (precision, recall) in result.at.items():
            print(f"  from {threshold}: precision {precision:.3f}, recall {recall:.3f}")
        if web:
            good = result.at[50][0] >= 0.9 and result.at[50][1] >= 0.85
    return good


def night(folder: Path) -> float:
    """Seconds for a whole search over a full database."""
    import csv
    import gzip

    from backoffice.core import dates
    from backoffice.core.actor import Actor
    from contacts.models import Organisation, OrganisationAddress
    from contacts.services.duplicate_finder import find_duplicates

    name = folder / "orgs" / "scale_orgs_name_variants.csv.gz"
    with gzip.open(name, "rt", encoding="utf-8") as handle:
        rows = [row for row, _n in zip(csv.DictReader(handle), range(NIGHT_ROWS), strict=False)]
    made = [
        Organisation(name=row["name"][:400], country=row["country_code"], website=row["website"])
        for row in rows
    ]
    for organisation in made:
        organisation.derive()
    made = Organisation.objects.bulk_create(made, batch_size=2000)
    OrganisationAddress.objects.bulk_create(
        [OrganisationAddress(organisation=organisation, kind="postal", city=row["city"][:120])
         for organisation, row in zip(made, rows, strict=True)],
        batch_size=2000,
    )  # fmt: skip
    begun = time.perf_counter()
    counts = find_duplicates(on=dates.today(), actor=Actor.process("bench"))
    print(f"\n{len(made)} organisations compared and {counts['organisation']} pairs stored")
    return time.perf_counter() - begun


def main() -> int:
    import django
    from django.core.management import call_command

    folder = Path(os.environ.get("ROLLCALL_DATA", ""))
    if not (folder / "orgs").is_dir():
        print("duplicates: ROLLCALL_DATA names no folder of reference data, nothing measured")
        return 0
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    seconds = night(folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    good = quality(folder)
    for label, value, bar, met in (
        ("a night's search", f"{seconds:.1f} s", "< 300 s", seconds < 300),
        ("largest memory of the search", f"{memory:.0f} MB", "< 500 MB", memory < 500),
        ("precision and recall from 50 points", "", ">= 0.90, >= 0.85", good),
    ):
        print(f"{label:52} {value:34} {bar:24} {'' if met else 'MISSED'}")
    return 0 if seconds < 300 and memory < 500 and good else 1


if __name__ == "__main__":
    sys.exit(main())
