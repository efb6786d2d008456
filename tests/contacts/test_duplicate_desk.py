"""The duplicate desk as its readers see it: rights, queries, decisions, the merge page."""

from __future__ import annotations

import pytest
from django.test import Client

from backoffice.core.models import JobRun
from contacts.models import Contact, DuplicatePair, Organisation
from contacts.services.duplicate_finder import find_duplicates
from tests.factories import roll

pytestmark = pytest.mark.django_db
DESK = "/admin/duplicates/"


@pytest.fixture(autouse=True)
def house(settings) -> None:
    settings.ROLLCALL_DEMO = True
    roll.agency()


def pairs(count: int) -> None:
    for n in range(count):
        for name in (f"Quarry{n}x University", f"University of Quarry{n}x"):
            Organisation.objects.create(name=name, country="DE")
    find_duplicates(on=roll.DAY, actor=roll.STAFF)


def signed_in(client: Client, group: str) -> Client:
    client.force_login(roll.staff(group))
    return client


@pytest.mark.parametrize("rows", [1, 3])
def test_the_desk_takes_the_same_queries_for_one_pair_and_for_three(
    client, django_assert_num_queries, rows: int
) -> None:
    pairs(rows)
    signed_in(client, "membership").get(DESK)
    with django_assert_num_queries(9):
        page = client.get(DESK)
    assert page.content.decode().count("Compare and merge<") == rows
    assert "same name +60" in page.content.decode()


def test_who_only_views_sees_no_buttons_and_can_do_nothing(client) -> None:
    pairs(1)
    pair = DuplicatePair.objects.get()
    signed_in(client, "auditor")
    page = client.get(DESK).content.decode()
    assert "same name" in page
    assert "Not duplicates</button>" not in page
    assert client.post(DESK, {"pair": pair.pk, "act": "distinct"}).status_code == 403
    url = f"{DESK}organisation/{pair.left_id}/{pair.right_id}/"
    assert "rc-danger" not in client.get(url).content.decode()
    assert client.post(url, {"digest": "x"}).status_code == 403
    assert not Organisation.objects.filter(merged_into__isnull=False).exists()
    pair.refresh_from_db()
    assert pair.state == "open"


def test_whoever_may_not_see_pairs_gets_nothing(client) -> None:
    pairs(1)
    client.force_login(roll.staff("nobody"))
    assert client.get(DESK).status_code == 403
    client.logout()
    assert client.get(DESK).status_code == 302


def test_not_duplicates_and_decide_again(client) -> None:
    pairs(1)
    pair = DuplicatePair.objects.get()
    signed_in(client, "membership")
    assert client.get(f"{DESK}?pair={pair.pk}&act=distinct").status_code == 200
    pair.refresh_from_db()
    assert pair.state == "open"
    client.post(DESK, {"pair": pair.pk, "act": "distinct"})
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by.email) == ("distinct", "membership@agency.example.org")
    page = client.get(f"{DESK}?state=distinct").content.decode()
    assert "Decide again" in page
    client.post(f"{DESK}?state=distinct", {"pair": pair.pk, "act": "reopen"})
    pair.refresh_from_db()
    assert pair.state == "open"


@pytest.mark.parametrize("pair", ["", "0", "x", "²", "99999999"])
def test_a_pair_that_is_none_is_not_found(client, pair: str) -> None:
    assert signed_in(client, "membership").post(DESK, {"pair": pair}).status_code == 404


def test_two_records_are_merged_from_the_page_and_the_second_click_is_told(client) -> None:
    pairs(1)
    pair = DuplicatePair.objects.get()
    signed_in(client, "membership")
    url = f"{DESK}organisation/{pair.left_id}/{pair.right_id}/?keep=right"
    page = client.get(url)
    assert "stays;" in page.content.decode()
    data = {"digest": page.context["plan"].digest, "f_name": "loser"}
    answer = client.post(url, data)
    assert answer.url == f"/admin/contacts/organisation/{pair.right_id}/change/"
    kept = Organisation.objects.get(pk=pair.right_id)
    assert kept.name == "Quarry0x University"
    assert kept.merged_from.get().pk == pair.left_id
    again = client.post(url, data, follow=True)
    assert "merged already" in again.content.decode()


def test_a_merge_without_the_plan_that_was_seen_is_refused(client) -> None:
    pairs(1)
    pair = DuplicatePair.objects.get()
    signed_in(client, "membership")
    url = f"{DESK}organisation/{pair.left_id}/{pair.right_id}/"
    assert "compare them again" in client.post(url, {}, follow=True).content.decode()
    assert not Organisation.objects.filter(merged_into__isnull=False).exists()


def test_contacts_have_their_own_queue(client) -> None:
    roll.person("zoe@a.example.org", "Zoë", "Quist")
    roll.person("zoe@b.example.org", "Zoe", "Quist")
    find_duplicates(on=roll.DAY, actor=roll.STAFF)
    signed_in(client, "membership")
    page = client.get(f"{DESK}?kind=contact").content.decode()
    assert "zoe@a.example.org" in page
    assert "same name of the person" in page
    pair = DuplicatePair.objects.get()
    url = f"{DESK}contact/{pair.left_id}/{pair.right_id}/"
    page = client.get(url)
    client.post(url, {"digest": page.context["plan"].digest, "f_address": "loser"})
    person = Contact.objects.get(merged_into__isnull=True)
    assert person.addresses.get(primary=True).address == "zoe@b.example.org"


@pytest.mark.parametrize("path", ["invoice/1/2/", "organisation/1/1/", "organisation/8888/9999/"])
def test_pages_of_nothing_are_not_found(client, path: str) -> None:
    assert signed_in(client, "membership").get(DESK + path).status_code == 404


def test_search_now_queues_one_job(client) -> None:
    signed_in(client, "membership")
    client.post(DESK, {"act": "search"})
    answer = client.post(DESK, {"act": "search"}, follow=True)
    assert "queued already" in answer.content.decode()
    assert JobRun.objects.filter(name="contacts.find_duplicates").count() == 1
