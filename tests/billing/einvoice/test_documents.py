"""Every business case passes XSD, schematron and exact arithmetic; every fault is found."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pikepdf
import pytest
from lxml import etree

from billing.einvoice.arithmetic import check_arithmetic
from billing.einvoice.check import Unreadable, parse_invoice, validate_file, validate_xml
from billing.einvoice.cii import build_cii
from billing.einvoice.document import Tax
from billing.einvoice.pdf import embed_xml, extract_xml
from billing.einvoice.schematron import SchematronClient
from billing.einvoice.totals import compute_totals
from tests.billing.einvoice.samples import BUYER, CASES, OUTSIDE, REVERSE, SELLER, line, sample


@pytest.fixture(scope="module")
def client():
    client = SchematronClient()
    yield client
    client.close()


@pytest.mark.parametrize("name", CASES)
def test_business_cases_are_valid(name, client):
    assert validate_xml(build_cii(CASES[name]), client).faults == ()


@pytest.mark.parametrize(
    ("invoice", "rule"),
    [
        (sample(line(tax=OUTSIDE)), "BR-O-02"),
        (sample(line(tax=OUTSIDE), line()), "BR-O-11"),
        (sample(line(tax=REVERSE), buyer=replace(BUYER, vat_id="")), "BR-AE-02"),
        (sample(line(tax=Tax("E", Decimal(0)))), "BR-E-10"),
        (sample(line(tax=Tax("AE", Decimal(19), "Reverse charge"))), "BR-AE-0"),
        (sample(seller=replace(SELLER, name="")), "BR-06"),
    ],
)
def test_unlawful_documents_are_refused(invoice, rule, client):
    assert any(rule in fault for fault in validate_xml(build_cii(invoice), client).faults)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<ram:CalculatedAmount>513.00", "<ram:CalculatedAmount>513.01", "amount is 513.00"),
        ("<ram:DuePayableAmount>3213.00", "<ram:DuePayableAmount>3213.01", "BT-115"),
        ('unitCode="C62">1000<', 'unitCode="C62">1001<', "line 2: 1001 x 0.80 is 800.80"),
        ("<ram:GrandTotalAmount>3213.00", "<ram:GrandTotalAmount>3213.000", "two decimals"),
    ],
)
def test_a_wrong_cent_is_found_without_tolerance(old, new, words):
    xml = build_cii(sample()).decode()
    assert old in xml
    faults = check_arithmetic(etree.fromstring(xml.replace(old, new).encode()))
    assert any(words in fault for fault in faults), faults


def test_missing_terms_period_and_tax_currency_are_found():
    invoice = sample(due_date=None, payment_terms="", currency="USD")
    xml = build_cii(invoice)
    root = etree.fromstring(xml)
    for period in root.findall(".//{*}BillingSpecifiedPeriod"):
        period.getparent().remove(period)
    faults = " / ".join(check_arithmetic(root))
    assert "neither due date" in faults
    assert "no date or period" in faults
    assert "BT-111" in faults
    both = replace(invoice, tax_currency="EUR", tax_in_tax_currency=Decimal("480.00"))
    assert "BT-111" not in " / ".join(check_arithmetic(etree.fromstring(build_cii(both))))


def test_vat_is_computed_on_the_sum_not_per_line():
    lines = [line("1", "0.13") for _ in range(3)]
    totals = compute_totals(lines)
    assert (totals.net, totals.tax, totals.gross) == (
        Decimal("0.39"),
        Decimal("0.07"),
        Decimal("0.46"),
    )


def test_a_dead_rule_process_is_replaced(client):
    xml = build_cii(sample())
    client.check(xml)
    client._process.kill()
    client._process.wait()
    assert client.check(xml) == []


@pytest.fixture(scope="module")
def plain_pdf():
    document = pikepdf.new()
    document.add_blank_page()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_the_hybrid_is_repeatable_and_gives_the_xml_back(plain_pdf, client):
    xml = build_cii(sample())
    issued = datetime(2023, 1, 9, 10, 0, tzinfo=UTC)
    first, second = (
        embed_xml(plain_pdf, xml, title="Invoice", author="Ä & B", issued_at=issued)
        for _ in range(2)
    )
    assert first == second
    assert extract_xml(first) == xml
    assert validate_file(first, client).is_valid
    with pikepdf.open(io.BytesIO(first)) as document:
        assert [str(s.AFRelationship) for s in document.Root.AF] == ["/Alternative"]
        assert b"EN 16931" in document.Root.Metadata.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<a/>",
        b"%PDF-1.7 broken",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
)
def test_what_is_no_invoice_is_unreadable(content, client):
    with pytest.raises(Unreadable):
        validate_file(content, client)


def test_a_pdf_without_an_invoice_is_unreadable(plain_pdf, client):
    with pytest.raises(Unreadable, match="no e-invoice"):
        validate_file(plain_pdf, client)


def test_schema_faults_come_first(client):
    xml = build_cii(sample()).replace(b"<ram:TypeCode>380</ram:TypeCode>", b"<ram:Oops/>")
    report = validate_xml(xml, client)
    assert report.faults[0].startswith("XSD, line")
    assert parse_invoice(xml) is not None
