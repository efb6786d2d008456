"""The record's story: labels, who, when and why; rows of the record; what can come back and what not."""

from __future__ import annotations

import pytest
from django.urls import reverse

from backoffice.core.errors import RuleBroken
from backoffice.core.models import AuditEvent
from contacts.models import Contact, Identifier, OrganisationAddress, RoleAssignment
from contacts.services import duties
from contacts.services.reopening import may_reopen, reopen_duty
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings, client):
    settings.ROLLCALL_DEMO = True
    roll.agency()
    client.force_login(roll.staff("membership"))
    return roll.member("Quarry University", website="https://quarry.example.org")


def history(client, record) -> str:
    url = reverse("admin:contacts_organisation_history", args=[record.pk])
    return client.get(url).content.decode()


def gone(row) -> str:
    """The way to bring a deleted row back."""
    record, label = row.organisation, row._meta.label_lower
    pk = row.pk
    row.delete()
    version = type(row).history.get(id=pk, history_type="-")
    return reverse(
        "admin:contacts_organisation_restore_row", args=[record.pk, label, version.history_id]
    )


def test_rows_of_the_record_are_part_of_its_story(house, client) -> None:
    address = OrganisationAddress.objects.create(organisation=house, kind="billing", city="Ulm")
    address.city = "Hannover"
    address.save()
    page = history(client, house)
    assert "City: Ulm → Hannover" in page
    assert "Billing address" in page
    assert "name_folded" not in page


def test_a_deleted_row_comes_back_under_its_old_key(house, client) -> None:
    row = Identifier.objects.create(organisation=house, kind="symbol", value="QUARRY")
    pk = row.pk
    url = gone(row)
    assert url in history(client, house)
    assert "QUARRY" in client.get(url).content.decode()
    assert not Identifier.objects.exists()
    client.post(url)
    back = Identifier.objects.get()
    assert (back.pk, back.value) == (pk, "QUARRY")
    last = Identifier.history.first()
    assert last.history_user.email == "membership@agency.example.org"
    assert last.history_change_reason == "restored after it was deleted"
    assert AuditEvent.objects.get(action="restore_row").facts == {
        "version": Identifier.history.get(history_type="-").history_id
    }  # noqa: E501
    client.post(url)
    assert Identifier.objects.count() == 1
    assert url not in history(client, house)


def test_a_row_whose_place_is_taken_stays_away(house, client) -> None:
    url = gone(Identifier.objects.create(organisation=house, kind="symbol", value="QUARRY"))
    other = roll.member("Felsen")
    Identifier.objects.create(organisation=other, kind="symbol", value="QUARRY")
    answer = client.post(url, follow=True).content.decode()
    assert "already exists" in answer
    assert Identifier.objects.get().organisation == other


def test_redacted_rows_foreign_rows_and_readers_are_refused(house, client) -> None:
    url = gone(Identifier.objects.create(organisation=house, kind="symbol", value="QUARRY"))
    other = roll.member("Felsen")
    assert client.post(url.replace(f"/{house.pk}/", f"/{other.pk}/")).status_code == 404
    assert client.post(url.replace("contacts.identifier", "core.user")).status_code == 403
    Identifier.history.update(history_change_reason="removed at request")
    assert client.post(url).status_code == 404
    client.force_login(roll.staff("auditor"))
    assert client.post(url).status_code == 403
    assert not Identifier.objects.exists()


@pytest.mark.parametrize("versions", [1, 3])
def test_the_history_takes_the_same_queries_for_one_version_and_for_three(
    house, client, django_assert_num_queries, versions: int
) -> None:
    row = Identifier.objects.create(organisation=house, kind="symbol", value="QUARRY")
    for number in range(1, versions):
        row.value = f"QUARRY{number}"
        row.save()
    history(client, house)
    with django_assert_num_queries(16):
        history(client, house)


@pytest.fixture
def duty(house) -> RoleAssignment:
    given = roll.duty(house, roll.person("zoe@quarry.example.org", "Zoë", "Quist"), "billing")
    return duties.end_duty(assignment=given, on=roll.DAY, actor=roll.STAFF)


def test_an_end_by_mistake_is_taken_back(duty, client) -> None:
    url = reverse("admin:contacts_roleassignment_do", args=[duty.pk, "reopen"])
    client.get(url)
    duty.refresh_from_db()
    assert duty.valid_until == roll.DAY
    client.post(url)
    duty.refresh_from_db()
    assert (duty.valid_until, duty.end_reason) == (None, "")
    assert duty.history.first().history_change_reason == "end taken back"
    assert AuditEvent.objects.filter(action="reopen_duty").count() == 1


def test_a_duty_that_another_holds_now_stays_ended(house, duty) -> None:
    roll.duty(house, roll.person("ada@quarry.example.org", "Ada", "Lane"), "billing")
    with pytest.raises(RuleBroken, match="Somebody else"):
        reopen_duty(duty=duty, actor=roll.STAFF)
    duty.refresh_from_db()
    assert duty.valid_until == roll.DAY


@pytest.mark.parametrize("reason", ["removed", "merge", "taken_over"])
def test_final_ends_stay(duty, reason: str) -> None:
    duty.end_reason = reason
    duty.save()
    assert not may_reopen(duty)
    with pytest.raises(RuleBroken, match="cannot be taken back"):
        reopen_duty(duty=duty, actor=roll.STAFF)


def test_a_removed_person_gets_no_duty_back(duty) -> None:
    from django.utils import timezone

    Contact.objects.update(erased_at=timezone.now())
    duty.refresh_from_db()
    assert not may_reopen(duty)
