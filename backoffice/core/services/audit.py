"""Writes and verifies the audit chains.

An entry holds ids, codes, numbers and dates, never a value that identifies a person, so erasing a
person never touches it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Model

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import AuditAnchor, AuditEvent, AuditStream

GENESIS = "0" * 64
# Codes, numbers, hashes, dates, ids. No spaces and no @, so neither a name nor an address passes.
SAFE = re.compile(r"^[A-Za-z0-9_.:/+\-]{0,160}$")


def subject_of(instance: Model) -> str:
    """``app.model:pk``, the only way an audit entry points at a row."""
    return f"{instance._meta.label_lower}:{instance.pk}"


def _checked(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, str) and SAFE.match(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [_checked(item) for item in value]
    if isinstance(value, Mapping):
        return {str(_checked(key)): _checked(item) for key, item in value.items()}
    raise ValueError("an audit entry takes ids, codes, numbers and dates only")


def _digest(event: AuditEvent) -> str:
    body = {
        "stream": event.stream,
        "sequence": event.sequence,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "facts": event.facts,
        "previous": event.previous,
    }
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def record(
    stream: str,
    action: str,
    *,
    actor: Actor,
    subject: Model | str = "",
    facts: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> AuditEvent:
    """Appends one act to ``stream`` inside the caller's transaction.

    Streams: one per case, election, run, import… (``election:17``), ``sign-in`` for sign-ins.

    Raises: ValueError for a fact that could hold a personal value.
    """
    if not SAFE.match(stream) or not SAFE.match(action):
        raise ValueError("stream and action are codes")
    with transaction.atomic():
        AuditStream.objects.get_or_create(name=stream)
        head = AuditStream.objects.select_for_update().get(name=stream)
        event = AuditEvent(
            stream=stream,
            sequence=head.sequence + 1,
            at=at or dates.now(),
            actor=str(_checked(str(actor))),
            action=action,
            subject=str(_checked(subject if isinstance(subject, str) else subject_of(subject))),
            facts=_checked(dict(facts or {})),
            previous=head.head,
        )
        event.digest = _digest(event)
        event.save(force_insert=True)
        AuditStream.objects.filter(pk=stream).update(sequence=event.sequence, head=event.digest)
    return event


@dataclass(frozen=True)
class Fault:
    stream: str
    sequence: int
    problem: str


def verify_stream(stream: str) -> Iterator[Fault]:
    """Every fault of one chain: a changed entry, a gap, a wrong link, a head that differs."""
    previous, expected = GENESIS, 1
    events = AuditEvent.objects.filter(stream=stream).order_by("sequence")
    for event in events.iterator(chunk_size=2000):
        if event.sequence != expected:
            yield Fault(stream, event.sequence, f"entry {expected} is missing")
            expected = event.sequence
        if event.previous != previous:
            yield Fault(stream, event.sequence, "does not follow the entry before it")
        if _digest(event) != event.digest:
            yield Fault(stream, event.sequence, "content was changed")
        previous, expected = event.digest, expected + 1
    head = AuditStream.objects.filter(name=stream).first()
    if head is None or head.head != previous or head.sequence != expected - 1:
        yield Fault(stream, expected - 1, "the head of the chain differs: entries were cut off")


def verify_all() -> list[Fault]:
    """Faults of every chain and every daily anchor; empty when all is well."""
    names = set(AuditStream.objects.values_list("name", flat=True))
    names |= set(AuditEvent.objects.order_by().values_list("stream", flat=True).distinct())
    faults = [fault for name in sorted(names) for fault in verify_stream(name)]
    for anchor in AuditAnchor.objects.order_by("day"):
        faults += list(_verify_anchor(anchor))
    return faults


def _anchor_digest(heads: dict[str, list]) -> str:
    canonical = json.dumps(heads, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _verify_anchor(anchor: AuditAnchor) -> Iterator[Fault]:
    name = f"anchor:{anchor.day.isoformat()}"
    if _anchor_digest(anchor.heads) != anchor.digest:
        yield Fault(name, 0, "content was changed")
        return
    for stream, (sequence, head) in anchor.heads.items():
        if not AuditEvent.objects.filter(stream=stream, sequence=sequence, digest=head).exists():
            yield Fault(stream, sequence, f"the entry anchored on {anchor.day} is not there")


def anchor_heads(*, on: date, actor: Actor) -> AuditAnchor:
    """Writes the heads of all chains under one hash for the day; repeatable, first one stays."""
    existing = AuditAnchor.objects.filter(day=on).first()
    if existing:
        return existing
    heads = {
        stream.name: [stream.sequence, stream.head]
        for stream in AuditStream.objects.exclude(sequence=0).order_by("name")
    }
    with transaction.atomic():
        anchor, created = AuditAnchor.objects.get_or_create(
            day=on,
            defaults={
                "heads": heads,
                "digest": _anchor_digest(heads),
                "created_at": dates.now(),
            },
        )
        if created:
            record("anchors", "anchor", actor=actor, facts={"day": on, "digest": anchor.digest})
    return anchor
