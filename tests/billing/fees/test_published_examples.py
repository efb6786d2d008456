"""The agencies' own worked examples, and the figures printed in their price lists."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest

from billing.fees.catalogue import shipped_codes, shipped_schedule
from billing.fees.engine import compute_fees
from billing.fees.members import MemberInput
from tests.billing.fees.cases import consortium, direct, invoice_of, line_amounts, total_of

D2023 = shipped_schedule("datacite-2023")


def test_all_seven_schedules_are_shipped_and_sound():
    assert shipped_codes() == [
        "crossref-2025",
        "crossref-2026",
        "crossref-2027",
        "datacite-2020",
        "datacite-2022",
        "datacite-2023",
        "datacite-2026",
    ]
    assert [shipped_schedule(code).currency for code in shipped_codes()] == ["USD"] * 3 + [
        "EUR"
    ] * 4


def test_direct_member_with_1000_dois():
    result = compute_fees(D2023, [direct(dois=1000)], 2023)
    assert line_amounts(result, "M") == ["2000.00", "500.00", "800.00"]


def test_direct_member_with_200000_dois_pays_the_sum_of_the_parts():
    assert total_of([direct(dois=200_000)], D2023) == Decimal("6000.00")


def test_consortium_below_its_cap():
    members = consortium(20, 50, 100, 200, 2500)
    result = compute_fees(D2023, members, 2023)
    invoice = invoice_of(result, "LEAD")
    assert invoice.total == Decimal("6396.00")
    assert "consortium_cap" not in {line.code for line in invoice.lines}


def test_consortium_at_its_cap():
    result = compute_fees(D2023, consortium(100, 1000, 1000, 1500, 3000), 2023)
    invoice = invoice_of(result, "LEAD")
    assert invoice.total == Decimal("7000.00")
    assert invoice.lines[-1].code == "consortium_cap"
    assert invoice.lines[-1].amount == Decimal("-1980.00")


def test_for_profit_multiplier():
    member = direct(dois=0, for_profit=True, annual_revenue=Decimal(20_000_000))
    result = compute_fees(D2023, [member], 2023)
    assert line_amounts(result, "M") == ["2000.00", "5000.00", "0.00"]


@pytest.mark.parametrize(
    ("dois", "fee"),
    [
        (0, "0.00"),
        (1, "0.80"),
        (1998, "1598.40"),
        (1999, "1599.20"),
        (2000, "1600.00"),
        (2001, "1600.00"),
        (9999, "1600.00"),
        (10_000, "1600.00"),
        (10_001, "2500.00"),
        (100_000, "2500.00"),
        (100_001, "3500.00"),
        (250_000, "3500.00"),
        (250_001, "8500.00"),
        (1_000_000, "8500.00"),
        (1_000_001, "13000.00"),
        (2_000_001, "18500.00"),
        (5_000_001, "25500.00"),
        (10_000_000, "25500.00"),
    ],
)
def test_doi_fee_at_the_borders(dois, fee):
    result = compute_fees(D2023, [direct(dois=dois)], 2023)
    assert line_amounts(result, "M")[-1] == fee


@pytest.mark.parametrize(
    ("schedule", "dois"),
    [("datacite-2023", 10_000_001), ("datacite-2020", 1_000_001)],
)
def test_above_the_last_tier_is_parked(schedule, dois):
    result = compute_fees(shipped_schedule(schedule), [direct(dois=dois)], 2021)
    assert result.invoices == ()
    assert "above the last tier" in result.parked[0].reason


@pytest.mark.parametrize(
    ("revenue", "fee"),
    [
        ("0", "1000.00"),
        ("500000", "1000.00"),
        ("500000.01", "2500.00"),
        ("2000000", "2500.00"),
        ("2000001", "5000.00"),
        ("50000000", "5000.00"),
        ("50000001", "7500.00"),
        ("1000000000", "7500.00"),
        ("1000000001", "10000.00"),
    ],
)
def test_revenue_classes(revenue, fee):
    member = direct(dois=0, for_profit=True, annual_revenue=Decimal(revenue))
    assert line_amounts(compute_fees(D2023, [member], 2023), "M")[1] == fee


@pytest.mark.parametrize(
    ("organisations", "fees"),
    [
        (5, 5000),
        (30, 30_000),
        (31, 21_700),
        (60, 42_000),
        (61, 36_600),
        (100, 60_000),
        (101, 50_500),
    ],
)
def test_the_cap_falls_at_its_steps(organisations, fees):
    members = consortium(*[2000] * organisations)
    assert total_of(members, D2023, "LEAD") == 2000 + fees


def test_fewer_than_five_organisations_have_no_cap():
    assert total_of(consortium(2000, 2000, 2000, 2000), D2023, "LEAD") == 2000 + 4 * 2100


@pytest.mark.data
def test_the_published_worked_examples_file():
    folder = os.environ.get("ROLLCALL_DATA")
    if not folder:
        pytest.skip("ROLLCALL_DATA is not set")
    path = Path(folder) / "reference" / "datacite_fee_worked_examples_2023.csv"
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        counts = [int(n) for n in row["dois_previous_year"].split("|") if n]
        if row["kind"] == "consortium":
            total = total_of(consortium(*counts), D2023, "LEAD")
        elif counts:
            total = total_of([direct(dois=counts[0])], D2023)
        else:
            continue
        assert total == Decimal(row["total_by_arithmetic"]), row["case"]


def test_member_only_pays_the_membership_alone():
    members = [MemberInput("M", "member_only")]
    assert total_of(members, D2023) == Decimal("2000.00")
