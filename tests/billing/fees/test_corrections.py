"""The lines that settle corrected usage of a billed period."""

from decimal import Decimal

from billing.fees.catalogue import shipped_schedule
from billing.fees.corrections import Recount, settle_recounts
from billing.fees.members import MemberInput, Registration
from tests.billing.fees.cases import consortium, direct

S2023 = shipped_schedule("datacite-2023")


def settle(members, *recounts, schedule=S2023, year=2023, **more):
    return settle_recounts(schedule, members, year, recounts, **more)


def test_more_registrations_are_billed_as_the_difference():
    settlement = settle([direct(dois=1000)], Recount(7, "M", 500))
    (line,) = settlement.charges["M"]
    assert (line.code, line.amount, line.corrects) == ("doi_fee", Decimal("400.00"), (7,))
    assert line.quantity * line.unit_price == line.amount
    assert line.explanation.sentence("EUR").startswith(
        "Correction for 2023: DOI fee: counted anew: 1,500 instead of 1,000, "
        "1,200.00 EUR due, 800.00 EUR billed: 400.00 EUR"
    )
    assert "neu gezählt: 1.500 statt 1.000" in line.explanation.sentence("EUR", "de")


def test_fewer_registrations_are_credited():
    settlement = settle([direct(dois=1000)], Recount(1, "M", -1000))
    (line,) = settlement.charges["M"]
    assert line.amount == Decimal("-800.00")
    assert (settlement.no_effect, settlement.blocked) == ((), {})


def test_within_a_whole_band_nothing_changes():
    settlement = settle([direct(dois=2500)], Recount(1, "M", 300))
    assert (settlement.charges, settlement.no_effect) == ({}, (1,))


def test_a_cap_that_binds_both_ways_leaves_nothing_to_settle():
    capped = consortium(1500, 1500, 1500, 1500, 1500)
    settlement = settle(capped, Recount(3, "O1", 100))
    assert (settlement.charges, settlement.no_effect) == ({}, (3,))


def test_a_cap_that_binds_only_with_the_right_figure_limits_the_difference():
    almost = consortium(600, 600, 600, 600, 600)  # 5 × 980 = 4,900 of at most 5,000
    lines = settle(almost, Recount(3, "O1", 1000)).charges["LEAD"]
    assert sum(line.amount for line in lines) == Decimal("100.00")
    assert {line.code for line in lines} == {"doi_fee", "consortium_cap"}
    assert {line.corrects for line in lines} == {(3,)}


def test_a_lead_gets_the_lines_of_its_organisations():
    settlement = settle(
        consortium(20, 50, 100, 200, 2500), Recount(1, "O1", 10), Recount(2, "O2", 5)
    )
    lines = settlement.charges["LEAD"]
    assert [(line.member, line.amount) for line in lines] == [
        ("O1", Decimal("8.00")), ("O2", Decimal("4.00")),
    ]  # fmt: skip
    assert all(line.billed_to == "LEAD" and line.corrects == (1, 2) for line in lines)


def test_an_earlier_correction_counts_as_billed():
    first = Recount(1, "M", 500)
    settlement = settle([direct(dois=1000)], Recount(2, "M", 100), settled=[first])
    (line,) = settlement.charges["M"]
    assert line.amount == Decimal("80.00")
    assert line.explanation.inputs["dois"] == "1600"


def test_a_figure_above_the_last_tier_is_blocked_with_its_reason():
    settlement = settle([direct(dois=1000)], Recount(5, "M", 20_000_000))
    assert "above the last tier" in settlement.blocked[5]
    assert settlement.charges == {}


def test_one_that_was_not_billed_then_is_blocked():
    settlement = settle([direct(dois=1000)], Recount(5, "Z", 1))
    assert settlement.blocked == {5: "was not billed for that period"}


def test_registrations_by_type_and_vintage():
    schedule = shipped_schedule("crossref-2026")
    member = MemberInput(
        "P", "member", annual_revenue=Decimal(5000), country="US",
        registrations=(Registration("journal-article", "current", 200),),
    )  # fmt: skip
    settlement = settle(
        [member],
        Recount(1, "P", -50, "journal-article", "current"),
        Recount(2, "P", 40, "journal-article", "back"),
        schedule=schedule, year=2026, only_codes={"registration", "exemption"}, period="Q1 2026",
    )  # fmt: skip
    amounts = {line.explanation.inputs.get("vintage"): line.amount
               for line in settlement.charges["P"]}  # fmt: skip
    assert amounts == {"current": Decimal("-50.00"), "back": Decimal("6.00")}
