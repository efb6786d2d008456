"""Plain CSV, one row per line of a document, and the ledger format of beancount."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from billing.exports.rows import ExportDocument, ExportPayment

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
    documents: Iterable[ExportDocument], payments: Iterable[ExportPayment] = ()
) -> bytes:
    """Transactions that each add up to zero, with the accounts they use opened first."""
    rows, accounts = [], set()
    for document in documents:
        postings = _document_postings(document)
        accounts |= {(account, document.currency) for account, _amount in postings}
        rows.append(
            _transaction(
                document.issue_date.isoformat(),
                document.payer,
                f"{document.kind} {document.number}",
                postings,
                document.currency,
            )
        )
    for payment in payments:
        postings = _payment_postings(payment)
        accounts |= {(account, payment.currency) for account, _amount in postings}
        rows.append(
            _transaction(
                payment.received_on.isoformat(),
                payment.payer,
                f"payment {payment.key}",
                postings,
                payment.currency,
            )
        )
    opened = [f"1970-01-01 open {account} {currency}" for account, currency in sorted(accounts)]
    return ("\n".join([*opened, "", *rows]) + "\n").encode("utf-8")


def _document_postings(document: ExportDocument) -> list[tuple[str, Decimal]]:
    postings = [(f"Assets:Receivable:P{document.payer_key}", document.gross)]
    postings += [
        (f"Income:A{account or '0000'}", -net) for account, net, _tax in document.by_account()
    ]
    if document.tax:
        postings.append((f"Liabilities:VAT:{document.tax_category}", -document.tax))
    return postings


def _payment_postings(payment: ExportPayment) -> list[tuple[str, Decimal]]:
    postings = [("Assets:Bank", payment.amount)]
    if payment.charges:
        postings.append(("Expenses:BankCharges", payment.charges))
    postings.append(
        (f"Assets:Receivable:P{payment.payer_key}", -(payment.amount + payment.charges))
    )
    return postings


def _transaction(
    day: str, payee: str, text: str, postings: list[tuple[str, Decimal]], currency: str
) -> str:
    head = f'{day} * "{_escaped(payee)}" "{_escaped(text)}"'
    body = [f"  {account}  {amount:.2f} {currency}" for account, amount in postings]
    return "\n".join([head, *body, ""])


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
