"""A schedule that cannot be used is refused with the field named; so is bad simulation input."""

import copy
import json

import pytest

from billing.fees.catalogue import FOLDER, shipped_schedule
from billing.fees.explanation import format_number
from billing.fees.input_file import InputError, parse_members, read_members
from billing.fees.parsing import parse_schedule
from billing.fees.schedule import ScheduleError
from billing.fees.sentences import TEMPLATES, UNITS
from billing.fees.simulate import as_text, simulate

GOOD = json.loads((FOLDER / "datacite-2023.json").read_text(encoding="utf-8"))
DOI_TIERS = "components[3].rule.tiers"


def tiers(schedule):
    return schedule["components"][3]["rule"]["tiers"]


def change(edit):
    schedule = copy.deepcopy(GOOD)
    edit(schedule)
    return schedule


@pytest.mark.parametrize(
    ("edit", "field", "words"),
    [
        (lambda s: tiers(s)[1].update({"from": "1999"}), f"{DOI_TIERS}[1].from", "overlaps"),
        (lambda s: tiers(s)[1].update({"from": "2001"}), f"{DOI_TIERS}[1].from", "missing tier"),
        (lambda s: tiers(s).pop(2), f"{DOI_TIERS}[2].from", "missing tier"),
        (lambda s: tiers(s)[0].update({"from": "1"}), f"{DOI_TIERS}[0].from", "must be 0"),
        (lambda s: tiers(s)[1].pop("to"), f"{DOI_TIERS}[1].to", "only the last"),
        (lambda s: tiers(s)[0].update(per_unit=0.8), f"{DOI_TIERS}[0].per_unit", "as text"),
        (lambda s: tiers(s)[0].update(per_unit="-1"), f"{DOI_TIERS}[0].per_unit", "zero or more"),
        (lambda s: tiers(s)[0].update(flat="1"), f"{DOI_TIERS}[0]", "more than one"),
        (lambda s: tiers(s)[1].pop("flat"), f"{DOI_TIERS}[1].mark", "mark U"),
        (lambda s: s.update(currency="JPY"), "currency", "two decimals"),
        (lambda s: s.update(valid_until="2022-01-01"), "valid_until", "later"),
        (lambda s: s.update(valid_from="1.1.23"), "valid_from", "not a date"),
        (lambda s: s["components"][0].pop("label"), "components[0].label", "German"),
        (lambda s: s["components"][1].update(key="membership"), "components[1].key", "twice"),
        (
            lambda s: s["components"][0]["rule"].update(kind="magic"),
            "components[0].rule.kind",
            "one",
        ),
        (
            lambda s: s["components"][0]["rule"].pop("amount"),
            "components[0].rule.amount",
            "missing",
        ),
    ],
)
def test_faulty_schedules_name_the_field(edit, field, words):
    with pytest.raises(ScheduleError) as caught:
        parse_schedule(change(edit))
    assert caught.value.field == field
    assert words in caught.value.reason


def test_a_country_in_two_groups_is_refused():
    schedule = json.loads((FOLDER / "datacite-2026.json").read_text(encoding="utf-8"))
    groups = schedule["components"][1]["rule"]["groups"]
    groups[0]["countries"], groups[1]["countries"] = ["DE"], ["DE"]
    with pytest.raises(ScheduleError, match="DE is also in group 'lowest'"):
        parse_schedule(schedule)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({}, "list of members"),
        (["x"], "row 1: must be an object"),
        ([{"member_type": "direct_member"}], "row 1, field id: is missing"),
        ([{"id": "A"}], "row 1, field member_type: is missing"),
        ([{"id": "A", "member_type": "m", "dois": -1}], "row 1, field dois: -1 is negative"),
        ([{"id": "A", "member_type": "m", "dois": "7"}], "row 1, field dois: '7' is not a whole"),
        ([{"id": "A", "member_type": "m", "dois": True}], "field dois: True is not a whole"),
        ([{"id": "A", "member_type": "m", "dois": 10**12}], "out of all proportion"),
        ([{"id": "A", "member_type": "m", "estimate": 1.5}], "field estimate"),
        ([{"id": "A", "member_type": "m", "joined": "soon"}], "field joined: 'soon' is not a date"),
        ([{"id": "A", "member_type": "m", "country": "Germany"}], "field country"),
        ([{"id": "A", "member_type": "m", "for_profit": "no"}], "field for_profit"),
        ([{"id": "A", "member_type": "m", "annual_revenue": -2}], "field annual_revenue"),
        ([{"id": "A", "member_type": "m", "annual_revenue": "NaN"}], "field annual_revenue"),
        ([{"id": "A", "member_type": "m", "sponsor": "B"}], "no member with the id 'B'"),
        ([{"id": "A", "member_type": "m", "consortium": "A"}], "cannot name itself"),
        ([{"id": "A", "member_type": "m"}] * 2, "row 2, field id: 'A' is already used in row 1"),
        (
            [
                {
                    "id": "A",
                    "member_type": "m",
                    "registrations": [{"type": "book", "vintage": "old"}],
                }
            ],
            "field registrations[0].vintage",
        ),
    ],
)
def test_bad_input_names_row_and_field(rows, words):
    with pytest.raises(InputError) as caught:
        parse_members(json.loads(json.dumps(rows)))
    assert words in str(caught.value)


def test_unreadable_files(tmp_path):
    for name, content in [("a", b"{"), ("b", b"\xff\xfe\x00"), ("c", b'[{"id":NaN}]')]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            read_members(tmp_path / name)
    with pytest.raises(InputError):
        read_members(tmp_path / "missing")


def test_the_simulation_answers_in_the_agreed_form():
    members = parse_members([{"id": "A", "member_type": "direct_member", "dois": 1000}])
    data = simulate(shipped_schedule("datacite-2023"), members, 2023)
    assert set(data) == {"schedule", "year", "currency", "invoices", "parked"}
    assert data["invoices"][0]["total"] == "3300.00"
    assert data["invoices"][0]["lines"][2] == {
        "member": "A",
        "component": "doi_fee",
        "quantity": 1000,
        "amount": "800.00",
        "explanation": "DOI fee: 1,000 DOIs in tier 0–1,999, 1,000 × 0.80 EUR = 800.00 EUR"
        " [datacite-2023 v1]",
    }
    assert "1 invoices, 3300.00 EUR; 0 members parked" in as_text(data)


def test_explanations_are_data_that_can_be_read_in_german():
    members = parse_members(
        [{"id": "A", "member_type": "direct_member", "joined": "2023-06-01", "estimate": 7}]
    )
    data = simulate(shipped_schedule("datacite-2023"), members, 2023, language="de")
    assert data["invoices"][0]["lines"][0]["explanation"] == (
        "Mitgliedsbeitrag: 2.000,00 EUR im Jahr, 7 von 12 Monaten: 1.166,67 EUR [datacite-2023 v1]"
    )


def test_both_languages_have_every_sentence():
    assert set(TEMPLATES["en"]) == set(TEMPLATES["de"])
    assert set(UNITS["en"]) == set(UNITS["de"])
    assert format_number(parse_schedule(GOOD).components[0].rule.amount, "de") == "2.000"
