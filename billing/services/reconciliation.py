"""Usage figures compared with the registry's, repository by repository; each difference decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from billing.enums import DifferenceDecision, SnapshotState
from billing.models import UsageComparison, UsageDifference, UsageRow, UsageSnapshot
from billing.services.usage import check_count, override_count
from contacts.models import Repository

#: The registry's own figures can be taken only while ours may still change.
DECIDABLE = (SnapshotState.OPEN, SnapshotState.REVIEWED)


@dataclass(frozen=True)
class Figure:
    """Ours and the registry's figure of one repository, or of an organisation counted as a whole."""

    organisation_id: int
    repository_id: int | None
    ours: int | None
    theirs: int | None

    @property
    def differs(self) -> bool:
        return self.theirs is not None and (self.ours or 0) != self.theirs


def repositories_of(snapshot: UsageSnapshot) -> list[Repository]:
    """Every repository of an organisation that has a figure in the snapshot, by symbol."""
    organisations = snapshot.rows.values("organisation_id")
    return list(Repository.objects.filter(organisation__in=organisations).order_by("symbol"))


def figures(snapshot: UsageSnapshot, answers: Mapping[str, int | None]) -> list[Figure]:
    """Both figures of everything counted. `answers`: symbol in capitals → the registry's count.

    An organisation whose own figure names no repository is compared with the sum of its repositories.
    """
    by_repository: dict[int, int] = defaultdict(int)
    whole: dict[int, int] = defaultdict(int)
    rows = snapshot.rows.values_list("organisation_id", "repository_id", "count")
    for organisation, repository, count in rows:
        if repository is None:
            whole[organisation] += count
        else:
            by_repository[repository] += count
    found = []
    rest: dict[int, list[int | None]] = defaultdict(list)
    for known_one in repositories_of(snapshot):
        theirs = answers.get(known_one.symbol.upper())
        own = by_repository.get(known_one.pk)
        if own is None and known_one.organisation_id in whole:
            rest[known_one.organisation_id].append(theirs)
            continue
        if own is not None or theirs:
            found.append(Figure(known_one.organisation_id, known_one.pk, own, theirs))
    for organisation, ours in sorted(whole.items()):
        known = [count for count in rest.get(organisation, []) if count is not None]
        theirs = sum(known) if known and len(known) == len(rest[organisation]) else None
        found.append(Figure(organisation, None, ours, theirs))
    return found


def record_comparison(
    *,
    snapshot: UsageSnapshot,
    answers: Mapping[str, int | None],
    source: str,
    question: str = "",
    actor: Actor,
    at: datetime,
) -> UsageComparison:
    """Keeps the registry's answers and a row for each figure that differs.

    Raises: InvalidTransition for figures that are signed; BadInput for an impossible count, or when
    the answers are about none of our repositories.
    """
    if snapshot.state not in DECIDABLE:
        raise InvalidTransition(_("The usage figures are not open any more."))
    for symbol, count in answers.items():
        if count is not None:
            try:
                check_count(count)
            except BadInput as error:
                raise BadInput(error.message, where=symbol) from error
    found = figures(snapshot, answers)
    answered = sum(1 for figure in found if figure.theirs is not None)
    if not answered:
        raise BadInput(_("The answer is about none of the repositories counted here."))
    with transaction.atomic():
        comparison = UsageComparison.objects.create(
            snapshot=snapshot,
            source=source[:300],
            question=question[:300],
            taken_at=at,
            taken_by=str(actor),
            compared=answered,
            unanswered=len(found) - answered,
            answers={name.upper(): count for name, count in answers.items()},
        )
        UsageDifference.objects.bulk_create(
            UsageDifference(
                comparison=comparison,
                organisation_id=figure.organisation_id,
                repository_id=figure.repository_id,
                ours=figure.ours,
                theirs=figure.theirs,
            )
            for figure in found
            if figure.differs
        )
        audit.record(
            "usage",
            "compare",
            actor=actor,
            subject=snapshot,
            facts={"compared": answered, "differences": comparison.differences.count()},
        )
    return comparison


def decide_difference(
    *, difference: UsageDifference, take: bool, reason: str, actor: Actor, at: datetime
) -> UsageDifference:
    """Takes the registry's figure into the snapshot, or keeps ours and says why.

    Raises: BadInput without a reason to keep; InvalidTransition when decided or signed already;
    RuleBroken when several figures make up ours, so that staff must change them by hand.
    """
    snapshot = difference.comparison.snapshot
    if snapshot.state not in DECIDABLE:
        raise InvalidTransition(_("The usage figures are not open any more."))
    if not take and not reason.strip():
        raise BadInput(_("Say why our figure is kept."))
    decision = DifferenceDecision.TAKEN if take else DifferenceDecision.KEPT
    with transaction.atomic():
        changed = UsageDifference.objects.filter(
            pk=difference.pk, decision=DifferenceDecision.OPEN
        ).update(
            decision=decision, reason=reason.strip()[:200], decided_by=str(actor), decided_at=at
        )
        if not changed:
            raise InvalidTransition(_("This difference is decided already."))
        if take:
            _take(difference, snapshot, actor)
        audit.record(
            "usage",
            f"difference_{decision}",
            actor=actor,
            subject=difference,
            facts={"ours": difference.ours, "theirs": difference.theirs},
        )
    difference.refresh_from_db()
    return difference


def _take(difference: UsageDifference, snapshot: UsageSnapshot, actor: Actor) -> None:
    rows = list(
        snapshot.rows.filter(
            organisation=difference.organisation_id, repository=difference.repository_id
        )
    )
    reason = _("the registry's figure of %(day)s") % {
        "day": f"{difference.comparison.taken_at:%Y-%m-%d}"
    }
    theirs = difference.theirs or 0
    if len(rows) > 1:
        raise RuleBroken(_("Our figure has several parts; change them one by one, then keep it."))
    if rows:
        override_count(row=rows[0], count=theirs, reason=reason, actor=actor)
        return
    try:
        with transaction.atomic():
            UsageRow.objects.create(
                snapshot=snapshot,
                organisation_id=difference.organisation_id,
                repository_id=difference.repository_id,
                count=theirs,
                counted=0,
                reason=reason,
            )
    except IntegrityError as error:
        raise InvalidTransition(_("The usage figures have changed in the meantime.")) from error


def changed_since(comparison: UsageComparison) -> int:
    """Figures that differ from the registry's answers and have no decision of their own."""
    decided = {
        (row.organisation_id, row.repository_id)
        for row in comparison.differences.exclude(decision=DifferenceDecision.OPEN)
    }
    now = figures(comparison.snapshot, comparison.answers)
    return sum(
        1
        for figure in now
        if figure.differs and (figure.organisation_id, figure.repository_id) not in decided
    )
