"""Evidence for and against: scripts, marks, legal forms, other languages, numbers, directories."""

from __future__ import annotations

import pytest

from contacts.duplicates.reasons import REASONS
from contacts.duplicates.scoring import (
    SHOWN_FROM,
    ContactFacts,
    OrganisationFacts,
    plain_address,
    score_contacts,
    score_organisations,
)
from contacts.duplicates.words import domain_of_host, host_of, initials_of, tokens_of

SAME = [
    ("Universität Hannover", "Universitaet Hannover"),
    ("University of Zürich", "Universität Zurich"),
    ("ZOË Library", "Zoe  library"),
    ("Felsen Verlag GmbH", "Felsen Verlag"),
    ("Национальный университет", "Natsionalnyi universitet"),
    ("Société Royale de Géologie", "Societe royale de geologie"),
    ("Rete S.p.A.", "Rete"),
    ("Hitachi (Japan)", "Hitachi"),
    ("Dżungla Łódź", "Dzungla Lodz"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_spellings_of_one_name_are_one(left: str, right: str) -> None:
    assert tokens_of(left) == tokens_of(right)


def organisation(pk: int, *names: str, **facts) -> OrganisationFacts:
    return OrganisationFacts(pk, tuple(tokens_of(name) for name in names), **facts)


def score(left: OrganisationFacts, right: OrganisationFacts) -> tuple[int, list[str]]:
    result = score_organisations(left, right)
    turned = score_organisations(right, left)
    assert result.points == turned.points
    return result.points, [reason.code for reason in result.reasons]


def test_the_same_name_in_one_country_is_shown_and_says_why() -> None:
    points, reasons = score(
        organisation(1, "Quarry University", country="DE"),
        organisation(2, "University of Quarry", country="DE"),
    )
    assert points == 70
    assert reasons == ["same_name", "same_country"]


def test_a_typing_mistake_is_found() -> None:
    points, reasons = score(
        organisation(1, "Hochschule Magdeburg Stendal", country="DE"),
        organisation(2, "Hochschule Magdeburg Stendahl", country="DE"),
    )
    assert "similar_name" in reasons
    assert points >= SHOWN_FROM


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Université Rennes 1", "Université Rennes 2"),
        ("INFN Sezione di Roma II", "INFN Sezione di Roma III"),
        ("INSERM U1163", "INSERM U1165"),
        ("Ekonomický ústav SAV", "Elektrotechnický ústav SAV"),
    ],
)
def test_numbers_and_other_subjects_are_other_bodies(left: str, right: str) -> None:
    points, reasons = score(
        organisation(1, left, country="FR", city="x"),
        organisation(2, right, country="FR", city="x"),
    )
    assert "similar_name" not in reasons
    assert points < SHOWN_FROM


@pytest.mark.parametrize(
    "facts",
    [
        ({"country": "DE"}, {"country": "AT"}),
        ({"ror": "a"}, {"ror": "b"}),
        ({"parent": 2}, {}),
    ],
)
def test_what_speaks_against_outweighs_the_same_name(facts) -> None:
    left, right = facts
    points, _reasons = score(
        organisation(1, "National Library", **left), organisation(2, "National Library", **right)
    )
    assert points < SHOWN_FROM


def test_an_acronym_alone_is_not_enough_but_with_the_web_site_it_is() -> None:
    long = {"shorts": frozenset({initials_of("Asian Vegetable Research Centre")}), "country": "TW"}
    short = {"shorts": frozenset({"avrc"}), "country": "TW"}
    alone, _ = score(
        organisation(1, "Asian Vegetable Research Centre", **long), organisation(2, "AVRC", **short)
    )
    with_site, reasons = score(
        organisation(1, "Asian Vegetable Research Centre", host="avrc.example.org", **long),
        organisation(2, "AVRC", host="avrc.example.org", **short),
    )
    assert alone < SHOWN_FROM <= with_site
    assert "same_acronym" in reasons


def test_a_web_site_of_many_says_nothing() -> None:
    left = organisation(1, "Office for Bridges", host="gov.example.org", host_shared=200)
    right = organisation(2, "Office for Fish", host="gov.example.org", host_shared=200)
    assert "same_website" not in score(left, right)[1]


def person(pk: int, given: str, family: str, *addresses: str, **facts) -> ContactFacts:
    return ContactFacts(pk, given, family, addresses=frozenset(addresses), **facts)


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        (person(1, "zoe", "quist", "z@a.org"), person(2, "zoe", "quist", "z@b.org"), True),
        (person(1, "zoe", "quist", "z+x@a.org"), person(2, "zoe", "quist", "z@a.org"), True),
        (
            person(1, "z", "quist", "q@a.org", organisations=frozenset({7})),
            person(2, "zoe", "quist", "zq@a.org", organisations=frozenset({7})),
            True,
        ),
        (person(1, "zoe", "quist", "z@a.org"), person(2, "max", "quist", "m@a.org"), False),
        (person(1, "zoe", "quist", "z@a.org"), person(2, "zoe", "quist", "zz@b.org"), False),
        (
            person(1, "", "", "info@a.org", mailbox=True),
            person(2, "zoe", "quist", "info+zq@a.org"),
            False,
        ),
    ],
)
def test_people(left: ContactFacts, right: ContactFacts, shown: bool) -> None:
    result = score_contacts(left, right)
    assert (result.points >= SHOWN_FROM) is shown, result


def test_hosts_and_domains() -> None:
    assert host_of("https://www.Lib.Example.ac.uk/path?x") == "lib.example.ac.uk"
    assert host_of("example.org:8080") == "example.org"
    assert host_of("no site") == ""
    assert domain_of_host("lib.example.ac.uk") == "example.ac.uk"
    assert domain_of_host("a.b.example.org") == "example.org"
    assert plain_address("a.b+c@x.org") == "ab@x.org"


def test_every_reason_has_words() -> None:
    import re
    from pathlib import Path

    source = Path("contacts/duplicates/scoring.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'Reason\(\s*"(\w+)"', source))
    assert len(codes) > 25
    assert codes <= set(REASONS)
