"""Reads MT940 through the library mt-940 and brings it to the common form."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from billing.bank.statement import Entry, Statement, StatementError


def read_mt940(content: bytes) -> list[Statement]:
    """The statements of one file; UTF-8, else Windows-1252. Raises: StatementError."""
    import mt940

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    try:
        # A file of movements alone has no statement head (tag 20).
        found = list(mt940.parse_statements(text)) or [mt940.parse(text)]
    except Exception as error:  # the library raises RuntimeError, ValueError, AssertionError…
        raise StatementError(f"the MT940 file is broken: {error}") from error
    statements = [_statement(item, position) for position, item in enumerate(found, start=1)]
    if not any(s.account or s.entries for s in statements):
        raise StatementError("the file holds no MT940 statement")
    return statements


def _statement(item: Any, position: int) -> Statement:
    data = item.data
    opening = _balance(data.get("final_opening_balance"))
    closing = _balance(data.get("final_closing_balance"))
    number = str(data.get("statement_number") or position)
    entries = tuple(
        _entry(transaction.data, f"statement {number}, entry {index}")
        for index, transaction in enumerate(item.transactions, start=1)
        if transaction.data.get("amount") is not None
    )
    balance = data.get("final_closing_balance") or data.get("final_opening_balance")
    currency = balance.amount.currency if balance is not None and balance.amount else ""
    return Statement(
        account="".join(str(data.get("account_identification") or "").split()),
        currency=currency or next((e.currency for e in entries), ""),
        number=number,
        opening=opening,
        closing=closing,
        entries=entries,
        closed_on=balance.date if balance is not None else None,
    )


def _balance(balance: Any) -> Decimal | None:
    return None if balance is None or balance.amount is None else balance.amount.amount


def _entry(data: dict[str, Any], where: str) -> Entry:
    booked = data.get("entry_date") or data.get("date")
    if booked is None:
        raise StatementError(f"{where}: has no date")
    parts = [
        str(data.get(name) or "")
        for name in ("purpose", "additional_purpose", "extra_details", "transaction_details")
    ]
    text = " ".join(dict.fromkeys(" ".join(p.split()) for p in parts if p.strip()))
    reference = str(data.get("end_to_end_reference") or data.get("customer_reference") or "")
    return Entry(
        amount=data["amount"].amount,
        currency=data["amount"].currency or str(data.get("currency") or ""),
        booked_on=booked,
        value_on=data.get("date"),
        text=text,
        reference="" if reference.upper() in ("NONREF", "NOTPROVIDED") else reference,
        bank_reference=str(data.get("bank_reference") or ""),
        counterparty=str(data.get("applicant_name") or ""),
        counterparty_iban=_iban(str(data.get("applicant_iban") or "")),
        is_reversal=str(data.get("status") or "").startswith("R"),
    )


def _iban(value: str) -> str:
    compact = "".join(value.split()).upper()
    return compact if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}", compact) else ""
