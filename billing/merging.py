"""Billing's part in a merge: open business follows the payer, what is printed or sealed stays."""

from __future__ import annotations

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from billing.enums import CorrectionState, RunState, SnapshotState
from billing.models import RunItem
from contacts.registry import MergePolicy, Relation

# An issued document's text, numbers and amounts never change (billing.guards); whose account it
# stands in follows the payer, or its open amount would be chased at a record nobody uses.
SNAPSHOT_OPEN = [SnapshotState.OPEN, SnapshotState.REVIEWED, SnapshotState.RECONCILED]
RUN_AT_WORK = [RunState.COMPUTED, RunState.REVIEWED, RunState.APPROVED, RunState.ISSUING]
FIGURE = ("snapshot", "content_type", "vintage", "quarter")

RELATIONS = (
    Relation("billing.Invoice", "payer"),
    Relation("billing.InvoiceLine", "organisation"),
    Relation("billing.BilledClaim", "organisation", unless_same=("component", "year", "purpose"),
             clash={"released_at__isnull": True},
             why=_("the record that stays was billed the same item")),
    Relation("billing.DunningNotice", "organisation"),
    Relation("billing.Payment", "organisation"),
    Relation("billing.OrderRequest", "organisation", unless_same=("year",),
             clash={"state": "asked"}, why=_("the record that stays is asked for the same year")),
    Relation("billing.BillingProfile", "organisation", unless_same=(),
             why=_("the record that stays has its own billing profile")),
    Relation("billing.VatCheck", "organisation"),
    Relation("billing.RunItem", "payer", "leave", why=_("billing runs keep what they computed")),
    Relation("billing.RunHold", "payer", unless_same=("run",),
             why=_("the record that stays is kept out of the same run")),
    Relation("billing.UsageRow", "organisation", only={"snapshot__state__in": SNAPSHOT_OPEN},
             unless_same=FIGURE, clash={"repository__isnull": True},
             why=_("signed and sealed figures never change")),
    Relation("billing.UsageDifference", "organisation", "leave",
             why=_("a comparison keeps what it compared")),
    Relation("billing.UsageCorrection", "organisation", only={"state": CorrectionState.OPEN},
             unless_same=FIGURE, clash={"repository__isnull": True, "state": CorrectionState.OPEN},
             why=_("settled corrections keep what they settled")),
)  # fmt: skip


def refuses(kind: str, loser_id: int, winner_id: int) -> list[str]:
    """A run that is computed but not issued would bill a record that is gone."""
    if kind != "organisation":
        return []
    items = RunItem.objects.filter(payer__in=(loser_id, winner_id), run__state__in=RUN_AT_WORK)
    runs = sorted({str(item.run) for item in items.select_related("run")})
    sentence = _t("The billing run “%(run)s” is at work on one of the two; issue or drop it first.")
    return [sentence % {"run": run} for run in runs]


BILLING = MergePolicy(RELATIONS, refuses)
