"""Reads CAMT.052, .053 and .054 in every version, whatever the namespace.

Source: ISO 20022 camt.05x.001, versions 2 to 12. Entities and document types are refused; an entry that
the bank split into transactions gives one movement per transaction when their amounts add up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from billing.bank.statement import Entry, Statement, StatementError

CONTAINERS = {"Stmt", "Rpt", "Ntfctn"}
REPORTS = {"BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn"}
OPENING = ("OPBD", "PRCD")
CLOSING = ("CLBD",)


def read_camt(content: bytes) -> list[Statement]:
    """The statements of one XML document. Raises: StatementError."""
    root = _parse(content)
    reports = [child for child in root if _name(child) in REPORTS]
    if not reports and "tech:xsd:camt.05" not in (etree.QName(root).namespace or ""):
        raise StatementError("the XML is not a CAMT.052, .053 or .054 statement")
    return [
        _statement(node, position)
        for report in reports
        for position, node in enumerate(
            (child for child in report if _name(child) in CONTAINERS), start=1
        )
    ]


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise StatementError(f"the XML is broken: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise StatementError("the XML has a document type declaration or entities: refused")
    return root


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _children(node: etree._Element | None, path: str) -> Iterator[etree._Element]:
    """Descendants along a path of local names."""
    if node is None:
        return
    head, _, rest = path.partition("/")
    for child in node:
        if _name(child) == head:
            if rest:
                yield from _children(child, rest)
            else:
                yield child


def _first(node: etree._Element | None, *paths: str) -> etree._Element | None:
    for path in paths:
        found = next(_children(node, path), None)
        if found is not None:
            return found
    return None


def _text(node: etree._Element | None, *paths: str) -> str:
    for path in paths:
        found = next(_children(node, path), None)
        if found is not None and (found.text or "").strip():
            return " ".join(found.text.split())
    return ""


def _statement(node: etree._Element, position: int) -> Statement:
    account = _text(node, "Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id")
    number = _text(node, "ElctrncSeqNb", "LglSeqNb", "Id") or str(position)
    where = f"statement {number}"
    entries: list[Entry] = []
    for index, entry in enumerate(_children(node, "Ntry"), start=1):
        if _text(entry, "Sts/Cd", "Sts") not in ("PDNG", "INFO", "FUTR"):
            entries += _entry(entry, f"{where}, entry {index}")
    opening, closing = _balance(node, OPENING, where), _balance(node, CLOSING, where)
    currency = _text(node, "Acct/Ccy") or next(
        (e.currency for e in entries), _balance_currency(node)
    )
    closed = _text(node, "FrToDt/ToDtTm", "CreDtTm")[:10]
    return Statement(
        account=account,
        currency=currency,
        number=number,
        opening=opening,
        closing=closing,
        entries=tuple(entries),
        closed_on=_day(closed, f"{where}, creation date") if closed else None,
    )


def _balance(node: etree._Element, codes: tuple[str, ...], where: str) -> Decimal | None:
    for code in codes:
        for balance in _children(node, "Bal"):
            if _text(balance, "Tp/CdOrPrtry/Cd") == code:
                amount = _amount(_first(balance, "Amt"), f"{where}, balance {code}")
                return _signed(balance, amount)
    return None


def _balance_currency(node: etree._Element) -> str:
    amount = _first(node, "Bal/Amt")
    return "" if amount is None else amount.get("Ccy", "")


def _signed(node: etree._Element, amount: Decimal) -> Decimal:
    return -amount if _text(node, "CdtDbtInd") == "DBIT" else amount


def _entry(node: etree._Element, where: str) -> list[Entry]:
    """The movements of an entry; one per transaction where the parts make the whole."""
    total = _amount(_first(node, "Amt"), f"{where}, amount")
    booked = _date(node, "BookgDt", f"{where}, booking date")
    if booked is None:
        booked = _date(node, "ValDt", f"{where}, value date")
    if booked is None:
        raise StatementError(f"{where}: has neither booking nor value date")
    parts = list(_children(node, "NtryDtls/TxDtls"))
    amounts = [_part_amount(part, node, where) for part in parts]
    known = [amount for amount in amounts if amount is not None]
    if len(parts) > 1 and len(known) == len(parts) and sum(known) == _signed(node, total):
        return [
            _movement(node, part, amount, booked, where, index)
            for index, (part, amount) in enumerate(zip(parts, known, strict=True))
        ]
    part = parts[0] if len(parts) == 1 else None
    return [_movement(node, part, _signed(node, total), booked, where, 0)]


def _part_amount(part: etree._Element, entry: etree._Element, where: str) -> Decimal | None:
    """The signed amount of one transaction in the entry's currency, None where it is not given."""
    currency = _first(entry, "Amt").get("Ccy")  # type: ignore[union-attr]
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        node = _first(part, path)
        if node is not None and node.get("Ccy", currency) == currency:
            amount = _amount(node, f"{where}, transaction amount")
            direction = part if _text(part, "CdtDbtInd") else entry
            return _signed(direction, amount)
    return None


def _movement(
    entry: etree._Element,
    part: etree._Element | None,
    amount: Decimal,
    booked: date,
    where: str,
    index: int,
) -> Entry:
    incoming = amount >= 0
    party, account = ("Dbtr", "DbtrAcct") if incoming else ("Cdtr", "CdtrAcct")
    remittance = [" ".join((n.text or "").split()) for n in _children(part, "RmtInf/Ustrd")]
    text = " ".join(t for t in remittance if t) or _text(part, "AddtlTxInf")
    reference = _text(part, "RmtInf/Strd/CdtrRefInf/Ref", "Refs/EndToEndId")
    return Entry(
        amount=amount,
        currency=_first(entry, "Amt").get("Ccy", ""),  # type: ignore[union-attr]
        booked_on=booked,
        value_on=_date(entry, "ValDt", f"{where}, value date"),
        text=text or _text(entry, "AddtlNtryInf"),
        reference="" if reference == "NOTPROVIDED" else reference,
        bank_reference=_text(part, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef", "NtryRef"),
        index=index,
        counterparty=_text(part, f"RltdPties/{party}/Nm", f"RltdPties/{party}/Pty/Nm"),
        counterparty_iban=_text(part, f"RltdPties/{account}/Id/IBAN"),
        charges=_charges(part if part is not None else entry, where),
        is_reversal=_text(entry, "RvslInd") in ("true", "1"),
        return_reason=_text(part, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
    )


def _charges(node: etree._Element, where: str) -> Decimal:
    total = Decimal("0.00")
    for path in ("Chrgs/Amt", "Chrgs/Rcrd/Amt"):
        for amount in _children(node, path):
            holder = amount.getparent()
            value = _amount(amount, f"{where}, charges")
            total += -value if _text(holder, "CdtDbtInd") == "CRDT" else value
    return total


def _amount(node: etree._Element | None, where: str) -> Decimal:
    if node is None:
        raise StatementError(f"{where}: is missing")
    try:
        amount = Decimal((node.text or "").strip())
    except InvalidOperation as error:
        raise StatementError(f"{where}: {node.text!r} is not an amount") from error
    if not amount.is_finite() or amount < 0:
        raise StatementError(f"{where}: {node.text!r} is not an amount of zero or more")
    return amount


def _date(node: etree._Element, name: str, where: str) -> date | None:
    text = _text(node, f"{name}/Dt", f"{name}/DtTm")
    return _day(text[:10], where) if text else None


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise StatementError(f"{where}: {text!r} is not a date") from error
