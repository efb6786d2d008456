"""The application: form, confirmation, review, decision."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.cache import cache

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.models import AuditEvent
from backoffice.core.retention import RETENTION
from backoffice.delivery.models import Delivery
from contacts.enums import APPLICATION_TRANSITIONS, ApplicationState
from contacts.models import (
    Contact,
    Identifier,
    Membership,
    MembershipApplication,
    Organisation,
    RoleAssignment,
)
from contacts.services import applications
from contacts.services.admission import first_start
from contacts.services.resemblance import resembling
from tests.contacts.applying import NOW, application, approved, form_data, reviewed
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def house() -> None:
    cache.clear()
    roll.agency()


def mails(word: str) -> int:
    return Delivery.objects.filter(kind=f"contacts.application_{word}").count()


def test_the_form_is_stored_and_waits_for_the_address(client) -> None:
    answer = client.post("/apply/", form_data())
    assert answer.status_code == 302
    made = MembershipApplication.objects.get()
    assert (made.state, made.confirmed_at) == ("applied", None)
    assert made.website == "https://www.quarrystone.example.org"
    assert made.contacts == [
        {"given_name": "Aoife", "family_name": "Byrne", "email": "aoife@quarrystone.example.org",
         "roles": ["voting", "billing", "service"]}
    ]  # fmt: skip
    assert mails("confirm") == 1
    link = f"/apply/{applications.application_token(made)}/"
    assert b"Yes, it was me" in client.get(link).content
    made.refresh_from_db()
    assert made.confirmed_at is None, "a GET confirms nothing"
    for _turn in range(2):
        assert client.post(link).status_code == 200
    made.refresh_from_db()
    assert made.confirmed_at is not None
    assert mails("received") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ror_id": "https://ror.org/0abcdef13"}, "no ROR id"),
        ({"vat_id": "DE136695977"}, "check digits differ"),
        ({"country": "US"}, "Needed in this country"),
        ({"for_profit": "on"}, "state their revenue"),
        ({"applicant_email": "a b@example.org"}, "no e-mail address"),
        ({"terms": ""}, "Without this"),
        ({"duty_voting-family_name": "Only"}, "Give the address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(client, change, words) -> None:
    answer = client.post("/apply/", form_data(**change))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not MembershipApplication.objects.exists()


def test_a_program_that_fills_the_hidden_field_stores_nothing(client) -> None:
    assert client.post("/apply/", form_data(homepage="x")).status_code == 302
    assert not MembershipApplication.objects.exists()


def test_the_form_is_limited(client) -> None:
    for _turn in range(10):
        client.post("/apply/", {})
    assert client.post("/apply/", form_data()).status_code == 429


def test_a_type_below_a_lead_names_it(client) -> None:
    answer = client.post("/apply/", form_data("consortium_organization"))
    assert b"through a lead" in answer.content


def test_no_approval_before_the_review_is_complete() -> None:
    found = application()
    with pytest.raises(RuleBroken, match="sanctions lists"):
        applications.approve_application(application=found, on=roll.DAY, actor=roll.STAFF)
    assert not Organisation.objects.exists()


def test_approval_makes_organisation_people_and_duties_but_no_membership() -> None:
    found = approved(ror_id="https://ror.org/05dxps055", vat_id="IE6388047V")
    organisation = found.organisation
    assert organisation is not None
    assert (organisation.name, organisation.region) == ("Quarrystone University", "EMEA")
    assert set(Identifier.objects.values_list("kind", flat=True)) == {"ror", "vat"}
    assert RoleAssignment.objects.filter(organisation=organisation).count() == 3
    assert Contact.objects.get().source == "application"
    assert not Membership.objects.exists()
    # 20 November + more than 30 days, first of a month.
    assert found.effective_on == date(2027, 1, 1)
    assert mails("approved") == 1
    assert AuditEvent.objects.filter(action="approve").count() == 1
    with pytest.raises(InvalidTransition):
        applications.approve_application(application=found, on=roll.DAY, actor=roll.STAFF)


def test_a_known_address_keeps_its_contact_and_a_removed_one_stops_the_approval() -> None:
    known = roll.person("aoife@quarrystone.example.org", "A.", "Byrne-Old")
    approved()
    known.refresh_from_db()
    assert known.family_name == "Byrne-Old"
    assert Contact.objects.count() == 1


def test_an_identifier_of_another_record_is_not_taken() -> None:
    other = roll.member("Quarrystone Old")
    Identifier.objects.create(organisation=other, kind="ror", value="https://ror.org/05dxps055")
    found = reviewed(ror_id="https://ror.org/05dxps055")
    assert [hit.organisation for hit in resembling(found)] == [other]
    with pytest.raises(RuleBroken, match="belongs to"):
        applications.approve_application(application=found, on=roll.DAY, actor=roll.STAFF)
    found.refresh_from_db()
    assert found.state == "applied"
    applications.approve_application(
        application=found, on=roll.DAY, actor=roll.STAFF, existing=other
    )
    assert found.organisation == other


def test_resemblance_by_name_and_domain_not_by_mail_provider() -> None:
    same = roll.member("QUARRYSTONE  UNIVERSITY".replace("  ", " "))
    site = roll.member("Elsewhere", website="https://lib.quarrystone.example.org/x")
    roll.member("Others", website="https://gmail.com")
    found = application(applicant_email="aoife@gmail.com", website="")
    hits = {hit.organisation: hit.why for hit in resembling(found)}
    assert hits == {same: ("same name",)}
    again = application(website="https://quarrystone.example.org", organisation_name="New name")
    assert [hit.organisation for hit in resembling(again)] == [site]


def test_refusal_needs_a_reason_and_mails_it() -> None:
    found = reviewed()
    with pytest.raises(BadInput):
        applications.refuse_application(
            application=found, reason=" ", on=roll.DAY, actor=roll.STAFF
        )
    applications.refuse_application(
        application=found, reason="Cannot meet the obligations.", on=roll.DAY, actor=roll.STAFF
    )
    assert (found.state, mails("refused")) == ("declined", 1)


def test_the_applicant_withdraws_by_the_link(client) -> None:
    found = application()
    link = f"/apply/{applications.application_token(found)}/"
    answer = client.post(link, {"withdraw": "1", "reason": "Changed our minds"})
    found.refresh_from_db()
    assert (found.state, found.withdrawal_reason) == ("withdrawn", "Changed our minds")
    assert b"withdrawn" in answer.content
    again = client.post(link, {"withdraw": "1"})
    assert b"cannot become" in again.content
    assert client.get("/apply/nonsense/").status_code == 404


def test_unconfirmed_applications_go_after_two_weeks_with_their_versions() -> None:
    kept = application()
    lost = applications.submit_application(
        fields={"organisation_name": "X", "country": "DE", "member_type": kept.member_type,
                "applicant_email": "x@example.org"},
        contacts=[], actor=roll.STAFF, at=NOW,
    )  # fmt: skip
    sweep = RETENTION.get("application_end").sweeps[0]
    assert not sweep.due(NOW.date()).exists()
    MembershipApplication.objects.update(applied_at=NOW - timedelta(days=15))
    assert sweep.apply is not None
    assert sweep.apply(sweep.due(NOW.date())) == 1
    assert list(MembershipApplication.objects.all()) == [kept]
    assert not MembershipApplication.history.filter(id=lost.pk).exists()


@pytest.mark.parametrize("state", ApplicationState.values)
def test_every_move_that_the_table_does_not_list_is_refused(state) -> None:
    found = reviewed()
    facts = {"agreement_sha256": "a" * 64, "agreement_version": "1", "signed_by": "A",
             "signed_at": NOW, "refusal_reason": "r", "organisation": roll.member("O")}  # fmt: skip
    MembershipApplication.objects.filter(pk=found.pk).update(state=state, **facts)
    found.refresh_from_db()
    if "approved" not in APPLICATION_TRANSITIONS[state]:
        with pytest.raises(InvalidTransition):
            applications.approve_application(application=found, on=roll.DAY, actor=roll.STAFF)
    if "withdrawn" not in APPLICATION_TRANSITIONS[state]:
        with pytest.raises(InvalidTransition):
            applications.withdraw_application(
                application=found, reason="", on=roll.DAY, actor=roll.STAFF
            )
    found.refresh_from_db()
    assert found.state == state


@pytest.mark.parametrize(
    ("applied", "wished", "after", "first", "expected"),
    [
        (date(2026, 11, 1), date(2026, 11, 1), 30, True, date(2027, 1, 1)),
        (date(2026, 10, 31), date(2026, 12, 1), 30, True, date(2026, 12, 1)),
        (date(2026, 11, 1), date(2027, 3, 15), 30, True, date(2027, 4, 1)),
        (date(2026, 11, 1), date(2026, 11, 5), 0, False, date(2026, 11, 5)),
    ],
)
def test_the_first_day(applied, wished, after, first, expected) -> None:
    assert first_start(applied, wished=wished, after_days=after, on_first=first) == expected
