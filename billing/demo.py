"""Demo data of billing: sealed usage, a year's run, payments, overdue items, an open inbox."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services import jobs
from backoffice.core.surfaces import DemoContext
from billing import demo_desks
from billing.demo_vat import FORMS, invented_vat_id
from billing.enums import RunPurpose
from billing.models import BillingRun, FeeSchedule, Invoice
from billing.services.bank_import import import_bank_file
from billing.services.compute import compute_run
from billing.services.flags import set_flag
from billing.services.issue import issue_items
from billing.services.payments import record_payment
from billing.services.runs import (
    approve_run,
    create_run,
    finish_issuing,
    review_run,
    start_issuing,
)
from billing.services.sealing import sign_and_seal
from billing.services.usage import open_snapshot, record_count
from contacts.enums import IdentifierKind
from contacts.models import Agency, Identifier, Organisation

PREPARER, APPROVER = Actor.process("demo-preparer"), Actor.process("demo-approver")


def load(context: DemoContext) -> None:
    """One year billed in January; two thirds paid, some overdue, one disputed. Repeatable."""
    agency = Agency.objects.first()
    if agency is None or BillingRun.objects.exists():
        return
    invoice_date = date(context.today.year, 1, 8)
    if invoice_date > context.today:
        invoice_date = date(context.today.year - 1, 1, 8)
    at = datetime(invoice_date.year, 1, 8, 9, tzinfo=UTC)
    schedule = _schedule(agency.preset, date(invoice_date.year + 1, 1, 1))
    _vat_ids(context)
    run = create_run(
        purpose=RunPurpose.ANNUAL,
        year=invoice_date.year,
        schedule=schedule,
        snapshot=_usage(context, invoice_date.year - 1, at),
        invoice_date=invoice_date,
        actor=PREPARER,
    )
    compute_run(run=run, actor=PREPARER, at=at)
    if not run.item_count:
        return
    review_run(run=run, actor=PREPARER)
    approve_run(run=run, actor=APPROVER, at=at)
    start_issuing(run=run, actor=PREPARER)
    issue_items(run=run, actor=PREPARER, clock=lambda: at)
    finish_issuing(run=run, actor=PREPARER, at=at)
    # The documents are printed and mailed by the worker.
    jobs.enqueue("billing.print_run", run.pk)
    _pay(context, run)
    _inbox(context, run, at)
    now = dates.now()
    demo_desks.send_reminders(context, run)
    demo_desks.ask_order_numbers(run, run.year + 1, now - timedelta(days=9))
    demo_desks.open_figures(context, run, now)
    demo_desks.make_papers(run.year)


def _schedule(preset: str, next_year: date) -> FeeSchedule:
    """The tariff with confirmed amounts; the newest one waits for its country bands."""
    if preset == "datacite":
        return demo_desks.load_tariffs(next_year)
    return FeeSchedule.objects.get(code="crossref-2026", version=1)


def _vat_ids(context: DemoContext) -> None:
    """VAT ids for businesses in other member states; a few stay without and are parked."""
    abroad = Organisation.objects.filter(
        source="demo", country__in=FORMS, business_status="business"
    ).exclude(identifiers__kind=IdentifierKind.VAT)
    for organisation in abroad.order_by("pk"):
        value = invented_vat_id(organisation.country, context.random)
        if value and context.random.random() < 0.9:
            Identifier.objects.get_or_create(
                kind=IdentifierKind.VAT, value=value, defaults={"organisation": organisation}
            )


def _usage(context: DemoContext, year: int, at: datetime):
    snapshot = open_snapshot(year=year, source="invented figures", actor=PREPARER)
    members = Organisation.objects.members(on=date(year + 1, 1, 1)).order_by("pk")
    for organisation in members:
        if context.random.random() < 0.985:
            count = min(int(context.random.paretovariate(0.7) * 25), 900_000)
            record_count(snapshot=snapshot, organisation_id=organisation.pk, count=count)
    return sign_and_seal(snapshot=snapshot, reason="invented figures", actor=PREPARER, at=at)


def _pay(context: DemoContext, run: BillingRun) -> None:
    for number, invoice in enumerate(run.invoices.order_by("sequence")):
        chance = context.random.random()
        received = invoice.issue_date + timedelta(days=context.random.randrange(5, 30))
        if received > context.today or chance > 0.75:
            if number % 7 == 3:
                set_flag(
                    invoice=invoice,
                    kind="disputed",
                    reason="count of registrations",
                    on=received,
                    actor=PREPARER,
                )
            continue
        part = invoice.gross_amount if chance < 0.68 else Decimal("500.00")
        part = min(part, invoice.gross_amount)
        record_payment(
            amount=part,
            currency=invoice.currency,
            received_on=received,
            reference=invoice.payment_reference,
            parts=[(invoice, part)],
            actor=PREPARER,
        )


def _inbox(context: DemoContext, run: BillingRun, at: datetime) -> None:
    """A statement with two entries that no rule can match for certain."""
    open_ones = list(
        Invoice.objects.open().filter(run=run, currency="EUR").order_by("sequence")[:2]
    )
    if len(open_ones) < 2:
        return
    day = min(context.today, run.invoice_date + timedelta(days=40)).isoformat()
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>DEMO{n}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for n, (amount, name, text) in enumerate(
            [
                (open_ones[0].open_amount, "University treasury", "annual fee"),
                ("1234.00", "Research centre", "membership, see our letter"),
            ]
        )
    )
    content = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        "<Id>DEMO</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{entries}</Stmt></BkToCstmrStmt></Document>"
    )
    import_bank_file(content=content.encode(), file_name="demo.xml", actor=PREPARER, at=at)
