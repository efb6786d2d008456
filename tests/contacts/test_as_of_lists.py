"""Lists, counts and exports of what is dated, as of any day: half-open spans, bad days, rights."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.cache import cache

from backoffice.core.models import AuditEvent
from contacts.enums import EndReason, SuspensionReason
from contacts.models import Contact, Organisation, RoleType
from contacts.services import duties, membership, people, suspension
from tests.factories import roll

pytestmark = [pytest.mark.database, pytest.mark.django_db]

END = date(2025, 1, 1)
LAST = END - timedelta(days=1)
WHY = {"purpose": "audit", "recipient": "auditor", "file_format": "csv"}


@pytest.fixture(autouse=True)
def _signed_in(settings, client) -> None:
    """Quarry was a member until the end of 2024; Felsen is, and was suspended in the summer of 2024."""
    cache.clear()
    settings.ROLLCALL_DEMO = True
    roll.agency()
    quarry, felsen = roll.member("Quarry"), roll.member("Felsen", country="AT")
    roll.duty(quarry, roll.person("ada@quarry.example.org", "Ada", "Lane"), "voting")
    bo = roll.person("bo@felsen.example.org", "Bo", "Reed")
    duty = roll.duty(felsen, bo, "voting")
    duties.end_duty(assignment=duty, on=END, actor=roll.STAFF)
    people.change_address(
        contact=bo, address="bo.reed@felsen.example.org", on=END, actor=roll.STAFF
    )  # fmt: skip
    membership.end_membership(
        organisation=quarry, on=END, reason=EndReason.RESIGNED, notice_on=None, actor=roll.STAFF
    )  # fmt: skip
    suspension.suspend(
        organisation=felsen, reason=SuspensionReason.ARREARS, on=date(2024, 6, 1), actor=roll.STAFF
    )  # fmt: skip
    suspension.reinstate(organisation=felsen, on=date(2024, 9, 1), actor=roll.STAFF)
    client.force_login(roll.staff("membership"))


def listed(client, model: str, query: str) -> list[str]:
    """Names of the organisations in the list, sorted."""
    page = client.get(f"/admin/contacts/{model}/?{query}")
    assert page.status_code == 200, page
    rows = page.context["cl"].result_list
    return sorted(row.name if model == "organisation" else row.organisation.name for row in rows)


def counted(client, model: str, query: str) -> dict[str, int]:
    page = client.get(f"/admin/contacts/{model}/?{query}")
    return {item.label: item.count for item in page.context["day_counts"]}


def exported(client, model: str, query: str, *columns: str) -> tuple[str, list[list[str]]]:
    answer = client.post(f"/admin/contacts/{model}/export/?{query}", {**WHY, "columns": columns})
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    return answer["Content-Disposition"], list(csv.reader(io.StringIO(text)))


class TestMemberships:
    def test_the_last_day_is_in_and_the_end_is_out(self, client) -> None:
        assert listed(client, "membership", f"as_of={LAST}") == ["Felsen", "Quarry"]
        assert listed(client, "membership", f"as_of={END}") == ["Felsen"]
        assert listed(client, "membership", f"as_of={roll.SINCE}") == ["Felsen", "Quarry"]
        assert listed(client, "membership", f"as_of={roll.SINCE - timedelta(days=1)}") == []
        assert listed(client, "membership", "") == ["Felsen", "Quarry"]

    def test_the_list_shows_the_last_day(self, client) -> None:
        text = client.get("/admin/contacts/membership/").content.decode()
        assert "31 Dec 2024" in text
        assert "1 Jan 2025" not in text

    def test_counts_are_of_that_day_and_lead_to_their_rows(self, client) -> None:
        assert counted(client, "membership", f"as_of={LAST}") == {"Direct Member": 2}
        page = client.get(f"/admin/contacts/membership/?as_of={END}")
        (only,) = page.context["day_counts"]
        assert only.count == 1
        assert listed(client, "membership", only.query) == ["Felsen"]
        assert "As of 1 Jan 2025" in page.content.decode()

    def test_what_is_no_day_is_said(self, client) -> None:
        page = client.get("/admin/contacts/membership/?as_of=2024-13-01", follow=True)
        assert page.redirect_chain[0][0] == "/admin/contacts/membership/?"
        assert "“2024-13-01” is no day; write it as 2024-12-31." in page.content.decode()
        answer = client.get("/admin/contacts/membership/export/?as_of=soon")
        assert answer.status_code == 400

    def test_the_day_goes_into_the_file_and_the_audit(self, client) -> None:
        name, lines = exported(
            client, "membership", f"as_of={END}", "organisation__name", "member_type__label"
        )
        assert name == 'attachment; filename="membership-2025-01-01.csv"'
        assert lines == [
            ["organisation: legal name", "member type: label"],
            ["Felsen", "Direct Member"],
        ]
        assert AuditEvent.objects.get(action="export").facts["as_of"] == "2025-01-01"

    def test_the_auditor_looks_but_takes_nothing_away(self, client) -> None:
        client.force_login(roll.staff("auditor"))
        assert listed(client, "membership", f"as_of={LAST}") == ["Felsen", "Quarry"]
        assert client.get("/admin/contacts/membership/export/").status_code == 403
        assert client.get("/admin/contacts/roleassignment/export/").status_code == 403


class TestOrganisations:
    def test_standing_and_member_type_follow_the_day(self, client) -> None:
        summer = "as_of=2024-07-01"
        assert listed(client, "organisation", f"{summer}&standing=suspended") == ["Felsen"]
        assert listed(client, "organisation", f"{summer}&standing=good") == ["Quarry"]
        assert listed(client, "organisation", f"{summer}&member_type=direct_member") == [
            "Felsen", "Quarry",
        ]  # fmt: skip
        assert listed(client, "organisation", "standing=members") == ["Felsen"]
        assert listed(client, "organisation", f"as_of={END}&standing=none") == ["Quarry"]

    def test_counts(self, client) -> None:
        assert counted(client, "organisation", "as_of=2024-07-01") == {
            "Members": 2, "In good standing": 1, "Suspended": 1, "With a vote": 1,
        }  # fmt: skip
        assert counted(client, "organisation", f"as_of={END}")["Members"] == 1

    def test_the_column_is_of_that_day(self, client) -> None:
        then = client.get(f"/admin/contacts/organisation/?as_of={LAST}").content.decode()
        now = client.get("/admin/contacts/organisation/").content.decode()
        assert then.count("Direct Member</td>") == 2
        assert now.count("Direct Member</td>") == 1

    def test_the_export_says_type_and_standing(self, client) -> None:
        Organisation.objects.create(name="Zinc Society", country="DE")
        _name, lines = exported(
            client, "organisation", "as_of=2024-07-01", "name", "membership_type", "standing"
        )
        assert sorted(lines[1:]) == [
            ["Felsen", "Direct Member", "suspended"], ["Quarry", "Direct Member", "good"],
            ["Zinc Society", "", "none"],
        ]  # fmt: skip
        assert lines[0] == ["legal name", "membership type", "standing"]

    def test_an_unknown_standing_is_refused(self, client) -> None:
        answer = client.get("/admin/contacts/organisation/?standing=splendid")
        assert answer.url.endswith("?e=1")


class TestDuties:
    def test_the_holder_of_that_day_under_the_address_of_that_day(self, client) -> None:
        role = RoleType.objects.get(code="voting")
        query = f"as_of={LAST}&role_type__id__exact={role.pk}"
        assert counted(client, "roleassignment", query) == {"Voting": 2}
        _name, lines = exported(
            client, "roleassignment", query, "organisation__name", "address_then"
        )
        assert sorted(lines[1:]) == [
            ["Felsen", "bo@felsen.example.org"], ["Quarry", "ada@quarry.example.org"],
        ]  # fmt: skip
        assert listed(client, "roleassignment", f"as_of={END}") == ["Quarry"]

    def test_nobody_whose_data_may_not_be_used_is_exported(self, client) -> None:
        Contact.objects.filter(given_name="Bo").update(restricted_at="2026-01-01T00:00Z")
        _name, lines = exported(client, "roleassignment", f"as_of={LAST}", "organisation__name")
        assert lines[1:] == [["Quarry"]]


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("membership/?as_of=2024-07-01", 9),
        ("roleassignment/?as_of=2024-07-01", 9),
        ("organisation/?as_of=2024-07-01&standing=members", 14),
        ("organisation/", 10),
    ],
)
def test_the_day_costs_no_query_a_row(client, path, queries, django_assert_num_queries) -> None:
    for number in range(12):
        roll.member(f"Member {number}")
    client.get(f"/admin/contacts/{path}")
    with django_assert_num_queries(queries):
        client.get(f"/admin/contacts/{path}")
