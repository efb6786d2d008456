"""Demo data of billing's desks: next year's tariff, reminders, order numbers, figures to decide on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import jobs
from backoffice.core.surfaces import DemoContext
from billing.fees.bands import income_groups
from billing.models import BillingRun, FeeSchedule
from billing.services.dunning import propose_reminders, take_step
from billing.services.orders import answer_order, ask_for_order
from billing.services.proposals import propose_bands, publish_schedule
from billing.services.reconciliation import record_comparison, repositories_of
from billing.services.schedules import load_schedule
from billing.services.usage import open_snapshot, record_count, review_snapshot
from billing.services.usage_corrections import record_correction
from contacts.models import Organisation

DESK = Actor.process("demo-desk")
#: Invented: which income group pays how much of the shared infrastructure fee.
BANDS = {
    "low": "200.00",
    "lower-middle": "300.00",
    "upper-middle": "450.00",
    "high": "700.00",
}


def load_tariffs(first_day: date) -> FeeSchedule:
    """DataCite's tariff of 2023 up to the day before, that of 2026 with invented country bands from
    it, and a proposal with one amount for all above low income. Gives back the one of 2023."""
    newest = FeeSchedule.objects.get(code="datacite-2026", version=1)
    announced = propose_bands(
        schedule=newest, component="infrastructure_fee", groups=_bands(BANDS), actor=DESK
    )
    publish_schedule(schedule=announced, valid_from=first_day, actor=DESK)
    flat = {name: "200.00" if name == "low" else "550.00" for name in BANDS}
    propose_bands(
        schedule=announced, component="infrastructure_fee", groups=_bands(flat), actor=DESK
    )
    confirmed = FeeSchedule.objects.get(code="datacite-2023", version=1)
    data = {**confirmed.data, "version": 2, "valid_until": first_day.isoformat()}
    return load_schedule(data=data, actor=DESK)


def _bands(amounts: dict[str, str]) -> list[dict[str, Any]]:
    countries: dict[str, list[str]] = {name: [] for name in amounts}
    for country, group in income_groups().items():
        countries.get(group, countries["high"]).append(country)
    return [
        {"group": name, "amount": amount, "countries": countries[name]}
        for name, amount in amounts.items()
    ]


def ask_order_numbers(run: BillingRun, year: int, at: datetime) -> None:
    """Some payers need an order number on the invoice; half of those asked have answered."""
    payers = Organisation.objects.filter(invoices__run=run).distinct().order_by("pk")
    for number, organisation in enumerate(payers[5::9]):
        Organisation.objects.filter(pk=organisation.pk).update(purchase_order_needed=True)
        try:
            request = ask_for_order(organisation=organisation, year=year, actor=DESK, at=at)
        except RuleBroken:
            continue
        if number % 2 == 0:
            answer_order(
                request=request,
                order_reference=f"45{organisation.pk:05d}-{year}",
                actor=DESK,
                at=at + timedelta(days=3),
            )


def send_reminders(context: DemoContext, run: BillingRun) -> None:
    """Reminders as they were sent in the weeks after the due day; the newest ones still wait."""
    due = run.invoice_date + timedelta(days=30)
    for days in (15, 35, 65):
        day = due + timedelta(days=days)
        if day > context.today:
            return
        for proposal in propose_reminders(on=day):
            mails = proposal.step.act == "remind"
            if mails and context.random.random() < 0.6:
                take_step(proposal=proposal, on=day, actor=DESK)


def open_figures(context: DemoContext, run: BillingRun, at: datetime) -> None:
    """The year in progress counted anew, the registry differing in three figures; one correction of
    figures that have been billed."""
    snapshot = open_snapshot(year=run.year, source="invented figures", actor=DESK)
    members = Organisation.objects.members(on=context.today).order_by("pk")
    for organisation in members.filter(repositories__isnull=False).distinct():
        count = min(int(context.random.paretovariate(0.8) * 20), 700_000)
        repository = organisation.repositories.order_by("symbol")[0]
        record_count(
            snapshot=snapshot,
            organisation_id=organisation.pk,
            repository_id=repository.pk,
            count=count,
        )
    answers: dict[str, int | None] = dict.fromkeys(
        (repository.symbol for repository in repositories_of(snapshot)), None
    )
    for number, row in enumerate(snapshot.rows.select_related("repository").order_by("pk")):
        if row.repository is not None:
            answers[row.repository.symbol] = row.count + (17 if number in (3, 11, 20) else 0)
    review_snapshot(snapshot=snapshot, actor=DESK)
    record_comparison(
        snapshot=snapshot, answers=answers, source="invented answers of the registry", actor=DESK,
        at=at,
    )  # fmt: skip
    billed = run.snapshot
    highest = billed.rows.order_by("-count").first() if billed is not None else None
    if billed is not None and highest is not None:
        record_correction(
            snapshot=billed, organisation=highest.organisation,
            count=highest.count - highest.count // 10,
            reason="test prefixes were counted", actor=DESK, at=at,
        )  # fmt: skip


def make_papers(year: int) -> None:
    """Bank letter and vendor form of the year, printed by the worker."""
    jobs.enqueue("billing.make_papers", year)
