"""What staff look at before they sign usage figures: sums, gaps, large changes, overrides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from billing.enums import DifferenceDecision, SnapshotState
from billing.models import UsageComparison, UsageSnapshot
from contacts.models import Membership, Organisation

#: Times more or less than the year before that is worth a look, above so many registrations.
LARGE_FACTOR = 3
LARGE_FROM = 500

VIEWS = {
    "differences": _("Differences to the registry"),
    "missing": _("Members without a figure"),
    "changes": _("Large changes to the year before"),
    "overridden": _("Changed by hand"),
    "figures": _("All figures"),
    "corrections": _("Corrections since"),
}


@dataclass(frozen=True)
class Overview:
    """Sums of a snapshot and of the sealed one of the year before."""

    figures: int
    organisations: int
    total: int
    before: int | None
    comparison: UsageComparison | None
    open_differences: int
    differences: int
    missing: int
    changes: list[dict[str, Any]]
    overridden: int
    corrections: int

    @property
    def change(self) -> int | None:
        return None if self.before is None else self.total - self.before

    def count_of(self, view: str) -> int:
        return {
            "differences": self.differences,
            "missing": self.missing,
            "changes": len(self.changes),
            "overridden": self.overridden,
            "figures": self.figures,
            "corrections": self.corrections,
        }[view]


def overview(snapshot: UsageSnapshot) -> Overview:
    """Everything counted, in few queries."""
    sums = snapshot.rows.aggregate(
        figures=Count("pk"),
        organisations=Count("organisation", distinct=True),
        total=Sum("count"),
        overridden=Count("pk", filter=Q(counted__isnull=False)),
    )
    earlier = _year_before(snapshot)
    comparison = snapshot.comparisons.first()
    differences = comparison.differences if comparison is not None else None
    return Overview(
        figures=sums["figures"],
        organisations=sums["organisations"],
        total=sums["total"] or 0,
        before=(earlier.rows.aggregate(n=Sum("count"))["n"] or 0) if earlier else None,
        comparison=comparison,
        differences=differences.count() if differences is not None else 0,
        open_differences=differences.filter(decision=DifferenceDecision.OPEN).count()
        if differences is not None
        else 0,
        missing=_missing(snapshot).count(),
        changes=_large_changes(snapshot, earlier) if earlier else [],
        overridden=sums["overridden"],
        corrections=snapshot.corrections.count(),
    )


def view_rows(snapshot: UsageSnapshot, view: str, facts: Overview) -> Any:
    """The rows behind one of the views, ordered and ready for paging."""
    if view == "missing":
        return _missing(snapshot).order_by("name")
    if view == "changes":
        return facts.changes
    if view == "corrections":
        return snapshot.corrections.select_related("organisation", "repository", "invoice")
    if view == "differences":
        if facts.comparison is None:
            return []
        return facts.comparison.differences.select_related("organisation", "repository").order_by(
            "organisation__name", "id"
        )
    rows = snapshot.rows.select_related("organisation", "repository")
    if view == "overridden":
        rows = rows.filter(counted__isnull=False)
    return rows.order_by("organisation__name", "repository__symbol", "id")


def _year_before(snapshot: UsageSnapshot) -> UsageSnapshot | None:
    return (
        UsageSnapshot.objects.filter(year=snapshot.year - 1, state=SnapshotState.SEALED)
        .order_by("-id")
        .first()
    )


def _missing(snapshot: UsageSnapshot):
    """Members on 1 January after the year counted, of a type that registers DOIs, without a figure."""
    first = date(snapshot.year + 1, 1, 1)
    members = Membership.objects.open(on=first).filter(member_type__uses_registry=True)
    return (
        Organisation.objects.filter(pk__in=members.values("organisation_id"))
        .exclude(pk__in=snapshot.rows.values("organisation_id"))
        .only("id", "name", "display_name", "country")
    )


def _large_changes(snapshot: UsageSnapshot, earlier: UsageSnapshot) -> list[dict[str, Any]]:
    """Organisations whose count is so many times that of the year before, or a part of it."""
    old, new = _by_organisation(earlier), _by_organisation(snapshot)
    pairs = {key: (old.get(key, 0), new.get(key, 0)) for key in {*old, *new}}
    large = {
        key: (before, now)
        for key, (before, now) in pairs.items()
        if max(before, now) >= LARGE_FROM
        and (now >= before * LARGE_FACTOR or before >= now * LARGE_FACTOR)
    }
    names = Organisation.objects.in_bulk(list(large))
    rows = [
        {
            "organisation": names[key],
            "before": before,
            "now": now,
            "factor": Decimal(now) / before if before else None,
        }
        for key, (before, now) in large.items()
    ]
    return sorted(rows, key=lambda row: -abs(row["now"] - row["before"]))


def _by_organisation(snapshot: UsageSnapshot) -> dict[int, int]:
    rows = snapshot.rows.order_by().values_list("organisation_id").annotate(n=Sum("count"))
    return dict(rows)
