"""What each payer of a run will get, or why not: the rows of the preview."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import RollcallError, RuleBroken
from billing.einvoice.tax import TaxUndecided
from billing.enums import ItemState, RunPurpose
from billing.fees.engine import FeeInvoice, FeeResult
from billing.models import BillingRun, RunItem
from billing.services.drafts import Draft, make_drafts
from billing.services.parties import Buyers, Seller

#: More lines than this on one document is a mistake in the data, not a consortium.
MAX_LINES = 3000
WAITS_FOR = re.compile(r"waits for (\d+): ")


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
    #: The sealed figures that the invoices name; None where the run has none.
    usage: dict[str, Any] | None = None
    #: Payer → why staff keep it out of this run.
    held: dict[int, str] = field(default_factory=dict)


def _concerns(run: BillingRun, invoice: FeeInvoice) -> bool:
    if invoice.corrections_only:
        return True
    whole_year = invoice.start == date(run.year, 1, 1)
    if run.purpose == RunPurpose.ANNUAL:
        return whole_year
    if run.purpose in (RunPurpose.REGISTRATION, RunPurpose.FIRST_ORDER):
        return True
    return not whole_year


def make_items(frame: Frame, result: FeeResult) -> list[RunItem]:
    items: list[RunItem] = []
    for invoice in result.invoices:
        if _concerns(frame.run, invoice):
            items += _invoice_items(frame, invoice)
    for parked in result.parked:
        if _parked_here(frame, int(parked.member)):
            reason = _named(frame, parked.reason)
            items.append(_parked(frame.run, int(parked.member), reason, date(frame.run.year, 1, 1)))
    return items


def blocked_items(frame: Frame, blocked: list[tuple[int, str]]) -> list[RunItem]:
    """Corrections of earlier usage that this run cannot settle, a row per organisation."""
    reasons: dict[int, str] = {}
    for organisation, why in blocked:
        reasons.setdefault(organisation, why)
    items = []
    for organisation, why in sorted(reasons.items()):
        reason = _("correction of usage: %(why)s") % {"why": why}
        item = _parked(frame.run, organisation, reason, date(frame.run.year, 1, 1))
        item.part = "correction"
        items.append(item)
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
            usage=frame.usage,
        )
    except TaxUndecided as error:
        return [_parked(frame.run, payer, str(error), invoice.start)]
    except RollcallError as error:
        return [_parked(frame.run, payer, error.message, invoice.start)]
    return [_item(frame, payer, invoice, draft) for draft in drafts]


def _item(frame: Frame, payer: int, invoice: FeeInvoice, draft: Draft) -> RunItem:
    run = frame.run
    reason = ""
    taken = [claim in frame.claimed for claim in draft.claims]
    if any(taken):
        reason = _("already billed for %(year)s") % {"year": run.year}
    elif payer in frame.held:
        reason = _("kept out: %(why)s") % {"why": frame.held[payer]}
    elif run.amount_limit is not None and draft.totals.gross > run.amount_limit:
        reason = _("%(amount)s is above the limit of the run") % {"amount": draft.totals.gross}
    elif draft.totals.gross < 0:
        reason = (
            _("corrections come to a credit of %(amount)s; credit the invoice of the year before")
            if draft.corrections
            else _("the total is %(amount)s, below zero")
        ) % {"amount": abs(draft.totals.gross)}
    elif frame.buyers.reachable.get(payer) is None:
        # One who cannot be reached gets a letter; where nobody is named, staff ask first.
        reason = _("no billing contact is named")
    return RunItem(
        run=run,
        payer_id=payer,
        period_start=invoice.start,
        period_end=invoice.end,
        part=draft.part,
        state=ItemState.NOTHING if all(taken) else ItemState.PARKED if reason else ItemState.READY,
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
    if draft.corrections:
        found.append("usage_correction")
    if draft.checked_offline:
        found.append("vat_checked_offline")
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
