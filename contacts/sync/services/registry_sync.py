"""`sync_registry`: what the registry knows, taken in through the door of every import.

So suppressions are asked, removed people stay away, blanks overwrite nothing, each run can be taken
back, and rows that a person must decide wait on the import desk.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from backoffice.core import dates
from backoffice.core.actor import Actor
from contacts.enums import ImportState
from contacts.models import ImportRun
from contacts.services import import_apply, imports
from contacts.sync.enums import System
from contacts.sync.models import SyncRun
from contacts.sync.registry_pages import SOURCES, RegistryPages, Source, as_table
from contacts.sync.services.runs import beat, one_run

RESULTS = ("created", "updated", "unchanged", "rejected")


@dataclass(frozen=True)
class Taken:
    """What one end point brought. ``import_id`` is empty when nothing has changed since last time."""

    kind: str
    read: int
    counts: dict[str, int]
    import_id: str = ""


def sources() -> list[Source]:
    """Contacts only with a sign-in: without it the registry does not give them."""
    return [s for s in SOURCES if s.path != "/contacts" or settings.ROLLCALL_REGISTRY_USER]


def _pages() -> RegistryPages:
    return RegistryPages(
        settings.ROLLCALL_REGISTRY_URL,
        user=settings.ROLLCALL_REGISTRY_USER,
        password=settings.ROLLCALL_REGISTRY_PASSWORD,
    )


def plan_registry(*, on: date, actor: Actor) -> list[Taken]:
    """A true dry run of every end point. Raises: NotConfigured; RollcallError."""
    pages = _pages()
    try:
        return [_take(pages, source, on=on, actor=actor, dry=True) for source in sources()]
    finally:
        pages.close()


def sync_registry(*, on: date, at: datetime, actor: Actor) -> tuple[SyncRun, list[Taken]]:
    """Takes in organisations, repositories and contacts.

    Raises: NotConfigured; RuleBroken while another run is alive; RollcallError when the registry
        fails: what came before is kept.
    """
    pages, taken = _pages(), []
    try:
        with one_run(System.REGISTRY, at=at, actor=actor) as run:
            total: Counter[str] = Counter()
            for source in sources():
                found = _take(pages, source, on=on, actor=actor, dry=False)
                taken.append(found)
                total.update(found.counts)
                run.counts = {word: total[word] for word in RESULTS}
                beat(run, at=dates.now())
    finally:
        pages.close()
    run.refresh_from_db()
    return run, taken


def _take(pages: RegistryPages, source: Source, *, on: date, actor: Actor, dry: bool) -> Taken:
    content, read = as_table(source, pages.entries(source.path))
    if not read:
        return Taken(source.kind, 0, {})
    if not dry and _same_as_last(source.kind, content):
        return Taken(source.kind, read, {"unchanged": read})
    name = f"registry{source.path.replace('/', '-')}.csv"
    run, rows = imports.open_run(kind=source.kind, content=content, file_name=name, actor=actor)
    outcome = imports.test_import(run=run, rows=rows, actor=actor, on=on)
    counts = imports.count_outcomes(outcome)
    if not dry:
        imports.keep_file(run=run, content=content, file_name=name, on=on)
        run.refresh_from_db()
        import_apply.apply_import(run=run, rows=rows, actor=actor, on=on)
    return Taken(source.kind, read, {word: counts[word] for word in RESULTS}, str(run.pk))


def _same_as_last(kind: str, content: bytes) -> bool:
    last = ImportRun.objects.filter(kind=kind, state=ImportState.APPLIED).order_by("-finished_at")
    found = last.values_list("file_sha256", flat=True).first()
    return found == hashlib.sha256(content).hexdigest()
