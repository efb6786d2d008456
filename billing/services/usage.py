"""Usage figures: counted, reviewed, overridden with a reason, sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from billing.enums import SNAPSHOT_TRANSITIONS, SnapshotState
from billing.models import UsageRow, UsageSnapshot
from billing.services.schedules import canonical_digest

#: A larger count is a typing error; all DOIs ever registered are far fewer.
ABSURD_COUNT = 10_000_000_000


def open_snapshot(*, year: int, source: str, actor: Actor, title: str = "") -> UsageSnapshot:
    """The open snapshot of the year, made when there is none. `source` says where from."""
    with transaction.atomic():
        row = UsageSnapshot.objects.filter(year=year, state=SnapshotState.OPEN).first()
        if row is None:
            row = UsageSnapshot.objects.create(
                year=year, source=source[:300], title=(title or f"Usage {year}")[:120]
            )
            audit.record("usage", "open_snapshot", actor=actor, subject=row, facts={"year": year})
    return row


def record_count(
    *,
    snapshot: UsageSnapshot,
    organisation_id: int,
    count: int,
    repository_id: int | None = None,
    content_type: str = "",
    vintage: str = "",
    quarter: int = 0,
) -> tuple[UsageRow, str]:
    """One figure; returns the row and `created`, `updated` or `unchanged`.

    Raises: BadInput for a negative or absurd count; InvalidTransition when sealed.
    """
    if snapshot.state != SnapshotState.OPEN:
        raise InvalidTransition(_("The usage figures are not open any more."))
    if count < 0 or count > ABSURD_COUNT:
        raise BadInput(_("%(count)s is not a possible number of DOIs.") % {"count": count})
    key: dict[str, Any] = {
        "snapshot": snapshot,
        "organisation_id": organisation_id,
        "repository_id": repository_id,
        "content_type": content_type,
        "vintage": vintage,
        "quarter": quarter,
    }
    row, created = UsageRow.objects.get_or_create(**key, defaults={"count": count})
    if created:
        return row, "created"
    if row.count == count:
        return row, "unchanged"
    row.count = count
    row.save()
    return row, "updated"


def override_count(*, row: UsageRow, count: int, reason: str, actor: Actor) -> UsageRow:
    """Staff's own figure with its reason; the counted one stays beside it.

    Raises: BadInput, InvalidTransition when the snapshot is sealed.
    """
    if not reason.strip():
        raise BadInput(_("Say why the figure is changed."))
    if row.snapshot.state == SnapshotState.SEALED:
        raise InvalidTransition(_("Sealed figures do not change; correct them in the next run."))
    if count < 0 or count > ABSURD_COUNT:
        raise BadInput(_("%(count)s is not a possible number of DOIs.") % {"count": count})
    with transaction.atomic():
        counted = row.count if row.counted is None else row.counted
        guarded_update(
            row,
            expect={"count": row.count},
            set={"count": count, "counted": counted, "reason": reason.strip()[:200]},
            actor=actor,
        )
        audit.record(
            "usage", "override", actor=actor, subject=row, facts={"from": counted, "to": count}
        )
    return row


def review_snapshot(*, snapshot: UsageSnapshot, actor: Actor) -> UsageSnapshot:
    """Staff looked at the figures. Raises: RuleBroken when there are none."""
    if not snapshot.rows.exists():
        raise RuleBroken(_("There are no figures to review."))
    return transition(snapshot, to=SnapshotState.REVIEWED, table=SNAPSHOT_TRANSITIONS, actor=actor)


def seal_snapshot(*, snapshot: UsageSnapshot, actor: Actor, at: datetime) -> UsageSnapshot:
    """Freezes the figures under a hash. Raises: InvalidTransition unless reviewed."""
    digest = snapshot_digest(snapshot)
    with transaction.atomic():
        transition(
            snapshot,
            to=SnapshotState.SEALED,
            table=SNAPSHOT_TRANSITIONS,
            actor=actor,
            also={"digest": digest, "sealed_at": at, "sealed_by": str(actor)},
        )
        total = snapshot.rows.aggregate(total=Sum("count"))["total"] or 0
        audit.record(
            "usage",
            "seal",
            actor=actor,
            subject=snapshot,
            facts={"digest": digest, "total": total, "rows": snapshot.rows.count()},
        )
    return snapshot


def snapshot_digest(snapshot: UsageSnapshot) -> str:
    """SHA-256 over all figures in a fixed order, with year and source."""
    rows = snapshot.rows.order_by(
        "organisation_id", "repository_id", "content_type", "vintage", "quarter"
    ).values_list("organisation_id", "repository_id", "content_type", "vintage", "quarter", "count")
    return canonical_digest([snapshot.year, snapshot.source, [list(row) for row in rows]])
