"""Corrections of sealed usage: recorded with a reason, billed or credited by the next run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from billing.enums import (
    CORRECTION_TRANSITIONS,
    CorrectionState,
    RunPurpose,
    RunState,
    SnapshotState,
)
from billing.fees.charges import Charge
from billing.fees.corrections import Recount, settle_recounts
from billing.fees.engine import FeeInvoice, FeeResult
from billing.fees.input_file import parse_members
from billing.fees.members import MemberInput
from billing.models import BillingRun, InvoiceLine, UsageCorrection, UsageSnapshot
from billing.queries import member_inputs
from billing.services.purposes import codes_of, last_joining_day, period_name, period_of
from billing.services.schedules import parsed
from billing.services.usage import check_count
from contacts.models import Organisation, Repository

#: Runs whose invoices may have to be corrected.
BILLED_BY = (RunState.ISSUING, RunState.ISSUED, RunState.CLOSED)


def record_correction(
    *,
    snapshot: UsageSnapshot,
    organisation: Organisation,
    count: int,
    reason: str,
    actor: Actor,
    at: datetime,
    repository: Repository | None = None,
    content_type: str = "",
    vintage: str = "",
    quarter: int = 0,
) -> UsageCorrection:
    """The right figure of something that a sealed snapshot counts wrongly; nothing is billed here.

    Raises: BadInput without reason, for an impossible count or an unchanged figure; RuleBroken when
    the snapshot is not sealed or has billed nothing (a new snapshot is better then), or when a
    correction of this figure is waiting already.
    """
    if not reason.strip():
        raise BadInput(_("Say why the figure is corrected."))
    check_count(count)
    if snapshot.state != SnapshotState.SEALED:
        raise RuleBroken(_("These figures are not sealed; change them in the snapshot itself."))
    if not snapshot.runs.filter(state__in=BILLED_BY).exists():
        raise RuleBroken(_("These figures have billed nothing yet; import them anew instead."))
    if repository is not None and repository.organisation_id != organisation.pk:
        raise BadInput(
            _("%(repository)s belongs to another organisation.")
            % {"repository": repository.symbol},
            where="repository",
        )
    key = {
        "organisation": organisation,
        "repository": repository,
        "content_type": content_type,
        "vintage": vintage,
        "quarter": quarter,
    }
    before = figure_so_far(snapshot, **key)
    if count == before:
        raise BadInput(_("The figure is %(n)s already.") % {"n": before})
    try:
        with transaction.atomic():
            row = UsageCorrection.objects.create(
                snapshot=snapshot, **key, before=before, count=count, reason=reason.strip()[:200],
                recorded_by=str(actor), recorded_at=at,
            )  # fmt: skip
            audit.record(
                "usage", "correct", actor=actor, subject=row, facts={"from": before, "to": count}
            )
    except IntegrityError as error:
        raise RuleBroken(
            _("A correction of this figure waits already; withdraw it first.")
        ) from error
    return row


def figure_so_far(snapshot: UsageSnapshot, **key: object) -> int:
    """The sealed figure with the corrections that were billed since."""
    sealed = snapshot.rows.filter(**key).aggregate(n=Sum("count"))["n"] or 0
    billed = snapshot.corrections.filter(state=CorrectionState.BILLED, **key)
    return sealed + sum(row.count - row.before for row in billed)


def withdraw_correction(
    *, correction: UsageCorrection, reason: str, actor: Actor
) -> UsageCorrection:
    """Nothing is billed for it. Raises: BadInput without reason; InvalidTransition when billed."""
    if not reason.strip():
        raise BadInput(_("Say why the correction is withdrawn."))
    with transaction.atomic():
        transition(
            correction,
            to=CorrectionState.WITHDRAWN,
            table=CORRECTION_TRANSITIONS,
            actor=actor,
            also={"withdrawn_because": reason.strip()[:200]},
        )
        audit.record("usage", "withdraw_correction", actor=actor, subject=correction)
    return correction


@dataclass
class Pending:
    """What waiting corrections come to in a run, by payer."""

    charges: dict[int, list[Charge]] = field(default_factory=lambda: defaultdict(list))
    no_effect: list[int] = field(default_factory=list)
    #: (organisation, reason): these go on waiting.
    blocked: list[tuple[int, str]] = field(default_factory=list)


def pending_corrections(run: BillingRun) -> Pending:
    """Corrections that this run settles: those of dues in an annual run, those of registrations in a
    registration run."""
    pending = Pending()
    if run.purpose not in (RunPurpose.ANNUAL, RunPurpose.REGISTRATION):
        return pending
    waiting = UsageCorrection.objects.filter(state=CorrectionState.OPEN).select_related("snapshot")
    for billed, rows in _by_run(waiting, run, pending).items():
        _settle(billed, rows, pending)
    return pending


def _by_run(
    waiting: Iterable[UsageCorrection], run: BillingRun, pending: Pending
) -> dict[BillingRun, list[UsageCorrection]]:
    """Each correction under the run whose live invoice bills its organisation."""
    registrations = run.purpose == RunPurpose.REGISTRATION
    found: dict[BillingRun, list[UsageCorrection]] = defaultdict(list)
    runs: dict[int, BillingRun] = {}
    for row in waiting:
        lines = InvoiceLine.objects.filter(
            organisation_id=row.organisation_id,
            invoice__state="issued",
            invoice__run__snapshot=row.snapshot_id,
            invoice__run__state__in=BILLED_BY,
        )
        lines = (
            lines.filter(invoice__run__purpose=RunPurpose.REGISTRATION)
            if registrations
            else lines.exclude(invoice__run__purpose=RunPurpose.REGISTRATION)
        )
        if registrations and row.quarter:
            lines = lines.filter(invoice__run__quarter=row.quarter)
        billed = set(lines.values_list("invoice__run", flat=True))
        if not billed:
            if registrations == bool(row.content_type):
                pending.blocked.append(
                    (row.organisation_id, _("was not billed from these figures"))
                )
            continue
        for pk in billed:
            runs.setdefault(pk, BillingRun.objects.select_related("schedule").get(pk=pk))
            found[runs[pk]].append(row)
    return found


def _settle(billed: BillingRun, rows: list[UsageCorrection], pending: Pending) -> None:
    earlier = UsageCorrection.objects.filter(snapshot=billed.snapshot, state=CorrectionState.BILLED)
    if billed.quarter:
        earlier = earlier.filter(quarter__in=[0, billed.quarter])
    settlement = settle_recounts(
        parsed(billed.schedule.data),
        inputs_of(billed),
        billed.year,
        [_recount(row) for row in rows],
        settled=[_recount(row) for row in earlier],
        only_codes=codes_of(billed),
        period=period_name(billed),
    )
    for payer, charges in settlement.charges.items():
        pending.charges[int(payer)] += charges
    pending.no_effect += settlement.no_effect
    organisation_of = {row.pk: row.organisation_id for row in rows}
    pending.blocked += [(organisation_of[pk], why) for pk, why in settlement.blocked.items()]


def _recount(row: UsageCorrection) -> Recount:
    return Recount(
        id=row.pk,
        member=str(row.organisation_id),
        change=row.count - row.before,
        type=row.content_type,
        vintage=row.vintage,
    )


def inputs_of(run: BillingRun) -> list[MemberInput]:
    """The members as the run took them; for a run older than that record, as they are now."""
    stored = getattr(run, "inputs", None)
    if stored is not None:
        return parse_members(stored.members)
    return member_inputs(
        year=run.year, snapshot=run.snapshot, until=last_joining_day(run), quarter=run.quarter
    )


def with_corrections(
    result: FeeResult,
    pending: Pending,
    run: BillingRun,
    claimed: frozenset[tuple[int, str]],
) -> FeeResult:
    """The correction lines on each payer's next invoice.

    A payer without an invoice in this run, or whose fees are billed already, gets them on one of
    their own; a parked payer keeps them waiting.
    """
    parked = {int(p.member) for p in result.parked}
    left = {payer: lines for payer, lines in pending.charges.items() if payer not in parked}
    invoices = []
    for invoice in result.invoices:
        payer = int(invoice.billed_to)
        fresh = not any((int(line.member), line.component) in claimed for line in invoice.lines)
        if payer in left and fresh:
            lines = (*invoice.lines, *left.pop(payer))
            invoice = replace(invoice, lines=lines)
        invoices.append(invoice)
    first, last = period_of(run)
    invoices += [
        FeeInvoice(str(payer), first, last, tuple(lines), corrections_only=True)
        for payer, lines in sorted(left.items())
    ]
    return replace(result, invoices=tuple(invoices))


def take_up(*, invoice, correction_ids: list[int], run: BillingRun, actor: Actor) -> None:
    """Marks corrections as billed by the invoice, in the caller's transaction.

    Raises: InvalidTransition when another run has taken one of them up.
    """
    for row in UsageCorrection.objects.filter(pk__in=correction_ids).order_by("pk"):
        transition(
            row,
            to=CorrectionState.BILLED,
            table=CORRECTION_TRANSITIONS,
            actor=actor,
            also={"run": run.pk, "invoice": invoice.pk if invoice is not None else None},
        )


def give_back(*, invoice, actor: Actor) -> None:
    """Corrections of a cancelled invoice wait for the next run again, in the caller's transaction."""
    for row in UsageCorrection.objects.filter(invoice=invoice, state=CorrectionState.BILLED):
        transition(
            row,
            to=CorrectionState.OPEN,
            table=CORRECTION_TRANSITIONS,
            actor=actor,
            also={"run": None, "invoice": None},
        )


def close_without_effect(*, run: BillingRun, actor: Actor) -> None:
    """Corrections that the run looked at and that change no amount, in the caller's transaction."""
    stored = getattr(run, "inputs", None)
    if stored is None:
        return
    open_ones = UsageCorrection.objects.filter(
        pk__in=stored.corrections_without_effect, state=CorrectionState.OPEN
    )
    take_up(
        invoice=None,
        correction_ids=list(open_ones.values_list("pk", flat=True)),
        run=run,
        actor=actor,
    )
