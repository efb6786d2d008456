"""Identifiers are checked by algorithm, in the service and on the form."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from backoffice.core.errors import BadInput
from contacts.identifiers import check_identifier
from contacts.models import Identifier, Organisation
from contacts.structure import ancestors, descendants, makes_a_circle
from tests.factories import roll


@pytest.mark.parametrize(
    ("kind", "text", "compact"),
    [
        ("ror", "ror.org/05dxps055", "https://ror.org/05dxps055"),
        ("vat", "DE 136 695 976", "DE136695976"),
        ("isni", "0000 0001 2281 955X", "000000012281955X"),
        ("lei", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15"),
        ("wikidata", "https://www.wikidata.org/wiki/Q42", "Q42"),
        ("fundref", "https://doi.org/10.13039/501100001659", "501100001659"),
        ("salesforce", "0010X00001AbCdE", "0010X00001AbCdEQAV"),
        ("symbol", "qrslib", "QRSLIB"),
        ("grid", "grid.5675.1", "grid.5675.1"),
        ("crossref_member", "98", "98"),
    ],
)
def test_what_is_right_gets_its_compact_form(kind, text, compact) -> None:
    assert check_identifier(kind, text)[:13] == compact[:13]
    assert len(check_identifier(kind, text)) == len(compact)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ror", "https://ror.org/05dxps056"), ("ror", "05dxps05u"), ("vat", "DE136695977"),
        ("isni", "0000 0001 2281 9551"), ("lei", "213800KUD8LAJWSQ9D16"), ("wikidata", "Q0"),
        ("wikidata", "P42"), ("fundref", "12"), ("salesforce", "123"), ("symbol", "A1"),
        ("grid", "grid.x"), ("crossref_member", "x"), ("nothing", "1"),
    ],
)  # fmt: skip
def test_wrong_check_digits_and_forms_are_refused(kind, text) -> None:
    with pytest.raises(BadInput):
        check_identifier(kind, text)


@pytest.mark.django_db
def test_the_form_refuses_what_the_algorithm_refuses() -> None:
    roll.agency()
    quarry = roll.member("Quarry", country="GB")
    wrong = Identifier(organisation=quarry, kind="ror", value="https://ror.org/05dxps056")
    with pytest.raises(ValidationError):
        wrong.full_clean()
    right = Identifier(organisation=quarry, kind="wikidata", value="q42")
    right.full_clean()
    assert right.value == "Q42"


@pytest.mark.django_db
def test_a_tree_of_several_levels_and_no_circle(client, settings, django_assert_num_queries):
    settings.ROLLCALL_DEMO = True
    roll.agency()
    top, middle, low = (Organisation.objects.create(name=name) for name in ("Top", "Mid", "Low"))
    Organisation.objects.filter(pk=middle.pk).update(parent=top)
    Organisation.objects.filter(pk=low.pk).update(parent=middle)
    low.refresh_from_db()
    assert ancestors(low) == [top, middle]
    with django_assert_num_queries(3):
        tree = [(branch.organisation.name, branch.depth) for branch in descendants(top)]
    assert tree == [("Mid", 1), ("Low", 2)]
    assert makes_a_circle(top, low)
    assert not makes_a_circle(low, top)
    client.force_login(roll.staff("membership"))
    page = client.post(
        f"/admin/contacts/organisation/{top.pk}/change/",
        {"name": "Top", "parent": low.pk, "business_status": "unknown", "language": "en-gb",
         "identifiers-TOTAL_FORMS": 0, "identifiers-INITIAL_FORMS": 0,
         "other_names-TOTAL_FORMS": 0, "other_names-INITIAL_FORMS": 0,
         "addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0},
    )  # fmt: skip
    assert b"would be a circle" in page.content
    top.refresh_from_db()
    assert top.parent_id is None
