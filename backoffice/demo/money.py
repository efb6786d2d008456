"""Demo data of billing: last year's usage sealed, the year's run issued, some invoices paid."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.surfaces import DemoContext
from backoffice.demo.roll import staff_address
from billing.models import BillingRun, FeeSchedule, Invoice, UsageSnapshot
from billing.services.compute import compute_run
from billing.services.payments import record_payment
from billing.services.runs import approve_run, create_run, review_run
from billing.services.usage import open_snapshot, record_count, review_snapshot, seal_snapshot
from billing.services.whole_run import issue_whole_run
from contacts.models import Organisation

SCHEDULE = "datacite-2023"
YEAR = 2025


def load_money(context: DemoContext) -> None:
    """The run of the last year whose fees are all published, and next year's as a draft."""
    if BillingRun.objects.exists() or not FeeSchedule.objects.filter(code=SCHEDULE).exists():
        return
    finance = Actor.user(User.objects.get(email=staff_address("finance")))
    chief = Actor.user(User.objects.get(email=staff_address("administrator")))
    snapshot = _usage(YEAR - 1, finance)
    run = create_run(
        purpose="annual", year=YEAR, schedule=FeeSchedule.objects.get(code=SCHEDULE),
        snapshot=snapshot, invoice_date=context.today - timedelta(days=50), actor=finance,
        title=f"Annual fees {YEAR}",
    )  # fmt: skip
    compute_run(run=run, actor=finance, at=dates.now())
    review_run(run=run, actor=finance)
    approve_run(run=run, actor=chief, at=dates.now())
    issue_whole_run(run=run, actor=chief, processes=2)
    _payments(run, context.today, finance)


def _usage(year: int, actor: Actor) -> UsageSnapshot:
    snapshot = open_snapshot(year=year, source="demo figures", actor=actor)
    for number, organisation in enumerate(Organisation.objects.order_by("pk")):
        count = (number * 7919) % 5200 if number % 9 else 12_000 + number * 311
        record_count(snapshot=snapshot, organisation_id=organisation.pk, count=count)
    review_snapshot(snapshot=snapshot, actor=actor)
    return seal_snapshot(snapshot=snapshot, actor=actor, at=dates.now())


def _payments(run: BillingRun, today: date, actor: Actor) -> None:
    """Two thirds have paid; every tenth of them in part only."""
    for number, invoice in enumerate(Invoice.objects.filter(run=run).order_by("sequence")):
        if number % 3 == 2:
            continue
        amount = invoice.gross_amount if number % 10 else invoice.gross_amount - Decimal("100.00")
        record_payment(
            amount=amount, currency=invoice.currency, received_on=today - timedelta(days=12),
            actor=actor, reference=invoice.payment_reference, parts=[(invoice, amount)],
        )  # fmt: skip
