"""The nightly search: what it finds, what it leaves alone, what it remembers."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backoffice.core.errors import InvalidTransition
from backoffice.core.models import AuditEvent
from contacts.duplicates.blocking import LARGEST_BLOCK, candidates
from contacts.models import Contact, DuplicatePair, Identifier, Organisation
from contacts.services.duplicate_finder import find_duplicates
from contacts.services.duplicates import mark_distinct, reopen_pair
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def agency() -> None:
    roll.agency()


def organisation(name: str, **fields) -> Organisation:
    return Organisation.objects.create(name=name, **{"country": "DE", **fields})


def search() -> dict[str, int]:
    return find_duplicates(on=roll.DAY, actor=roll.STAFF)


@pytest.mark.database
def test_two_spellings_are_found_with_reasons_and_others_are_not() -> None:
    one = organisation("Universität Zürich", country="CH")
    two = organisation("Universitaet Zurich", country="CH")
    organisation("Universität Basel", country="CH")
    assert search() == {"organisation": 1, "contact": 0}
    pair = DuplicatePair.objects.get()
    assert (pair.left_id, pair.right_id, pair.kind) == (one.pk, two.pk, "organisation")
    assert pair.reasons == [["same_name", 60], ["same_country", 10]]
    event = AuditEvent.objects.get(action="find")
    assert event.facts == {"organisation": 1, "contact": 0}


def test_a_second_night_adds_nothing_and_follows_what_changed() -> None:
    one, _two = organisation("Quarry University"), organisation("University of Quarry")
    search()
    first = DuplicatePair.objects.get()
    organisation("Felsen Institute")
    search()
    assert DuplicatePair.objects.get() == first
    Organisation.objects.filter(pk=one.pk).update(website="https://quarry.example.org")
    Organisation.objects.exclude(pk=one.pk).update(website="http://www.quarry.example.org/")
    search()
    first.refresh_from_db()
    assert first.score == 100
    one.refresh_from_db()
    one.name = "Felsen Institute of Everything"
    one.save()
    Organisation.objects.update(website="")
    search()
    assert not DuplicatePair.objects.filter(pk=first.pk).exists()


def test_not_duplicates_is_remembered_and_can_be_taken_back() -> None:
    organisation("Quarry University"), organisation("University of Quarry")
    search()
    pair = DuplicatePair.objects.get()
    mark_distinct(pair=pair, actor=roll.STAFF)
    assert search()["organisation"] == 0
    assert DuplicatePair.objects.get().state == "distinct"
    with pytest.raises(InvalidTransition):
        mark_distinct(pair=pair, actor=roll.STAFF)
    reopen_pair(pair=pair, actor=roll.STAFF)
    pair.refresh_from_db()
    assert (pair.state, pair.decided_at) == ("open", None)


def test_archived_organisations_and_different_ror_ids_are_no_pair() -> None:
    organisation("Quarry University"), organisation("Quarry University", archived_on=roll.DAY)
    for name, ror in (("A", "00000aa11"), ("B", "00000bb22")):
        row = organisation("Felsen Institute", display_name=name)
        Identifier.objects.create(organisation=row, kind="ror", value=ror)
    assert search()["organisation"] == 0


def test_removed_and_restricted_people_are_not_matched() -> None:
    roll.person("zoe@a.example.org", "Zoë", "Quist")
    other = roll.person("zoe@b.example.org", "Zoe", "Quist")
    assert search()["contact"] == 1
    Contact.objects.filter(pk=other.pk).update(restricted_at=timezone.now())
    assert search()["contact"] == 0


def test_a_key_that_many_share_makes_no_pairs() -> None:
    few = list(candidates([{1}] * 3))
    assert few == [(0, 1), (0, 2), (1, 2)]
    assert list(candidates([{1}] * (LARGEST_BLOCK + 1))) == []


def test_neighbours_in_the_order_are_pairs_from_either_end() -> None:
    texts = [("alpha", 0), ("alphb", 1), ("zlpha", 2), ("middle", 3)]
    assert (0, 1) in set(candidates([set()] * 4, texts))
    assert (0, 2) in set(candidates([set()] * 4, texts))
