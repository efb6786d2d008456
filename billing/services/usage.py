"""Usage figures while they may still change: imported, overridden with a reason, reviewed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from billing.enums import SNAPSHOT_TRANSITIONS, SnapshotState
from billing.models import UsageRow, UsageSnapshot
from contacts.models import Membership, Repository

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

    Raises: BadInput for a negative or absurd count; InvalidTransition when no longer open.
    """
    if snapshot.state != SnapshotState.OPEN:
        raise InvalidTransition(_("The usage figures are not open any more."))
    check_count(count)
    key: dict[str, Any] = {
        "snapshot": snapshot,
        "organisation_id": organisation_id,
        "repository_id": repository_id,
        "content_type": content_type,
        "vintage": vintage,
        "quarter": quarter,
    }
    try:
        with transaction.atomic():
            row, created = UsageRow.objects.get_or_create(**key, defaults={"count": count})
            if created:
                return row, "created"
            if row.count == count:
                return row, "unchanged"
            row.count = count
            row.save()
    except IntegrityError as error:
        raise _frozen(error) from error
    return row, "updated"


def countable_repositories(year: int) -> list[Repository]:
    """Repositories of everybody who is a member in the year after the one counted, by symbol."""
    first = date(year + 1, 1, 1)
    members = Membership.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=first),
        valid_from__lte=date(year + 1, 12, 31),
    )
    return list(
        Repository.objects.filter(organisation__in=members.values("organisation_id")).order_by(
            "symbol"
        )
    )


def check_count(count: int) -> int:
    """Raises: BadInput for a negative or absurd number of registrations."""
    if count < 0 or count > ABSURD_COUNT:
        raise BadInput(_("%(count)s is not a possible number of DOIs.") % {"count": count})
    return count


def _frozen(error: IntegrityError) -> Exception:
    """The refusal of the database's own guard in words; any other error as it is."""
    if "usage figures never change" in str(error):
        return InvalidTransition(_("The usage figures are not open any more."))
    return error


def override_count(*, row: UsageRow, count: int, reason: str, actor: Actor) -> UsageRow:
    """Staff's own figure with its reason; the counted one stays beside it.

    Raises: BadInput, InvalidTransition when the snapshot is signed or sealed.
    """
    if not reason.strip():
        raise BadInput(_("Say why the figure is changed."))
    if row.snapshot.state not in (SnapshotState.OPEN, SnapshotState.REVIEWED):
        raise InvalidTransition(
            _("Reconciled figures do not change; a correction goes into the next run.")
        )
    check_count(count)
    try:
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
    except IntegrityError as error:
        raise _frozen(error) from error
    return row


def review_snapshot(*, snapshot: UsageSnapshot, actor: Actor) -> UsageSnapshot:
    """Staff looked at the figures. Raises: RuleBroken when there are none."""
    if not snapshot.rows.exists():
        raise RuleBroken(_("There are no figures to review."))
    return move_snapshot(snapshot, SnapshotState.REVIEWED, "review", actor)


def reopen_snapshot(*, snapshot: UsageSnapshot, actor: Actor) -> UsageSnapshot:
    """Figures can be imported and changed again; a signature is given up."""
    cleared = {"digest": "", "signed_by": "", "signed_at": None, "not_compared_because": ""}
    return move_snapshot(snapshot, SnapshotState.OPEN, "reopen", actor, **cleared)


def move_snapshot(
    snapshot: UsageSnapshot, to: str, act: str, actor: Actor, **also: Any
) -> UsageSnapshot:
    """The next state of a snapshot, with history and audit. Raises: InvalidTransition."""
    with transaction.atomic():
        transition(snapshot, to=to, table=SNAPSHOT_TRANSITIONS, actor=actor, also=also)
        audit.record("usage", act, actor=actor, subject=snapshot, facts={"year": snapshot.year})
    return snapshot
