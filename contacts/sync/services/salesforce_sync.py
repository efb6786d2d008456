"""`sync_salesforce`: plan, or plan and carry out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.conf import settings

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services import audit
from contacts.sync.enums import SyncState, System
from contacts.sync.models import SyncRecord, SyncRun
from contacts.sync.salesforce import Access, SalesforceLink
from contacts.sync.services.push import OBJECTS, Plan, carry_out, make_plan
from contacts.sync.services.runs import beat, one_run


def configured() -> Access:
    """What the settings say."""
    return Access(
        domain=settings.ROLLCALL_SALESFORCE_DOMAIN,
        key=settings.ROLLCALL_SALESFORCE_KEY,
        secret=settings.ROLLCALL_SALESFORCE_SECRET,
        loopback=settings.ROLLCALL_SALESFORCE_STANDIN,
    )


@contextmanager
def connected() -> Iterator[SalesforceLink]:
    """A session for the length of the block.

    Raises: NotConfigured; RollcallError when the sign-in fails or nobody answers.
    """
    link = SalesforceLink(configured())
    try:
        yield link
    finally:
        link.close()


def plan_salesforce(*, on: date) -> list[Plan]:
    """What a run would do. Reads there, writes nowhere. Raises: as :func:`connected`."""
    with connected() as link:
        return [make_plan(link, object_type, on=on) for object_type in OBJECTS]


def sync_salesforce(*, on: date, at: datetime, actor: Actor) -> SyncRun:
    """Brings accounts, then contacts in step.

    Raises: RuleBroken while another run is alive; RollcallError when the other side fails: what was
        taken until then is kept, and the next run goes on.
    """
    with one_run(System.SALESFORCE, at=at, actor=actor) as run, connected() as link:
        total: Counter[str] = Counter()
        for object_type in OBJECTS:
            plan = make_plan(link, object_type, on=on)
            total.update(
                unchanged=plan.unchanged, drifted=len(plan.drifted), ours=plan.ours,
                theirs=plan.theirs,
            )  # fmt: skip
            total.update(
                carry_out(link, plan, clock=dates.now, alive=lambda: beat(run, at=dates.now()))
            )
            run.counts = dict(total)
            beat(run, at=dates.now())
    run.refresh_from_db()
    return run


def check_connection() -> int:
    """Signs in and reads the account's fields; their number. Changes nothing. Raises: as above."""
    with connected() as link:
        return len(link.limits(OBJECTS[0]))


def retry(*, record: SyncRecord, actor: Actor, at: datetime) -> SyncRecord:
    """A refused record is sent again with the next run."""
    rows = SyncRecord.objects.filter(pk=record.pk, state=SyncState.REFUSED)
    if rows.update(sent_hash=""):
        audit.record("sync", "retry", actor=actor, subject=record, at=at)
    record.refresh_from_db()
    return record
