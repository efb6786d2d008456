"""The review page: who may do what, a fixed number of queries, the file at the end."""

from __future__ import annotations

import pytest
from django.urls import reverse

from backoffice.core.services import documents
from backoffice.delivery.models import Delivery
from contacts.messages import application_builder
from contacts.services import agreements
from contacts.services.agreement_file import print_agreement
from tests.contacts.applying import application, reviewed, signed
from tests.factories import roll

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def house(settings) -> None:
    settings.ROLLCALL_DEMO = True
    roll.agency()


def act(found, name: str) -> str:
    return reverse("admin:contacts_membershipapplication_do", args=[found.pk, name])


@pytest.mark.parametrize("name", ["review", "approve", "refuse", "withdraw"])
def test_who_only_looks_decides_nothing(client, name) -> None:
    client.force_login(roll.staff("auditor"))
    found = reviewed()
    assert client.get(act(found, name)).status_code == 403
    assert client.post(act(found, name), {"reason": "no"}).status_code == 403
    found.refresh_from_db()
    assert found.state == "applied"


def test_the_desk_from_review_to_the_link(client) -> None:
    client.force_login(roll.staff("membership"))
    found = application()
    page = client.get(reverse("admin:contacts_membershipapplication_change", args=[found.pk]))
    assert "the sanctions lists were not checked" in page.content.decode()
    client.post(act(found, "review"), {"sanctions_checked_on": "2026-11-20",
                                       "duplicates_note": "none"})  # fmt: skip
    client.post(act(found, "approve"), {"effective_on": "2027-01-01"})
    found.refresh_from_db()
    assert found.state == "approved"
    client.post(act(found, "send-agreement"))
    found.refresh_from_db()
    assert found.state == "agreement_sent"


def test_the_page_takes_as_many_queries_for_one_and_for_three(client, django_assert_num_queries):
    client.force_login(roll.staff("membership"))
    address = reverse("admin:contacts_membershipapplication_changelist")
    application()
    client.get(address)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(address)
    application(organisation_name="Two", applicant_email="two@example.org")
    application(organisation_name="Three", applicant_email="three@example.org")
    with django_assert_num_queries(LIST_QUERIES):
        client.get(address)


LIST_QUERIES = 8


@pytest.mark.slow
def test_the_countersigned_agreement_is_stored_once_and_mailed() -> None:
    ready = signed()
    agreements.countersign(application=ready, on=roll.DAY, actor=roll.STAFF)
    for _turn in range(2):
        print_agreement(ready.pk)
    ready.refresh_from_db()
    content = documents.read_bytes(ready.agreement_file)
    assert content.startswith(b"%PDF")
    delivery = Delivery.objects.get(kind="contacts.application_executed")
    (attached,) = application_builder("executed")(delivery).attachments
    assert attached.content == content
