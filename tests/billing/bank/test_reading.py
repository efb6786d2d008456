"""Statements of real banks, read and counted; broken ones refused with the place named."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from billing.bank.keys import entry_keys
from billing.bank.reader import MAX_FILE_BYTES, read_statements
from billing.bank.statement import StatementError

CAMT = "bank/camt-viafintech"
#: file → (entries, first amount, first text begins with, balances chain)
GOLDEN = {
    f"{CAMT}/052/valid_example.xml": (2, "2.00", "TEST BERWEISUNG MITTELS BLZ", True),
    f"{CAMT}/052/valid_example_with_dates.xml": (1, "-5.00", "", True),
    f"{CAMT}/052/valid_namespace.xml": (0, "", "", True),
    f"{CAMT}/053/valid_example.xml": (5, "-2.00", "TEST BERWEISUNG", True),
    f"{CAMT}/053/valid_example_v4.xml": (32, "-24.00", "UEBRIGE: 25-9034-2", True),
    f"{CAMT}/053/valid_example_v8.xml": (3, "474.4", "INVOICE R77561", False),
    f"{CAMT}/053/valid_example_with_batch.xml": (3, "-4753.74", "", False),
    f"{CAMT}/053/valid_example_with_datetime.xml": (1, "195.86", "", True),
    f"{CAMT}/053/valid_example_with_debit.xml": (5, "-2.00", "TEST BERWEISUNG", False),
    f"{CAMT}/053/valid_example_with_instdamt.xml": (1, "4500.00", "Praxis am Weiher", False),
    f"{CAMT}/053/valid_example_with_other_id.xml": (0, "", "", True),
    f"{CAMT}/054/valid_example.xml": (5, "15.00", "Mitteilung 132", True),
    "bank/mt940/self-provided/gv_codes.sta": (2, "-233.15", ". SPOTIFY", True),
    "bank/mt940/self-provided/raiffeisen-cmi.sta": (7, "2066637.00", "Csoportos", False),
    "bank/mt940/self-provided/raphaelm.sta": (9, "5000.00", "", False),
    "bank/mt940/self-provided/february_30.sta": (1, "-6.00", "Pauschalen", True),
    "bank/mt940/cmxl/mt940.sta": (16, "-6800", "999PN5477SCHECK", True),
}


@pytest.mark.data
@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files(name, data_folder):
    statements = read_statements((data_folder / name).read_bytes())
    entries = [entry for statement in statements for entry in statement.entries]
    count, amount, text, chains = GOLDEN[name]
    assert len(entries) == count
    if count:
        assert entries[0].amount == Decimal(amount)
        assert entries[0].text.startswith(text)
        assert all(entry.currency for entry in entries)
    assert all(not statement.balance_fault() for statement in statements) is chains


@pytest.mark.data
def test_structured_references_and_payers_are_read(data_folder):
    path = data_folder / CAMT / "053" / "valid_example_v8.xml"
    (statement,) = read_statements(path.read_bytes())
    assert [entry.reference for entry in statement.entries][1] == "RF38000000000000000000552"
    assert statement.account == "CH1111111111111111111"


@pytest.mark.data
def test_no_other_file_of_the_folder_breaks_the_reader(data_folder):
    """Fragments and broken files are refused in a sentence, never with another error."""
    refused = []
    for path in sorted(Path(data_folder / "bank").rglob("*")):
        if path.suffix in (".xml", ".sta"):
            try:
                read_statements(path.read_bytes())
            except StatementError as error:
                refused.append(str(error))
    assert all(refused)
    assert len(refused) < 12


def camt(entries="", balances="", head=""):
    return (
        f'{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
        "<Stmt><Id>S7</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>"
        f"{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(amount="10.00", sign="CRDT", extra="", details=""):
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>2023-02-01</Dt></BookgDt>{extra}<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def details(amount, text):
    return (
        f'<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>'
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def balance(code, amount):
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
    )


def test_a_batch_becomes_one_movement_per_transaction_when_the_parts_add_up():
    batch = entry("30.00", details=details("10.00", "one") + details("20.00", "two"))
    (statement,) = read_statements(camt(batch))
    assert [(e.amount, e.text, e.index) for e in statement.entries] == [
        (Decimal("10.00"), "one", 0),
        (Decimal("20.00"), "two", 1),
    ]
    odd = entry("31.00", details=details("10.00", "one") + details("20.00", "two"))
    (statement,) = read_statements(camt(odd))
    assert [e.amount for e in statement.entries] == [Decimal("31.00")]


def test_reversals_charges_and_pending_entries():
    charged = entry("95.00", extra='<Chrgs><Rcrd><Amt Ccy="EUR">5.00</Amt></Rcrd></Chrgs>').replace(
        "<NtryDtls></NtryDtls>", ""
    )
    returned = entry("50.00", "DBIT", extra="<RvslInd>true</RvslInd>")
    pending = entry().replace("BOOK", "PDNG")
    (statement,) = read_statements(camt(charged + returned + pending))
    assert [(e.amount, e.charges, e.is_reversal) for e in statement.entries] == [
        (Decimal("95.00"), Decimal("5.00"), False),
        (Decimal("-50.00"), Decimal("0.00"), True),
    ]


def test_balances_must_chain():
    good = camt(entry(), balance("OPBD", "90.00") + balance("CLBD", "100.00"))
    assert read_statements(good)[0].balance_fault() == ""
    bad = camt(entry(), balance("OPBD", "90.00") + balance("CLBD", "100.01"))
    assert "S7" in read_statements(bad)[0].balance_fault()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello", "neither CAMT"),
        (b"<Document><a></Document>", "XML is broken"),
        (b"<html/>", "not a CAMT"),
        (
            camt(head='<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
            "document type declaration",
        ),
        (camt(entry("ten")), "statement S7, entry 1, amount"),
        (camt(entry("-1.00")), "statement S7, entry 1, amount"),
        (camt(entry().replace("2023-02-01", "2023-02-31")), "entry 1, booking date"),
        (camt(entry().replace("<BookgDt><Dt>2023-02-01</Dt></BookgDt>", "")), "neither booking"),
    ],
)
def test_faulty_files_name_the_place(content, words):
    with pytest.raises(StatementError, match=words):
        read_statements(content)


def archive(*files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as handle:
        for name, content in files:
            handle.writestr(name, content)
    return out.getvalue()


def test_zip_archives_have_limits():
    two = archive(("b.xml", camt(entry())), ("a.xml", camt(entry("1.00"))))
    assert [s.entries[0].amount for s in read_statements(two)] == [
        Decimal("1.00"),
        Decimal("10.00"),
    ]
    with pytest.raises(StatementError, match="size limit"):
        read_statements(archive(("bomb.xml", b"<" + b" " * (MAX_FILE_BYTES + 10))))
    with pytest.raises(StatementError, match="archive in the archive"):
        read_statements(archive(("inner.zip", two)))
    with pytest.raises(StatementError, match=r"x\.xml: the XML is broken"):
        read_statements(archive(("x.xml", b"<a>")))


def test_keys_keep_twins_apart_and_overlaps_together():
    once, twice = camt(entry()), camt(entry() + entry() + entry("11.00"))
    (first,), (second,) = read_statements(once), read_statements(twice)
    keys = entry_keys(second)
    assert len(set(keys)) == 3
    assert entry_keys(first) == keys[:1]
    referenced = "<AcctSvcrRef>R1</AcctSvcrRef>"
    (a,) = read_statements(camt(entry(extra=referenced)))
    (b,) = read_statements(camt(entry(extra=referenced).replace("2023-02-01", "2024-02-01")))
    assert entry_keys(a) != entry_keys(b)
