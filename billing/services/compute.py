"""Computes a run: who is billed what, and who is parked and why. Nothing is issued here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from billing.einvoice.tax import TaxUndecided
from billing.enums import RUN_TRANSITIONS, ItemState, RunPurpose, RunState, SnapshotState
from billing.fees.engine import FeeInvoice, FeeResult, compute_fees
from billing.models import BilledClaim, BillingRun, RunItem
from billing.queries import last_year_amounts, member_inputs
from billing.services.drafts import Draft, make_drafts
from billing.services.parties import Buyers, Seller, seller_on
from billing.services.schedules import canonical_digest, parsed

#: More lines than this on one document is a mistake in the data, not a consortium.
MAX_LINES = 3000
WAITS_FOR = re.compile(r"waits for (\d+): ")
DUES = frozenset(
    {
        *("membership", "organisation_fee", "doi_fee", "infrastructure_fee", "high_volume"),
        *("surcharge_10k", "consortium_cap", "exemption", "discount"),
    }
)


@dataclass(frozen=True)
class Frame:
    """What all items of a run share."""

    run: BillingRun
    seller: Seller
    buyers: Buyers
    payment_days: int
    last_year: dict[int, Decimal]
    claimed: frozenset[tuple[int, str]]
    joined: dict[int, date]


def compute_run(*, run: BillingRun, actor: Actor, at: datetime) -> BillingRun:
    """Replaces the items of a run that is not approved yet.

    Raises: InvalidTransition; NotConfigured without issuer; RuleBroken for usage not sealed.
    """
    if RunState.COMPUTED not in RUN_TRANSITIONS[run.state]:
        raise RuleBroken(_("An approved run is not computed again."))
    if run.snapshot is not None and run.snapshot.state != SnapshotState.SEALED:
        raise RuleBroken(_("The usage figures of the run are not sealed."))
    seller = seller_on(run.invoice_date, run.schedule.currency)
    schedule = parsed(run.schedule.data)
    members = member_inputs(
        year=run.year, snapshot=run.snapshot, until=last_joining_day(run), quarter=run.quarter
    )
    codes = {"registration", "exemption"} if run.purpose == RunPurpose.REGISTRATION else DUES
    result = compute_fees(schedule, members, run.year, only_codes=codes)
    involved = sorted({int(m.id) for m in members})
    frame = Frame(
        run=run,
        seller=seller,
        buyers=Buyers.load(involved, on=run.invoice_date),
        payment_days=schedule.payment_days,
        last_year=last_year_amounts(run),
        claimed=frozenset(
            BilledClaim.objects.filter(
                year=run.year, purpose=claim_purpose(run), released_at__isnull=True
            ).values_list("organisation_id", "component")
        ),
        joined={int(m.id): m.joined for m in members if m.joined},
    )
    items = _items(frame, result)
    _store(run, items, actor, at)
    return run


def claim_purpose(run: BillingRun) -> str:
    """Dues are billed once a year by whatever run; registrations once a quarter."""
    if run.purpose == RunPurpose.REGISTRATION:
        return f"registration:{run.quarter}"
    return "dues"


def last_joining_day(run: BillingRun) -> date:
    """Members who joined after this day are not in the run.

    The annual run bills who is a member on 1 January. Joiners are billed in the month after they
    joined; a first-year order is made at approval. Registrations are billed in arrears.
    Source: DataCite fee model, March 2023; Crossref billing page.
    """
    if run.purpose == RunPurpose.ANNUAL:
        return date(run.year, 1, 1)
    if run.purpose == RunPurpose.JOINERS:
        before = run.invoice_date.replace(day=1) - timedelta(days=1)
        return min(before, date(run.year, 12, 31))
    return date(run.year, 12, 31)


def _concerns(run: BillingRun, invoice: FeeInvoice) -> bool:
    whole_year = invoice.start == date(run.year, 1, 1)
    if run.purpose == RunPurpose.ANNUAL:
        return whole_year
    if run.purpose == RunPurpose.REGISTRATION:
        return True
    return not whole_year


def _items(frame: Frame, result: FeeResult) -> list[RunItem]:
    items: list[RunItem] = []
    for invoice in result.invoices:
        if _concerns(frame.run, invoice):
            items += _invoice_items(frame, invoice)
    for parked in result.parked:
        if _parked_here(frame, int(parked.member)):
            reason = _named(frame, parked.reason)
            items.append(_parked(frame.run, int(parked.member), reason, date(frame.run.year, 1, 1)))
    return items


def _named(frame: Frame, reason: str) -> str:
    """The engine knows keys only; staff read names."""
    found = WAITS_FOR.match(reason)
    if found is None:
        return reason
    organisation = frame.buyers.organisations.get(int(found[1]))
    return f"waits for {organisation or found[1]}: {reason[found.end() :]}"


def _parked_here(frame: Frame, member: int) -> bool:
    """A run of joiners does not repeat the parked members of the annual run."""
    if frame.run.purpose in (RunPurpose.ANNUAL, RunPurpose.REGISTRATION):
        return True
    joined = frame.joined.get(member)
    return joined is not None and joined > date(frame.run.year, 1, 1)


def _invoice_items(frame: Frame, invoice: FeeInvoice) -> list[RunItem]:
    payer = int(invoice.billed_to)
    if not invoice.total:
        item = _parked(frame.run, payer, "", invoice.start)
        item.state = ItemState.NOTHING
        return [item]
    try:
        if len(invoice.lines) > MAX_LINES:
            raise RuleBroken(_("more than %(n)s lines") % {"n": MAX_LINES})
        drafts = make_drafts(
            invoice=invoice,
            seller=frame.seller,
            buyers=frame.buyers,
            currency=frame.run.schedule.currency,
            invoice_date=frame.run.invoice_date,
            payment_days=frame.payment_days,
        )
    except TaxUndecided as error:
        return [_parked(frame.run, payer, str(error), invoice.start)]
    except RollcallError as error:
        return [_parked(frame.run, payer, error.message, invoice.start)]
    return [_item(frame, payer, invoice, draft) for draft in drafts]


def _item(frame: Frame, payer: int, invoice: FeeInvoice, draft: Draft) -> RunItem:
    run = frame.run
    reason = ""
    if any(claim in frame.claimed for claim in draft.claims):
        reason = _("already billed for %(year)s") % {"year": run.year}
    elif run.amount_limit is not None and draft.totals.gross > run.amount_limit:
        reason = _("%(amount)s is above the limit of the run") % {"amount": draft.totals.gross}
    elif draft.totals.gross < 0:
        reason = _("the total is negative")
    elif frame.buyers.reachable.get(payer) is None:
        # One who cannot be reached gets a letter; where nobody is named, staff ask first.
        reason = _("no billing contact is named")
    return RunItem(
        run=run,
        payer_id=payer,
        period_start=invoice.start,
        period_end=invoice.end,
        part=draft.part,
        state=ItemState.PARKED if reason else ItemState.READY,
        reason=reason,
        net_amount=draft.totals.net,
        tax_amount=draft.totals.tax,
        gross_amount=draft.totals.gross,
        last_year_amount=frame.last_year.get(payer),
        exceptions=_exceptions(frame, payer, draft),
        payload=draft.snapshot,
    )


def _exceptions(frame: Frame, payer: int, draft: Draft) -> list[str]:
    found = []
    why_not = frame.buyers.reachable.get(payer)
    if why_not is None:
        found.append("no_billing_contact")
    elif why_not:
        found.append("billing_contact_unreachable")
    if (
        frame.buyers.organisations[payer].purchase_order_needed
        and not draft.snapshot["order_reference"]
    ):
        found.append("no_purchase_order")
    before = frame.last_year.get(payer)
    if before:
        change = abs(draft.totals.gross - before) * 100 / before
        if change > frame.run.change_percent:
            found.append("large_change")
    elif before is None and frame.last_year:
        found.append("first_invoice")
    if any(line["explanation"].get("marks") for line in draft.snapshot["lines"]):
        found.append("amount_to_confirm")
    return found


def _parked(run: BillingRun, payer: int, reason: str, start: date) -> RunItem:
    return RunItem(
        run=run,
        payer_id=payer,
        period_start=start,
        period_end=date(run.year, 12, 31),
        part="parked",
        state=ItemState.PARKED,
        reason=reason[:300],
    )


def _store(run: BillingRun, items: Sequence[RunItem], actor: Actor, at: datetime) -> None:
    ready = [item for item in items if item.state == ItemState.READY]
    total = sum((item.gross_amount for item in ready), Decimal("0.00"))
    parked = sum(1 for item in items if item.state == ItemState.PARKED)
    digest = preview_digest(ready)
    with transaction.atomic():
        transition(
            run,
            to=RunState.COMPUTED,
            table=RUN_TRANSITIONS,
            actor=actor,
            also={
                "preview_digest": digest,
                "gross_total": total,
                "item_count": len(ready),
                "parked_count": parked,
                "computed_at": at,
                "preparer": str(actor),
                "approver": "",
            },
        )
        RunItem.objects.filter(run=run).delete()
        RunItem.objects.bulk_create(items, batch_size=500)
        audit.record(
            f"run:{run.pk}",
            "compute",
            actor=actor,
            subject=run,
            facts={"items": len(ready), "parked": parked, "total": total, "digest": digest},
        )


def preview_digest(items: Sequence[RunItem]) -> str:
    """SHA-256 over payer, period, part and content of the ready items."""
    return canonical_digest(
        sorted(
            [i.payer_id, i.period_start.isoformat(), i.part, canonical_digest(i.payload)]
            for i in items
        )
    )
