"""Plain CSV, one row per line of a document, and the ledger format of beancount."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing.exports.rows import ExportDocument, ExportFee, ExportPayment

HEADER = (
    "number", "kind", "corrects", "date", "due", "payer", "organisation", "label", "account",
    "net", "tax_category", "tax_rate", "currency",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(documents: Iterable[ExportDocument]) -> bytes:
    """UTF-8 with a header row; the sum of `net` is the sum of the documents."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for document in documents:
        for line in document.lines:
            writer.writerow(
                [
                    document.number,
                    document.kind,
                    document.corrects,
                    document.issue_date.isoformat(),
                    document.due_date.isoformat(),
                    safe_cell(document.payer),
                    safe_cell(line.organisation),
                    safe_cell(line.label),
                    line.account,
                    f"{line.net:.2f}",
                    document.tax_category,
                    f"{document.tax_rate.normalize():f}",
                    document.currency,
                ]
            )
    return out.getvalue().encode("utf-8")


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def write_beancount(
    documents: Iterable[ExportDocument],
    payments: Iterable[ExportPayment] = (),
    fees: Iterable[ExportFee] = (),
) -> bytes:
    """Transactions that each add up to zero, with the accounts they use opened first."""
    rows: list[str] = []
    accounts: dict[str, set[str]] = {}

    def add(day: date, payee: str, text: str, postings: list[Posting], currency: str) -> None:
        for account, _amount, own in postings:
            accounts.setdefault(account, set()).add(own.partition(" ")[0] if own else currency)
        rows.append(_transaction(day.isoformat(), payee, text, postings, currency))

    for document in documents:
        postings = _document_postings(document)
        title = f"{document.kind} {document.number}"
        add(document.issue_date, document.payer, title, postings, document.currency)
    for payment in payments:
        postings = _payment_postings(payment)
        title = f"payment {payment.key}"
        add(payment.received_on, payment.payer, title, postings, payment.currency)
    for fee in fees:
        postings = [("Assets:Bank", fee.amount, ""), ("Expenses:BankCharges", -fee.amount, "")]
        add(fee.booked_on, "", f"bank entry {fee.key}", postings, fee.currency)
    opened = [
        f"1970-01-01 open {account} {','.join(sorted(currencies))}"
        for account, currencies in sorted(accounts.items())
    ]
    return ("\n".join([*opened, "", *rows]) + "\n").encode("utf-8")


#: Account, amount, and where it is another one than the transaction's: currency and price.
Posting = tuple[str, Decimal, str]


def _document_postings(document: ExportDocument) -> list[Posting]:
    postings = [(f"Assets:Receivable:P{document.payer_key}", document.gross, "")]
    postings += [
        (f"Income:A{account or '0000'}", -net, "") for account, net, _tax in document.by_account()
    ]
    if document.tax:
        postings.append((f"Liabilities:VAT:{document.tax_category}", -document.tax, ""))
    return postings


def _payment_postings(payment: ExportPayment) -> list[Posting]:
    postings = [("Assets:Bank", payment.amount, "")]
    if payment.bank is not None:
        booked, currency = payment.bank
        price = f"{currency} @@ {abs(payment.amount):.2f} {payment.currency}"
        postings = [("Assets:Bank", booked, price)]
    if payment.charges:
        postings.append(("Expenses:BankCharges", payment.charges, ""))
    owed = payment.amount + payment.charges
    postings.append((f"Assets:Receivable:P{payment.payer_key}", -owed, ""))
    return postings


def _transaction(day: str, payee: str, text: str, postings: list[Posting], currency: str) -> str:
    head = f'{day} * "{_escaped(payee)}" "{_escaped(text)}"'
    body = [f"  {account}  {amount:.2f} {own or currency}" for account, amount, own in postings]
    return "\n".join([head, *body, ""])


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
