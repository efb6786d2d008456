"""Reconciled, signed by a person, sealed: from then on the figures can be billed from."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from billing.enums import SNAPSHOT_TRANSITIONS, DifferenceDecision, SnapshotState
from billing.models import UsageSnapshot
from billing.services.reconciliation import changed_since
from billing.services.schedules import canonical_digest
from billing.services.usage import move_snapshot, review_snapshot


def reconcile_snapshot(
    *, snapshot: UsageSnapshot, actor: Actor, without_comparison_because: str = ""
) -> UsageSnapshot:
    """The figures agree with the registry's, or each difference is decided.

    Raises: RuleBroken while differences are open, or when nothing was compared and no reason given.
    """
    comparison = snapshot.comparisons.first()
    reason = without_comparison_because.strip()
    if comparison is None and not reason:
        raise RuleBroken(_("Compare the figures with the registry first, or say why not."))
    if comparison is not None:
        left = comparison.differences.filter(decision=DifferenceDecision.OPEN).count()
        if left:
            raise RuleBroken(_("%(n)s differences are still to decide.") % {"n": left})
        if changed_since(comparison):
            raise RuleBroken(_("Figures have changed since the comparison; compare again."))
    return move_snapshot(
        snapshot, SnapshotState.RECONCILED, "reconcile", actor, not_compared_because=reason[:200]
    )


def sign_snapshot(*, snapshot: UsageSnapshot, actor: Actor, at: datetime) -> UsageSnapshot:
    """A person stands for the figures: their hash, the name and the time are kept.

    From here on the database itself refuses changes of the figures.
    """
    with transaction.atomic():
        UsageSnapshot.objects.select_for_update().get(pk=snapshot.pk)
        digest = snapshot_digest(snapshot)
        return move_snapshot(
            snapshot, SnapshotState.SIGNED, "sign", actor,
            digest=digest, signed_by=str(actor), signed_at=at,
        )  # fmt: skip


def seal_snapshot(*, snapshot: UsageSnapshot, actor: Actor, at: datetime) -> UsageSnapshot:
    """Freezes signed figures for good. Raises: InvalidTransition unless signed; RuleBroken when they
    are not what was signed."""
    with transaction.atomic():
        UsageSnapshot.objects.select_for_update().get(pk=snapshot.pk)
        if snapshot.state == SnapshotState.SIGNED and snapshot_digest(snapshot) != snapshot.digest:
            raise RuleBroken(_("The figures differ from what was signed; open them again."))
        transition(
            snapshot,
            to=SnapshotState.SEALED,
            table=SNAPSHOT_TRANSITIONS,
            actor=actor,
            also={"sealed_at": at, "sealed_by": str(actor)},
        )
        total = snapshot.rows.aggregate(total=Sum("count"))["total"] or 0
        audit.record(
            "usage",
            "seal",
            actor=actor,
            subject=snapshot,
            facts={"digest": snapshot.digest, "total": total, "rows": snapshot.rows.count()},
        )
    return snapshot


def sign_and_seal(
    *, snapshot: UsageSnapshot, reason: str, actor: Actor, at: datetime
) -> UsageSnapshot:
    """All steps that are left, for a command or a loader; `reason` says why nothing was compared."""
    if snapshot.state == SnapshotState.OPEN:
        review_snapshot(snapshot=snapshot, actor=actor)
    if snapshot.state == SnapshotState.REVIEWED:
        reconcile_snapshot(snapshot=snapshot, actor=actor, without_comparison_because=reason)
    if snapshot.state == SnapshotState.RECONCILED:
        sign_snapshot(snapshot=snapshot, actor=actor, at=at)
    if snapshot.state == SnapshotState.SIGNED:
        seal_snapshot(snapshot=snapshot, actor=actor, at=at)
    return snapshot


def snapshot_digest(snapshot: UsageSnapshot) -> str:
    """SHA-256 over all figures in a fixed order, with year and source."""
    rows = snapshot.rows.values_list(
        "organisation_id", "repository_id", "content_type", "vintage", "quarter", "count"
    )
    # Sorted here: the databases disagree about where an empty repository comes.
    ordered = sorted([list(row) for row in rows], key=lambda row: [row[0], row[1] or 0, *row[2:]])
    return canonical_digest([snapshot.year, snapshot.source, ordered])
