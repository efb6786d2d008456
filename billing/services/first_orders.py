"""First-year orders: an approved applicant is invoiced before the membership starts with the payment.

Source: Crossref, "How to become a member": the invoice for the first year follows the approval, the
membership is active when it is paid.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput
from backoffice.core.services import jobs
from billing.enums import RunPurpose, RunState
from billing.models import BilledClaim, BillingRun, FeeSchedule, Invoice, RunItem
from billing.queries import order_inputs
from billing.services.compute import compute_run
from billing.services.runs import create_run
from contacts.models import Agency
from contacts.queries import applicants_before_payment


def on_membership_event(organisation_id: int, act: str, on: date, actor: Actor) -> None:
    """Called in the transaction of the act: an approval queues the preparing of its invoice."""
    if act == "approve":
        jobs.enqueue("billing.first_orders")


def prepare_first_orders(*, on: date, actor: Actor, at: datetime) -> list[BillingRun]:
    """A computed run for every year in which an approved applicant has no first invoice yet.

    The run is then reviewed and approved by people like any other. One that is open already is
    computed again instead, so that it may be called at every approval and once a day.

    Raises: BadInput when no published schedule of the agency covers the year.
    """
    agency = Agency.objects.first()
    if agency is None or agency.activation != "first_payment":
        return []
    prepared = []
    years = {row.effective_on.year for row in applicants_before_payment() if row.effective_on}
    for year in sorted(years):
        if not _unbilled(year):
            continue
        run = BillingRun.objects.filter(
            purpose=RunPurpose.FIRST_ORDER, year=year, state__in=[RunState.DRAFT, RunState.COMPUTED]
        ).first() or _new_run(year, on, actor)
        compute_run(run=run, actor=actor, at=at)
        prepared.append(run)
    return prepared


def _unbilled(year: int) -> bool:
    wanted = {int(member.id) for member in order_inputs(year=year)}
    claimed = BilledClaim.objects.filter(
        year=year, purpose="dues", released_at__isnull=True, organisation__in=wanted
    ).values_list("organisation_id", flat=True)
    reviewed = BillingRun.objects.filter(
        purpose=RunPurpose.FIRST_ORDER, year=year,
        state__in=[RunState.REVIEWED, RunState.APPROVED, RunState.ISSUING],
    ).values("pk")  # fmt: skip
    under_way = RunItem.objects.filter(run__in=reviewed).values_list("payer_id", flat=True)
    return bool(wanted - set(claimed) - set(under_way))


def _new_run(year: int, on: date, actor: Actor) -> BillingRun:
    agency = Agency.objects.get()
    schedule = (
        FeeSchedule.objects.filter(
            agency=agency.preset, superseded_at=None, published_at__isnull=False,
            valid_from__lte=date(year, 12, 31),
        )
        .exclude(valid_until__lte=date(year, 1, 1))
        .order_by("-valid_from")
        .first()
    )  # fmt: skip
    if schedule is None:
        raise BadInput(f"No published fee schedule covers {year}.", where="schedule")
    with transaction.atomic():
        return create_run(
            purpose=RunPurpose.FIRST_ORDER, year=year, schedule=schedule, snapshot=None,
            invoice_date=on, actor=actor,
        )  # fmt: skip


def first_fee_paid(organisation_id: int) -> date | None:
    """The day on which the last part of the first-year invoice came in; None while something is
    open, and for an invoice that was cancelled."""
    invoices = Invoice.objects.receivable().with_open_amount().filter(
        payer=organisation_id, run__purpose=RunPurpose.FIRST_ORDER
    )  # fmt: skip
    for invoice in invoices.order_by("-sequence"):
        if invoice.open_amount > 0:
            continue
        last = (
            invoice.allocations.filter(voided_at__isnull=True)
            .order_by("-payment__received_on")
            .first()
        )
        if last is not None:
            return last.payment.received_on
    return None
