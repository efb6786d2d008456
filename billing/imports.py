"""Import kinds of billing: `usage` (counts per organisation or repository) and `payments`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from backoffice.core.errors import BadInput
from backoffice.core.money import round_money
from billing.bank.matching import compact
from billing.enums import PaymentMethod, SnapshotState
from billing.models import Allocation, Invoice, Payment, UsageRow, UsageSnapshot
from billing.services.suspension import lift_if_settled
from billing.services.usage import ABSURD_COUNT
from contacts.imports import values
from contacts.imports.batch import Batch
from contacts.imports.organisations import prepare_organisations
from contacts.models import Repository
from contacts.registry import ImportKind, RowResult

VINTAGES = {"": "", "current": "current", "cy": "current", "back": "back", "by": "back"}


# --- usage -----------------------------------------------------------------------------------


def prepare_usage(rows: Any, batch: Batch) -> None:
    """Organisations by symbol or ROR id, repositories, open snapshots and their figures."""
    keys = [key for row in rows for key in _organisation_keys(row)]
    prepare_organisations(keys, [row.get("name") for row in rows], batch)
    symbols = {row.get("repository").upper() for row in rows if row.get("repository")}
    for repository in Repository.objects.filter(symbol__in=symbols).select_related("organisation"):
        batch.known["repository"][repository.symbol] = repository
    if not batch.looked_up["snapshot"]:
        batch.looked_up["snapshot"].add("all")
        for snapshot in UsageSnapshot.objects.filter(state=SnapshotState.OPEN).order_by("id"):
            batch.known["snapshot"][snapshot.year] = snapshot
        for usage in UsageRow.objects.filter(snapshot__state=SnapshotState.OPEN):
            batch.known["usage"][_usage_key(usage)] = usage


def _organisation_keys(row: Any) -> list[tuple[str, str]]:
    keys = []
    if row.get("symbol"):
        keys.append(("symbol", row.get("symbol").upper()))
    if row.get("repository"):
        keys.append(("symbol", row.get("repository").upper().partition(".")[0]))
    if row.get("ror"):
        keys.append(("ror", row.get("ror")))
    if row.get("member_id"):
        keys.append(("crossref_member", row.get("member_id")))
    return keys


def _usage_key(row: UsageRow) -> tuple[Any, ...]:
    return (
        row.snapshot_id,
        row.organisation_id,
        row.repository_id,
        row.content_type,
        row.vintage,
        row.quarter,
    )


def apply_usage(row: Any, batch: Batch) -> RowResult:
    """One figure in the open snapshot of its year, which is made when there is none."""
    year = values.whole(row.get("year"), "year") or batch.on.year - 1
    if not 1990 <= year <= 2100:
        raise BadInput(f"{year} is not a possible year.", where="year")
    count = _count(row.get("count"))
    quarter = values.whole(row.get("quarter").upper().removeprefix("Q"), "quarter") or 0
    if quarter > 4:
        raise BadInput(f"{quarter} is not a quarter.", where="quarter")
    vintage = row.get("vintage").strip().lower()
    if vintage not in VINTAGES:
        raise BadInput(f"“{vintage[:20]}” is neither current nor back.", where="vintage")
    repository = _repository(row, batch)
    usage = UsageRow(
        snapshot=_snapshot(year, batch),
        organisation=_organisation(row, repository, batch),
        repository=repository,
        content_type=values.text(row.get("content_type")).lower()[:40],
        vintage=VINTAGES[vintage],
        quarter=quarter,
        count=count,
    )
    known = batch.known["usage"].get(_usage_key(usage)) if usage.snapshot_id else None
    if known is None:
        key = (year, usage.organisation_id, usage.repository_id, *_usage_key(usage)[3:])
        if key in batch.known["seen"]:
            raise BadInput("The same figure stands in an earlier row.", where="count")
        batch.known["seen"][key] = True
        batch.create(usage)
        return RowResult("created")
    return RowResult("updated" if batch.change(known, {"count": count}) else "unchanged")


def _count(text: str) -> int:
    if text.strip().startswith("-"):
        raise BadInput(f"“{text[:20]}” is negative.", where="count")
    count = values.whole(text, "count")
    if count is None:
        raise BadInput("The number of DOIs is missing.", where="count")
    if count > ABSURD_COUNT:
        raise BadInput(f"{count} is out of all proportion.", where="count")
    return count


def _repository(row: Any, batch: Batch) -> Repository | None:
    symbol = row.get("repository").upper()
    if not symbol:
        return None
    found = batch.known["repository"].get(symbol)
    if found is None:
        raise BadInput(f"Repository “{symbol[:20]}” is not known.", where="repository")
    return found


def _organisation(row: Any, repository: Repository | None, batch: Batch) -> Any:
    if repository is not None:
        return repository.organisation
    for key in _organisation_keys(row):
        found = batch.known["organisation"].get(key)
        if found is not None:
            return found
    raise BadInput("No organisation here has this symbol or identifier.", where="organisation")


def _snapshot(year: int, batch: Batch) -> UsageSnapshot:
    snapshot = batch.known["snapshot"].get(year)
    if snapshot is None:
        snapshot = batch.create(
            UsageSnapshot(year=year, title=f"Usage {year}", source=str(batch.options["source"]))
        )
        batch.known["snapshot"][year] = snapshot
    return snapshot


USAGE = ImportKind(
    "usage",
    "Usage figures",
    {
        **dict.fromkeys(
            ("symbol", "organisation", "organization", "provider", "member", "fabricaaccountid"),
            "symbol",
        ),
        **dict.fromkeys(("repository", "repositoryid", "client"), "repository"),
        **dict.fromkeys(("ror", "rorid"), "ror"),
        **dict.fromkeys(("memberid", "crossrefmemberid"), "member_id"),
        **dict.fromkeys(
            ("count", "dois", "doispreviousyear", "doislastyear", "registrations", "doicount"),
            "count",
        ),
        **dict.fromkeys(("year", "yearcounted"), "year"),
        **dict.fromkeys(("contenttype", "type"), "content_type"),
        "vintage": "vintage",
        "quarter": "quarter",
        "name": "name",
    },
    frozenset({"count"}),
    apply_usage,
    prepare_usage,
)


# --- payments --------------------------------------------------------------------------------


def prepare_payments(rows: Any, batch: Batch) -> None:
    """Open invoices by number and reference, and payments imported before."""
    if batch.looked_up["invoice"]:
        return
    batch.looked_up["invoice"].add("all")
    for invoice in Invoice.objects.receivable().with_open_amount():
        batch.known["invoice"][compact(invoice.number or "")] = invoice
        batch.known["invoice"][compact(invoice.payment_reference)] = invoice
        batch.known["open"][invoice.pk] = invoice.open_amount
    for key in Payment.objects.exclude(dedupe_key=None).values_list("dedupe_key", flat=True):
        batch.known["paid"][key] = True


def apply_payment(row: Any, batch: Batch) -> RowResult:
    """One payment for one invoice; what is more than the open amount stays as credit."""
    invoice = batch.known["invoice"].get(compact(row.get("invoice")))
    if invoice is None:
        raise BadInput(f"Invoice “{row.get('invoice')[:30]}” is not known.", where="invoice")
    amount = _amount(row.get("amount"))
    currency = (row.get("currency") or invoice.currency).strip().upper()
    if currency != invoice.currency:
        raise BadInput(
            f"The invoice is in {invoice.currency}, the payment in {currency}.", where="currency"
        )
    received = values.day(row.get("date"), "date") or batch.on
    key = _payment_key(invoice, amount, received, row.get("reference"))
    if key in batch.known["paid"]:
        return RowResult("unchanged", "imported before")
    batch.known["paid"][key] = True
    payment = batch.create(
        Payment(
            organisation_id=invoice.payer_id,
            amount=amount,
            currency=currency,
            received_on=received,
            method=PaymentMethod.TRANSFER,
            reference=values.text(row.get("reference"))[:140],
            dedupe_key=key,
        )
    )
    part = min(amount, batch.known["open"][invoice.pk])
    if part > 0:
        batch.create(
            Allocation(payment=payment, invoice=invoice, amount=part, allocated_on=received)
        )
        batch.known["open"][invoice.pk] = batch.known["open"][invoice.pk] - part
    batch.later.append((invoice.payer_id, received))
    return RowResult("created", "" if part == amount else "more than was open; the rest is credit")


def _amount(text: str) -> Decimal:
    cleaned = text.strip().replace(" ", "").replace("\u00a0", "")
    if "," in cleaned and cleaned.rfind(",") > cleaned.rfind("."):
        cleaned = cleaned.replace(".", "").replace(",", ".")
    else:
        cleaned = cleaned.replace(",", "")
    try:
        amount = Decimal(cleaned)
    except InvalidOperation as error:
        raise BadInput(f"“{text[:20]}” is not an amount.", where="amount") from error
    if not amount.is_finite() or amount <= 0 or round_money(amount) != amount:
        raise BadInput(f"“{text[:20]}” is not an amount of money received.", where="amount")
    return amount


def _payment_key(invoice: Invoice, amount: Decimal, received: date, reference: str) -> str:
    text = f"{invoice.number}|{amount}|{received.isoformat()}|{compact(reference)}"
    return f"import:{sha256(text.encode()).hexdigest()}"


def finish_payments(batch: Batch) -> list[str]:
    """Ends suspensions for arrears of payers who owe nothing overdue any more."""
    for payer, received in dict(batch.later).items():
        lift_if_settled(organisation_id=payer, on=max(received, batch.on), actor=batch.actor)
    return []


PAYMENTS = ImportKind(
    "payments",
    "Payments",
    {
        **dict.fromkeys(("invoice", "invoicenumber", "number", "rechnung"), "invoice"),
        **dict.fromkeys(("amount", "betrag", "paid"), "amount"),
        **dict.fromkeys(("date", "receivedon", "bookedon", "datum"), "date"),
        "currency": "currency",
        **dict.fromkeys(("reference", "text", "verwendungszweck"), "reference"),
    },
    frozenset({"invoice", "amount"}),
    apply_payment,
    prepare_payments,
    finish_payments,  # type: ignore[arg-type]
    permission="billing.record_payment",
)
