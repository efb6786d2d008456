"""First years, surcharges, sponsors, exemptions, parking."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.fees.catalogue import shipped_schedule
from billing.fees.engine import compute_fees
from billing.fees.members import MemberInput, Registration
from billing.fees.proration import share_of_year
from tests.billing.fees.cases import consortium, direct, invoice_of, line_amounts, reasons, total_of

D2023 = shipped_schedule("datacite-2023")
D2026 = shipped_schedule("datacite-2026")
C2026 = shipped_schedule("crossref-2026")


def test_a_joiner_pays_its_months_and_its_own_estimate():
    member = direct(joined=date(2023, 6, 1), estimate=100, dois=99)
    result = compute_fees(D2023, [member], 2023)
    assert line_amounts(result, "M") == ["1166.67", "291.67", "80.00"]
    assert result.invoices[0].period == "2023-06-01/2023-12-31"


def test_a_flat_first_year_tier_is_prorated_only_where_the_schedule_says_so():
    member = direct(joined=date(2023, 7, 1), estimate=5000)
    assert line_amounts(compute_fees(D2023, [member], 2023), "M")[-1] == "1600.00"
    components = tuple(
        replace(c, prorate_flat_first_year=True) if c.key == "doi_fee" else c
        for c in D2023.components
    )
    changed = replace(D2023, components=components)
    assert line_amounts(compute_fees(changed, [member], 2023), "M")[-1] == "800.00"


def test_quarters_in_2026():
    member = direct(
        joined=date(2026, 5, 20), estimate=0, for_profit=True, annual_revenue=Decimal(1)
    )
    assert line_amounts(compute_fees(D2026, [member], 2026), "M") == ["1500.00", "750.00"]


@pytest.mark.parametrize(
    ("joined", "unit", "fraction"),
    [
        (date(2023, 1, 1), "month", (12, 12)),
        (date(2023, 12, 31), "month", (1, 12)),
        (date(2023, 4, 1), "quarter", (3, 4)),
        (date(2023, 3, 31), "quarter", (4, 4)),
        (date(2024, 2, 29), "day", (307, 366)),
        (date(2023, 12, 31), "day", (1, 365)),
        (date(2022, 12, 31), "day", (1, 1)),
        (None, "month", (1, 1)),
    ],
)
def test_share_of_the_year(joined, unit, fraction):
    year = 2024 if joined and joined.year == 2024 else 2023
    share = share_of_year(joined, year, unit)
    assert (share.numerator, share.denominator) == fraction


def test_surcharge_above_10000_dois_lies_outside_the_cap():
    members = consortium(10_001, 10_000, 2000, 2000, 2000)
    lines = invoice_of(compute_fees(D2023, members, 2023), "LEAD").lines
    surcharges = [(line.member, line.amount) for line in lines if line.code == "surcharge_10k"]
    assert surcharges == [("O1", Decimal("2000.00"))]
    assert total_of(members, D2023, "LEAD") == 2000 + 5000 + 2000


def test_surcharge_was_first_applied_in_2021():
    d2020 = shipped_schedule("datacite-2020")
    members = consortium(10_001)
    assert total_of(members, d2020, "LEAD", 2020) == 2000 + 3000
    assert total_of(members, d2020, "LEAD", 2021) == 2000 + 3000 + 2000


@pytest.mark.parametrize(
    ("schedule", "dois", "total"),
    [
        # 2022: a for-profit is outside the cap whatever its count; 2023: from 2,000 DOIs on.
        ("datacite-2022", 1999, 2000 + 4 * 1000 + 1000 + Decimal("1599.20")),
        ("datacite-2023", 1999, 2000 + 5 * 1000),
        ("datacite-2023", 2000, 2000 + 4 * 1000 + 1000 + 1600),
    ],
)
def test_for_profits_and_the_cap(schedule, dois, total):
    members = consortium(2000, 2000, 2000, 2000)
    members.append(
        MemberInput(
            "FP",
            "consortium_organization",
            consortium="LEAD",
            dois=dois,
            for_profit=True,
            annual_revenue=Decimal(1000),
        )
    )
    assert total_of(members, shipped_schedule(schedule), "LEAD", 2023) == total


def test_for_profits_were_not_allowed_in_consortia_in_2020():
    members = [replace(m, for_profit=m.id == "O1") for m in consortium(1, 2)]
    result = compute_fees(shipped_schedule("datacite-2020"), members, 2021)
    assert set(reasons(result)) == {"LEAD", "O1", "O2"}
    assert "for-profit" in reasons(result)["O1"]


def test_an_organisation_added_to_a_capped_consortium_pays_the_rate_without_estimate():
    late = MemberInput(
        "LATE", "consortium_organization", consortium="LEAD", joined=date(2023, 10, 1)
    )
    result = compute_fees(D2023, [*consortium(*[2000] * 31), late], 2023)
    added = invoice_of(result, "LEAD", "2023-10-01/2023-12-31")
    assert [(line.member, str(line.amount)) for line in added.lines] == [("LATE", "175.00")]
    assert not result.parked


def test_an_organisation_added_to_an_uncapped_consortium_needs_its_estimate():
    late = MemberInput(
        "LATE", "consortium_organization", consortium="LEAD", joined=date(2023, 10, 1)
    )
    result = compute_fees(D2023, [*consortium(1, 1, 1, 1, 1), late], 2023)
    assert reasons(result) == {"LATE": "estimate of the first year is unknown"}
    assert invoice_of(result, "LEAD").total == Decimal("4504.00")


def test_a_faulty_organisation_holds_back_its_consortium_and_nobody_else():
    members = consortium(1, 2, 3, 4, 10_000_001)
    result = compute_fees(D2023, [*members, direct(dois=1)], 2023)
    assert [i.billed_to for i in result.invoices] == ["M"]
    assert set(reasons(result)) == {"LEAD", "O1", "O2", "O3", "O4", "O5"}
    assert reasons(result)["LEAD"].startswith("waits for O5: DOI fee: 10000001 is above")


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (direct(), "DOI count of last year is unknown"),
        (direct(joined=date(2023, 5, 1)), "estimate of the first year is unknown"),
        (direct(joined=date(2024, 1, 1)), "joins on 2024-01-01, after 2023"),
        (direct(dois=1, for_profit=True), "annual revenue is unknown"),
        (MemberInput("M", "developer"), "a developer account is not billed"),
        (MemberInput("M", "friend"), "no fee rule for member type 'friend'"),
        (
            MemberInput("M", "consortium_organization", dois=1),
            "no consortium lead to bill is named",
        ),
    ],
)
def test_reasons_for_parking(member, reason):
    assert reasons(compute_fees(D2023, [member], 2023)) == {"M": reason}


def test_the_registrys_for_profit_type_is_a_direct_member():
    member = MemberInput("M", "for-profit_provider", dois=1, annual_revenue=Decimal(1))
    assert total_of([member], D2023) == Decimal("3000.80")


def test_unknown_country_bands_wait_for_staff():
    result = compute_fees(D2026, [direct(dois=1, country="DE")], 2026)
    assert reasons(result) == {"M": "Shared infrastructure fee for DE: to be confirmed by staff"}


@pytest.mark.parametrize(
    ("dois", "supplement"), [(100_000, []), (100_001, ["3500.00"]), (20_000_000, ["32500.00"])]
)
def test_supplement_of_2026(dois, supplement):
    member = direct(dois=dois, for_profit=True, annual_revenue=Decimal(1))
    assert line_amounts(compute_fees(D2026, [member], 2026), "M")[2:] == supplement


@pytest.mark.parametrize(
    ("schedule", "revenue", "fee"),
    [
        ("crossref-2025", "999", "275.00"),
        ("crossref-2026", "999.99", "200.00"),
        ("crossref-2026", "1000", "275.00"),
        ("crossref-2026", "999999", "275.00"),
        ("crossref-2026", "1000000", "550.00"),
        ("crossref-2026", "5000000", "1650.00"),
        ("crossref-2026", "24999999", "3900.00"),
    ],
)
def test_crossref_tiers(schedule, revenue, fee):
    member = MemberInput("M", "member", annual_revenue=Decimal(revenue))
    result = compute_fees(shipped_schedule(schedule), [member], 2026)
    assert line_amounts(result, "M") == [fee]


def test_unconfirmed_crossref_amounts_wait_for_staff():
    rich = MemberInput("RICH", "member", annual_revenue=Decimal(25_000_000))
    books = MemberInput(
        "BOOKS",
        "member",
        annual_revenue=Decimal(1),
        registrations=(Registration("book", "current", 1),),
    )
    funder = MemberInput("FUNDER", "funder", annual_revenue=Decimal(1))
    result = compute_fees(C2026, [rich, books, funder], 2026)
    assert not result.invoices
    assert all("to be confirmed by staff" in reason for reason in reasons(result).values())


def test_registrations_are_priced_by_type_and_vintage():
    member = MemberInput(
        "M",
        "member",
        annual_revenue=Decimal(1),
        registrations=(
            Registration("journal-article", "current", 3),
            Registration("Journal Article", "back", 7),
            Registration("grant", "back", 9),
        ),
    )
    assert line_amounts(compute_fees(C2026, [member], 2026), "M") == [
        "200.00",
        "3.00",
        "1.05",
        "0.00",
    ]
    quarterly = compute_fees(C2026, [member], 2026, only_codes={"registration"})
    assert quarterly.invoices[0].total == Decimal("4.05")


def test_a_sponsor_pays_one_fee_on_the_aggregate_and_its_members_registrations():
    members = [
        MemberInput("S", "sponsor"),
        MemberInput("A", "member", sponsor="S", annual_revenue=Decimal(600_000)),
        MemberInput(
            "B",
            "member",
            sponsor="S",
            annual_revenue=Decimal(500_000),
            registrations=(Registration("grant", "current", 2),),
        ),
        MemberInput("G", "member", sponsor="S", country="BD", annual_revenue=Decimal(10**9)),
    ]
    invoice = invoice_of(compute_fees(C2026, members, 2026), "S")
    assert invoice.total == Decimal("552.00")
    assert [(line.member, line.code, str(line.amount)) for line in invoice.lines] == [
        ("S", "membership", "550.00"),
        ("A", "membership", "0.00"),
        ("B", "membership", "0.00"),
        ("B", "registration", "2.00"),
        ("G", "exemption", "0.00"),
    ]


def test_members_in_gem_countries_pay_nothing_and_possible_ones_wait():
    gem = MemberInput("M", "member", country="NP", registrations=(Registration("book", "back", 1),))
    assert line_amounts(compute_fees(C2026, [gem], 2026), "M") == ["0.00"]
    maybe = replace(gem, country="ZW")
    assert "GEM programme for ZW" in reasons(compute_fees(C2026, [maybe], 2026))["M"]


@given(st.lists(st.integers(0, 12_000_000), min_size=1, max_size=40), st.integers(0, 10**7))
def test_every_member_is_billed_or_parked_and_lines_add_up(counts, own):
    members = [*consortium(*counts), direct(dois=own)]
    result = compute_fees(D2023, members, 2023)
    billed = {line.member for invoice in result.invoices for line in invoice.lines}
    parked = set(reasons(result))
    assert billed | parked == {m.id for m in members}
    assert not billed & parked
    for invoice in result.invoices:
        assert invoice.total == sum(line.amount for line in invoice.lines)
        assert invoice.total >= 0
        for line in invoice.lines:
            exact = Decimal(line.explanation.unrounded)
            assert abs(line.amount - exact) <= Decimal("0.005")
