"""Brings Salesforce in step: what changed here is sent, what ended here is ended there.

This side owns the fields it sends. Each batch is one call and one transaction after it, and every
write is an upsert on our external id, so a run that was killed is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from django.conf import settings
from django.db import transaction

from contacts.sync.enums import SyncState, System
from contacts.sync.mapping import (
    ACCOUNT,
    CONTACT,
    ENDED,
    EXTERNAL_ID,
    Limit,
    differs,
    faults,
    fingerprint,
)
from contacts.sync.models import SyncRecord
from contacts.sync.queries import Wanted, known_records, wanted_accounts, wanted_contacts
from contacts.sync.salesforce import AT_ONCE, Answer, SalesforceLink

OUR_RULES = "DOES_NOT_FIT"
# Refusals that say nothing about the record: it is sent again with the next run.
PASSING = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"})


@dataclass
class Plan:
    """What a run would do to one object over there."""

    object_type: str
    send: list[tuple[Wanted, str]] = field(default_factory=list)
    refuse: list[tuple[Wanted, str, list[str]]] = field(default_factory=list)
    end: list[SyncRecord] = field(default_factory=list)
    delete: list[SyncRecord] = field(default_factory=list)
    drifted: list[str] = field(default_factory=list)
    unchanged: int = 0
    ours: int = 0
    theirs: int = 0

    def counts(self) -> dict[str, int]:
        """The numbers of the plan, as the command prints them."""
        return {
            "send": len(self.send), "refuse": len(self.refuse), "end": len(self.end),
            "delete": len(self.delete), "drifted": len(self.drifted),
            "unchanged": self.unchanged, "ours": self.ours, "theirs": self.theirs,
        }  # fmt: skip


def make_plan(link: SalesforceLink, object_type: str, *, on: date) -> Plan:
    """Compares three things: our records, what was sent last, and what stands over there."""
    wanted = wanted_accounts(on=on) if object_type == ACCOUNT else wanted_contacts(on=on)
    known, plan = known_records(object_type), Plan(object_type)
    limits = link.limits(object_type)
    found = _found_there(link, object_type, wanted, limits)
    plan.ours, plan.theirs = len(wanted), len(found)
    for item in wanted:
        _one(plan, item, known.get(item.key), found, limits)
    present = {item.key for item in wanted}
    for key, record in known.items():
        if key in present:
            continue
        if record.contact is not None and (
            record.contact.erased_at or record.contact.merged_into_id
        ):
            plan.delete.append(record)
        elif record.state != SyncState.GONE:
            plan.end.append(record)
    return plan


def _found_there(
    link: SalesforceLink, object_type: str, wanted: Sequence[Wanted], limits: dict[str, Limit]
) -> dict[str, dict]:
    names = [
        name
        for name, value in (wanted[0].values.items() if wanted else ())
        if not isinstance(value, dict) and name in limits
    ]
    names += [name for name in ENDED[object_type] if name in limits and name not in names]
    external = EXTERNAL_ID[object_type]
    return {str(row[external]): dict(row) for row in link.rows(object_type, names)}


def _one(plan: Plan, item: Wanted, record: SyncRecord | None, found: dict, limits: dict) -> None:
    secret = settings.ROLLCALL_SUPPRESSION_KEY
    bad = faults(item.values, limits)
    digest = fingerprint(item.values, secret)
    same = record is not None and record.sent_hash == digest
    if bad:
        if not (same and record is not None and record.state == SyncState.REFUSED):
            plan.refuse.append((item, digest, bad))
        return
    there = found.get(item.key)
    if same and record is not None and record.state == SyncState.REFUSED:
        return
    if same and there is not None and not differs(item.values, there):
        plan.unchanged += 1
        return
    if same and record is not None and record.state == SyncState.IN_STEP:
        plan.drifted.append(item.key)
    plan.send.append((item, digest))


def carry_out(
    link: SalesforceLink, plan: Plan, *, clock: Callable[[], datetime], alive: Callable[[], None]
) -> dict[str, int]:
    """Sends, ends and deletes in batches; the numbers of what came of it."""
    counts = {"created": 0, "updated": 0, "ended": 0, "deleted": 0, "refused": 0}
    SyncRecord.objects.filter(
        system=System.SALESFORCE, object_type=plan.object_type, key__in=plan.drifted
    ).update(state=SyncState.DRIFTED)
    for item, digest, names in plan.refuse:
        _keep(plan.object_type, item, digest, Answer(code=OUR_RULES, fields=tuple(names)), clock())
        counts["refused"] += 1
    for batch in _batches(plan.send):
        answers = link.upsert(plan.object_type, [(item.key, item.values) for item, _hash in batch])
        with transaction.atomic():
            for (item, digest), answer in zip(batch, answers, strict=True):
                _keep(plan.object_type, item, digest, answer, clock())
                word = "refused" if answer.code else "created" if answer.created else "updated"
                counts[word] += 1
        alive()
    counts["ended"] = _end(link, plan, clock, alive)
    counts["deleted"] = _delete(link, plan, alive)
    return counts


def _batches(rows: Iterable) -> Iterator[list]:
    rest = iter(rows)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _keep(object_type: str, item: Wanted, digest: str, answer: Answer, at: datetime) -> None:
    record, _created = SyncRecord.objects.get_or_create(
        system=System.SALESFORCE, object_type=object_type, key=item.key,
        defaults={"organisation_id": item.organisation_id, "contact_id": item.contact_id,
                  "state": SyncState.REFUSED},
    )  # fmt: skip
    record.organisation_id, record.contact_id = item.organisation_id, item.contact_id
    record.state = SyncState.REFUSED if answer.code else SyncState.IN_STEP
    record.code, record.fields = answer.code[:80], ", ".join(answer.fields)[:300]
    record.remote_id = answer.remote_id[:18] or record.remote_id
    record.attempts = record.attempts + 1 if answer.code else 0
    record.sent_hash, record.sent_at = "" if answer.code in PASSING else digest, at
    record.save()


def _end(link: SalesforceLink, plan: Plan, clock, alive) -> int:
    """Marks as inactive what has ended here; the values that are there stay."""
    count = 0
    for batch in _batches(plan.end):
        values = ENDED[plan.object_type]
        answers = link.upsert(plan.object_type, [(record.key, values) for record in batch])
        with transaction.atomic():
            for record, answer in zip(batch, answers, strict=True):
                if answer.code:
                    record.code, record.fields = answer.code[:80], ", ".join(answer.fields)[:300]
                else:
                    record.state, record.code, record.sent_hash = SyncState.GONE, "", ""
                    count += 1
                record.sent_at = clock()
                record.save()
        alive()
    return count


def _delete(link: SalesforceLink, plan: Plan, alive) -> int:
    """Deletes the copy of a removed person; the last trace here goes once it is confirmed."""
    count = 0
    never_arrived = [record for record in plan.delete if not record.remote_id]
    SyncRecord.objects.filter(pk__in=[record.pk for record in never_arrived]).delete()
    for batch in _batches(record for record in plan.delete if record.remote_id):
        answers = link.delete([record.remote_id for record in batch])
        done = [record.pk for record, answer in zip(batch, answers, strict=True) if not answer.code]
        count += SyncRecord.objects.filter(pk__in=done).delete()[0]
        alive()
    return count


OBJECTS = (ACCOUNT, CONTACT)
