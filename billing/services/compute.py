"""Computes a run: who is billed what, and who is parked and why. Nothing is issued here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from billing.enums import RUN_TRANSITIONS, ItemState, RunPurpose, RunState, SnapshotState
from billing.fees.charges import Charge
from billing.fees.engine import FeeInvoice, FeeResult, compute_fees
from billing.fees.input_file import member_entry
from billing.fees.members import MemberInput
from billing.models import BilledClaim, BillingRun, RunInput, RunItem, UsageSnapshot
from billing.queries import last_year_amounts, member_inputs, order_inputs
from billing.services.items import Frame, blocked_items, make_items
from billing.services.parties import Buyers, seller_on
from billing.services.purposes import claim_purpose, codes_of, last_joining_day, period_of
from billing.services.schedules import canonical_digest, parsed
from billing.services.usage_corrections import Pending, pending_corrections, with_corrections

#: Payers named in the difference to the preview before.
SHOWN_CHANGES = 100


def compute_run(*, run: BillingRun, actor: Actor, at: datetime) -> BillingRun:
    """Replaces the items of a run that is not approved yet.

    Raises: InvalidTransition; NotConfigured without issuer; RuleBroken for usage not sealed.
    """
    if RunState.COMPUTED not in RUN_TRANSITIONS[run.state]:
        raise RuleBroken(_("An approved run is not computed again."))
    if run.snapshot is not None and run.snapshot.state != SnapshotState.SEALED:
        raise RuleBroken(_("The usage figures of the run are not sealed."))
    schedule = parsed(run.schedule.data)
    members = inputs_of(run)
    result = compute_fees(schedule, members, run.year, only_codes=codes_of(run))
    if run.purpose == RunPurpose.REGISTRATION:
        result = in_quarter(result, *period_of(run))
    claimed = frozenset(
        BilledClaim.objects.filter(
            year=run.year, purpose=claim_purpose(run), released_at__isnull=True
        ).values_list("organisation_id", "component")
    )
    pending = pending_corrections(run)
    result = with_corrections(result, pending, run, claimed)
    frame = Frame(
        run=run,
        seller=seller_on(run.invoice_date, run.schedule.currency),
        buyers=Buyers.load(_involved(result, members), on=run.invoice_date, at=at),
        payment_days=schedule.payment_days,
        last_year=last_year_amounts(run),
        claimed=claimed,
        joined={int(m.id): m.joined for m in members if m.joined},
        usage=named_usage(run.snapshot),
        held=dict(run.holds.values_list("payer_id", "reason")),
    )
    items = [*make_items(frame, result), *blocked_items(frame, pending.blocked)]
    _store(run, items, members, pending, actor, at)
    return run


def inputs_of(run: BillingRun) -> list[MemberInput]:
    """The members whom a run bills; a first-year order bills those who are none yet."""
    if run.purpose == RunPurpose.FIRST_ORDER:
        return order_inputs(year=run.year)
    return member_inputs(
        year=run.year, snapshot=run.snapshot, until=last_joining_day(run), quarter=run.quarter
    )


def in_quarter(result: FeeResult, first: date, last: date) -> FeeResult:
    """One invoice per payer for the quarter, whenever its members joined."""
    lines: dict[str, list[Charge]] = {}
    for invoice in result.invoices:
        lines.setdefault(invoice.billed_to, []).extend(invoice.lines)
    return replace(
        result,
        invoices=tuple(
            FeeInvoice(payer, first, last, tuple(replace(c, start=first, end=last) for c in own))
            for payer, own in lines.items()
        ),
    )


def named_usage(snapshot: UsageSnapshot | None) -> dict[str, Any] | None:
    """What an invoice says about the figures it was computed from."""
    if snapshot is None:
        return None
    return {
        "snapshot": snapshot.pk,
        "year": snapshot.year,
        "source": snapshot.source,
        "digest": snapshot.digest,
        "sealed_on": timezone.localdate(snapshot.sealed_at).isoformat()
        if snapshot.sealed_at
        else "",
    }


def _involved(result: FeeResult, members: Sequence[MemberInput]) -> list[int]:
    """Every organisation that the run speaks of, those of corrections included."""
    found = {int(member.id) for member in members}
    for invoice in result.invoices:
        found |= {int(invoice.billed_to), *(int(line.member) for line in invoice.lines)}
    return sorted(found)


def _store(
    run: BillingRun,
    items: Sequence[RunItem],
    members: Sequence[MemberInput],
    pending: Pending,
    actor: Actor,
    at: datetime,
) -> None:
    ready = [item for item in items if item.state == ItemState.READY]
    total = sum((item.gross_amount for item in ready), Decimal("0.00"))
    parked = sum(1 for item in items if item.state == ItemState.PARKED)
    digest = preview_digest(ready)
    inputs = [member_entry(member) for member in members]
    changes = preview_changes(run, ready) if run.computed_at else {}
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
                "preview_changes": changes,
            },
        )
        RunInput.objects.update_or_create(
            run=run,
            defaults={
                "members": inputs,
                "digest": canonical_digest(inputs),
                "corrections_without_effect": sorted(set(pending.no_effect)),
            },
        )
        RunItem.objects.filter(run=run).delete()
        RunItem.objects.bulk_create(items, batch_size=500)
        audit.record(
            f"run:{run.pk}",
            "compute",
            actor=actor,
            subject=run,
            facts={
                "items": len(ready),
                "parked": parked,
                "total": total,
                "digest": digest,
                "inputs": canonical_digest(inputs),
            },
        )


def preview_changes(run: BillingRun, ready: Sequence[RunItem]) -> dict[str, Any]:
    """What differs from the preview before: payer, old and new gross amount, a hundred at most."""

    def sums(items: Sequence[RunItem]) -> dict[int, Decimal]:
        found: dict[int, Decimal] = {}
        for item in items:
            found[item.payer_id] = found.get(item.payer_id, Decimal("0.00")) + item.gross_amount
        return found

    old = sums(list(RunItem.objects.filter(run=run, state=ItemState.READY).defer("payload")))
    new = sums(ready)
    payers = [payer for payer in sorted({*old, *new}) if old.get(payer) != new.get(payer)]
    return {
        "before": str(sum(old.values(), Decimal("0.00"))),
        "changed": len(payers),
        "payers": [[p, _text(old.get(p)), _text(new.get(p))] for p in payers[:SHOWN_CHANGES]],
    }


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def preview_digest(items: Sequence[RunItem]) -> str:
    """SHA-256 over payer, period, part and content of the ready items."""
    return canonical_digest(
        sorted(
            [i.payer_id, i.period_start.isoformat(), i.part, canonical_digest(i.payload)]
            for i in items
        )
    )
