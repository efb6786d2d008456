"""The run's way from draft to closed; approver and preparer are two people."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit, numbering
from backoffice.core.transitions import transition
from billing.enums import RUN_TRANSITIONS, ItemState, RunPurpose, RunState
from billing.models import BillingRun, FeeSchedule, Invoice, RunItem, UsageSnapshot
from billing.services.compute import preview_digest
from billing.services.issue import series_of
from billing.services.usage_corrections import close_without_effect


def create_run(
    *,
    purpose: str,
    year: int,
    schedule: FeeSchedule,
    snapshot: UsageSnapshot | None,
    invoice_date: date,
    actor: Actor,
    quarter: int = 0,
    title: str = "",
    amount_limit=None,
) -> BillingRun:
    """A draft run. `quarter` 1–4 for registrations, 0 otherwise.

    Raises: BadInput for a date outside what the schedule or the year allows.
    """
    if purpose not in RunPurpose.values:
        raise BadInput(_("%(purpose)r is not a purpose of a run.") % {"purpose": purpose})
    if (purpose == RunPurpose.REGISTRATION) != (quarter in (1, 2, 3, 4)):
        raise BadInput(_("A registration run needs a quarter from 1 to 4, no other run has one."))
    if snapshot is not None and snapshot.year not in (year, year - 1):
        raise BadInput(
            _("Usage of %(usage)s does not belong to %(year)s.")
            % {"usage": snapshot.year, "year": year}
        )
    if schedule.published_at is None:
        raise RuleBroken(
            _("%(schedule)s is a proposal; publish it first.") % {"schedule": schedule}
        )
    _refuse_second(purpose, year, quarter)
    name = title or f"{RunPurpose(purpose).label} {year}" + (f" Q{quarter}" if quarter else "")
    with transaction.atomic():
        run = BillingRun.objects.create(
            title=name[:120],
            purpose=purpose,
            year=year,
            quarter=quarter,
            schedule=schedule,
            snapshot=snapshot,
            invoice_date=invoice_date,
            amount_limit=amount_limit,
            preparer=str(actor),
            prepared_by_id=actor.user_id,
        )
        audit.record(f"run:{run.pk}", "create", actor=actor, subject=run, facts={"year": year})
    return run


def _refuse_second(purpose: str, year: int, quarter: int) -> None:
    if purpose not in (RunPurpose.ANNUAL, RunPurpose.REGISTRATION):
        return
    other = (
        BillingRun.objects.filter(purpose=purpose, year=year, quarter=quarter)
        .exclude(state__in=[RunState.DROPPED, RunState.ISSUED, RunState.CLOSED])
        .first()
    )
    if other is not None:
        raise RuleBroken(_("%(run)s is still in work.") % {"run": other})


def review_run(*, run: BillingRun, actor: Actor) -> BillingRun:
    """Says that preview and exceptions were looked at."""
    with transaction.atomic():
        transition(run, to=RunState.REVIEWED, table=RUN_TRANSITIONS, actor=actor)
        audit.record(f"run:{run.pk}", "review", actor=actor, subject=run)
    return run


def approve_run(*, run: BillingRun, actor: Actor, at: datetime) -> BillingRun:
    """Approves exactly what was computed.

    Raises: RuleBroken when the approver prepared the run, or when an item has changed since.
    """
    if str(actor) == run.preparer:
        raise RuleBroken(_("Whoever prepared a run cannot approve it."), code="same_person")
    ready = list(RunItem.objects.filter(run=run, state=ItemState.READY))
    if not ready:
        raise RuleBroken(_("There is nothing to bill in this run."))
    _refuse_later_documents(run)
    if preview_digest(ready) != run.preview_digest:
        raise RuleBroken(_("The items differ from what was computed; compute the run again."))
    with transaction.atomic():
        transition(
            run,
            to=RunState.APPROVED,
            table=RUN_TRANSITIONS,
            actor=actor,
            also={"approver": str(actor), "approved_at": at},
        )
        audit.record(
            f"run:{run.pk}",
            "approve",
            actor=actor,
            subject=run,
            facts={"digest": run.preview_digest, "total": run.gross_total},
        )
    numbering.ensure_series(series_of(run.invoice_date.year, "invoice"))
    return run


def _refuse_later_documents(run: BillingRun) -> None:
    """Numbers rise with dates: nothing is issued under an earlier date than what is there."""
    series = series_of(run.invoice_date.year, "invoice")
    later = (
        Invoice.objects.issued()
        .filter(series=series, issue_date__gt=run.invoice_date)
        .order_by("-issue_date")
        .first()
    )
    if later is not None:
        raise RuleBroken(
            _("%(number)s is dated %(day)s; a run dated before it cannot be issued. Drop the run.")
            % {"number": later, "day": later.issue_date},
            code="date",
        )


def start_issuing(*, run: BillingRun, actor: Actor) -> BillingRun:
    """Opens the run for the workers; a run already being issued stays as it is."""
    run.refresh_from_db()
    if run.state == RunState.ISSUING:
        return run
    _refuse_later_documents(run)
    with transaction.atomic():
        transition(run, to=RunState.ISSUING, table=RUN_TRANSITIONS, actor=actor)
        audit.record(f"run:{run.pk}", "start_issuing", actor=actor, subject=run)
    return run


def finish_issuing(*, run: BillingRun, actor: Actor, at: datetime) -> BillingRun:
    """Issued, once no item is ready any more; a second call changes nothing."""
    run.refresh_from_db()
    if run.state != RunState.ISSUING or run.items.filter(state=ItemState.READY).exists():
        return run
    with transaction.atomic():
        changed = BillingRun.objects.filter(pk=run.pk, state=RunState.ISSUING).update(
            state=RunState.ISSUED, issued_at=at
        )
        if changed:
            close_without_effect(run=run, actor=actor)
            facts = {"invoices": run.invoices.count()}
            audit.record(f"run:{run.pk}", "issued", actor=actor, subject=run, facts=facts)
    run.refresh_from_db()
    return run


def close_run(*, run: BillingRun, actor: Actor) -> BillingRun:
    """Closes an issued run. Raises: RuleBroken while documents or mails are outstanding."""
    waiting = run.invoices.exclude(document__state="stored").count()
    unsent = run.invoices.filter(sent_at__isnull=True, unsent_reason="").count()
    if waiting or unsent:
        raise RuleBroken(
            _("%(documents)s documents and %(mails)s mails are still outstanding.")
            % {"documents": waiting, "mails": unsent}
        )
    with transaction.atomic():
        transition(run, to=RunState.CLOSED, table=RUN_TRANSITIONS, actor=actor)
        audit.record(f"run:{run.pk}", "close", actor=actor, subject=run)
    return run


def drop_run(*, run: BillingRun, actor: Actor) -> BillingRun:
    """Gives up a run that is not approved."""
    with transaction.atomic():
        transition(run, to=RunState.DROPPED, table=RUN_TRANSITIONS, actor=actor)
        audit.record(f"run:{run.pk}", "drop", actor=actor, subject=run)
    return run
