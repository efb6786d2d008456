"""What staff should know before a run goes on: warnings, payers kept out, money received."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.dates import Period, last_day
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from billing.enums import RUN_TRANSITIONS, ItemState, RunPurpose, RunState
from billing.models import Allocation, BillingRun, Invoice, RunHold, RunItem
from billing.services.compute import compute_run
from contacts.models import Organisation


def warnings_of(run: BillingRun) -> list[str]:
    """Sentences about what is unusual in the run itself; empty when nothing is."""
    found = []
    schedule = run.schedule
    if schedule.superseded_at is not None:
        found.append(_("%(s)s was replaced by a newer version.") % {"s": schedule})
    first = date(run.year, 1, 1)
    if not Period(schedule.valid_from, schedule.valid_until).contains(first):
        found.append(
            _("%(s)s is valid from %(from)s to %(to)s, not on 1 January %(year)s.")
            % {
                "s": schedule,
                "from": schedule.valid_from,
                "to": last_day(schedule.valid_until) or "…",
                "year": run.year,
            }
        )
    if run.snapshot is None and run.purpose in (RunPurpose.ANNUAL, RunPurpose.REGISTRATION):
        found.append(_("The run has no usage figures; members billed by usage are parked."))
    if run.snapshot is not None and run.snapshot.not_compared_because:
        found.append(
            _("The usage figures were not compared with the registry: %(why)s")
            % {"why": run.snapshot.not_compared_because}
        )
    if run.invoice_date.year != run.year and run.purpose != RunPurpose.REGISTRATION:
        found.append(
            _("The invoices are dated %(day)s, outside the year billed.")
            % {"day": run.invoice_date}
        )
    later = Invoice.objects.issued().filter(
        series=f"invoice-{run.invoice_date.year}", issue_date__gt=run.invoice_date
    )
    if run.state in (RunState.DRAFT, RunState.COMPUTED, RunState.REVIEWED) and later.exists():
        found.append(
            _("There are invoices with a later date than %(day)s; numbers must rise with dates.")
            % {"day": run.invoice_date}
        )
    return found


def unreachable_items(run: BillingRun) -> list[RunItem]:
    """Ready items whose billing contact cannot be reached by mail: these become letters."""
    rows = RunItem.objects.filter(run=run, state=ItemState.READY).exclude(exceptions=[])
    return [
        row
        for row in rows.select_related("payer").defer("payload")
        if "billing_contact_unreachable" in row.exceptions
    ]


def hold_payer(
    *, run: BillingRun, payer: Organisation, reason: str, actor: Actor, at: datetime
) -> BillingRun:
    """Keeps a payer out of the run and computes it again; the rest goes on.

    Raises: BadInput without a reason; RuleBroken when the run is approved or the payer is out.
    """
    if not reason.strip():
        raise BadInput(_("Say why the payer is kept out."))
    _still_open(run)
    try:
        with transaction.atomic():
            RunHold.objects.create(
                run=run, payer=payer, reason=reason.strip()[:200], held_by=str(actor)
            )
            audit.record(
                f"run:{run.pk}", "hold", actor=actor, subject=run, facts={"payer": payer.pk}
            )
    except IntegrityError as error:
        raise RuleBroken(_("%(payer)s is kept out already.") % {"payer": payer}) from error
    return compute_run(run=run, actor=actor, at=at)


def release_payer(
    *, run: BillingRun, payer: Organisation, actor: Actor, at: datetime
) -> BillingRun:
    """Takes a payer in again and computes the run. Raises: RuleBroken when it was not kept out."""
    _still_open(run)
    with transaction.atomic():
        gone, _rows = RunHold.objects.filter(run=run, payer=payer).delete()
        if not gone:
            raise RuleBroken(_("%(payer)s is not kept out.") % {"payer": payer})
        audit.record(
            f"run:{run.pk}", "release", actor=actor, subject=run, facts={"payer": payer.pk}
        )
    return compute_run(run=run, actor=actor, at=at)


def _still_open(run: BillingRun) -> None:
    if RunState.COMPUTED not in RUN_TRANSITIONS[run.state]:
        raise RuleBroken(_("An approved run is not computed again."))


def received(run: BillingRun) -> Decimal:
    """What was paid on the invoices of the run so far, in its currency."""
    rows = Allocation.objects.filter(
        invoice__run=run, voided_at__isnull=True, payment__voided_at__isnull=True
    )
    return rows.aggregate(total=Sum("amount"))["total"] or Decimal("0.00")
