"""The agreement: text and hash, signing link, countersignature, file, activation by the preset."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.cache import cache

from backoffice.core.errors import BadInput, InvalidTransition, NotConfigured, RuleBroken
from backoffice.core.models import JobRun
from backoffice.delivery.models import Delivery
from contacts import registry
from contacts.agreement_text import digest
from contacts.messages import application_builder
from contacts.models import AgreementText, Membership, MembershipApplication
from contacts.queries import standing_on
from contacts.services import agreement_texts, agreements
from tests.contacts.applying import approved, sent, signed
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def house(request) -> None:
    cache.clear()
    roll.agency(getattr(request, "param", "datacite"))


CROSSREF_PEOPLE = [
    {"roles": ["primary", "voting"], "given_name": "A", "family_name": "B",
     "email": "a@quarrystone.example.org"},
    {"roles": ["technical", "metadata_quality"], "given_name": "C", "family_name": "D",
     "email": "c@quarrystone.example.org"},
    {"roles": ["billing"], "given_name": "E", "family_name": "F",
     "email": "e@quarrystone.example.org"},
]  # fmt: skip


def link_of(application: MembershipApplication) -> str:
    return f"/apply/sign/{agreements.signing_token(application)}/"


def test_the_mailed_link_opens_exactly_the_text_that_was_hashed(client) -> None:
    ready = sent()
    assert "Quarrystone University" in ready.agreement_text
    assert "{" not in ready.agreement_text
    assert digest(ready.agreement_text) == ready.agreement_sha256
    delivery = Delivery.objects.get(kind="contacts.application_agreement")
    assert link_of(ready) in application_builder("agreement")(delivery).text
    assert link_of(ready) not in application_builder("agreement")(delivery, preview=True).text
    page = client.get(link_of(ready)).content.decode()
    assert ready.agreement_sha256 in page
    ready.refresh_from_db()
    assert ready.state == "agreement_sent", "a GET signs nothing"


def test_signing_counts_once(client) -> None:
    ready = sent()
    data = {"name": "Aoife Byrne", "position": "Librarian", "entitled": "on",
            "sha256": ready.agreement_sha256}  # fmt: skip
    assert client.post(link_of(ready), {**data, "entitled": ""}).status_code == 200
    ready.refresh_from_db()
    assert ready.state == "agreement_sent"
    client.post(link_of(ready), data)
    ready.refresh_from_db()
    assert (ready.state, ready.signed_by) == ("agreement_signed", "Aoife Byrne")
    again = client.post(link_of(ready), {**data, "name": "Somebody Else"})
    ready.refresh_from_db()
    assert ready.signed_by == "Aoife Byrne"
    assert b"cannot become" in again.content or b"is signed" in again.content


def test_an_old_link_another_text_and_no_name_are_refused() -> None:
    ready = sent()
    token = agreements.signing_token(ready)
    late = roll.DAY + timedelta(days=31)
    arguments = {"token": token, "name": "A", "position": "", "actor": roll.STAFF,
                 "at": ready.applied_at, "sha256": ready.agreement_sha256, "on": roll.DAY}  # fmt: skip
    with pytest.raises(InvalidTransition):
        agreements.sign_agreement(**{**arguments, "on": late})
    with pytest.raises(RuleBroken):
        agreements.sign_agreement(**{**arguments, "sha256": "0" * 64})
    with pytest.raises(BadInput):
        agreements.sign_agreement(**{**arguments, "name": " "})
    agreements.send_agreement(application=ready, on=roll.DAY + timedelta(days=1), actor=roll.STAFF)
    with pytest.raises(InvalidTransition):
        agreements.sign_agreement(**arguments)
    assert Delivery.objects.filter(kind="contacts.application_agreement").count() == 2


def test_datacite_is_active_on_the_agreed_day() -> None:
    ready = signed()
    agreements.countersign(application=ready, on=roll.DAY, actor=roll.STAFF)
    assert ready.state == "accepted"
    period = Membership.objects.get()
    assert (period.valid_from, period.organisation) == (date(2027, 1, 1), ready.organisation)
    assert standing_on(ready.organisation, on=date(2026, 12, 31)).code == "future"
    assert standing_on(ready.organisation, on=date(2027, 1, 1)).code == "good"
    assert JobRun.objects.filter(name="contacts.print_agreement").count() == 1
    with pytest.raises(InvalidTransition):
        agreements.countersign(application=ready, on=roll.DAY, actor=roll.STAFF)


def test_a_late_signature_starts_on_the_next_first_of_a_month() -> None:
    ready = signed()
    late = date(2027, 2, 10)
    agreements.countersign(application=ready, on=late, actor=roll.STAFF)
    assert Membership.objects.get().valid_from == date(2027, 3, 1)


@pytest.mark.parametrize("house", ["crossref"], indirect=True)
def test_crossref_is_active_once_the_first_fee_is_paid(monkeypatch) -> None:
    paid: dict[int, date] = {}
    fees = registry.Registry("first-year fees")
    fees.add("test", paid.get)
    monkeypatch.setattr(agreements, "FIRST_FEE_PAID", fees)
    ready = signed("member", contacts=CROSSREF_PEOPLE)
    assert ready.effective_on == roll.DAY
    agreements.countersign(application=ready, on=roll.DAY, actor=roll.STAFF)
    assert ready.state == "awaiting_payment"
    assert not Membership.objects.exists()
    with pytest.raises(RuleBroken):
        agreements.activate_paid(application=ready, on=roll.DAY, actor=roll.STAFF)
    assert agreements.activate_all_paid(on=roll.DAY, actor=roll.STAFF) == 0
    paid[ready.organisation_id] = roll.DAY
    assert agreements.activate_all_paid(on=roll.DAY, actor=roll.STAFF) == 1
    assert agreements.activate_all_paid(on=roll.DAY, actor=roll.STAFF) == 0
    assert Membership.objects.get().valid_from == roll.DAY


@pytest.mark.parametrize("house", ["crossref"], indirect=True)
def test_a_sponsored_member_pays_no_first_fee_itself() -> None:
    sponsor = roll.member("Sponsor", kind="sponsor")
    ready = signed("sponsored_member", contacts=CROSSREF_PEOPLE, lead=sponsor)
    agreements.countersign(application=ready, on=roll.DAY, actor=roll.STAFF)
    assert ready.state == "accepted"
    assert ready.organisation.lead_links.get().lead == sponsor


def test_the_text_of_the_language_and_of_the_member_type_is_taken() -> None:
    german = approved(language="de")
    assert agreement_texts.text_for(german, on=roll.DAY).language == "de"
    own = AgreementText.objects.create(
        version="special", body="For {organisation}.", member_type=german.member_type
    )
    assert agreement_texts.text_for(german, on=roll.DAY) != own
    agreement_texts.publish_text(text=own, on=roll.DAY, actor=roll.STAFF)
    assert agreement_texts.text_for(german, on=roll.DAY) == own
    with pytest.raises(InvalidTransition):
        agreement_texts.publish_text(text=own, on=roll.DAY, actor=roll.STAFF)


def test_a_text_with_an_unknown_name_is_not_published_and_no_text_is_said() -> None:
    wrong = AgreementText.objects.create(version="x", body="{organization}")
    with pytest.raises(BadInput):
        agreement_texts.publish_text(text=wrong, on=roll.DAY, actor=roll.STAFF)
    AgreementText.objects.update(published_on=None)
    with pytest.raises(NotConfigured):
        agreements.send_agreement(application=approved(), on=roll.DAY, actor=roll.STAFF)


def test_a_text_changed_on_file_is_not_countersigned() -> None:
    ready = signed()
    MembershipApplication.objects.filter(pk=ready.pk).update(agreement_text="other")
    ready.refresh_from_db()
    with pytest.raises(RuleBroken):
        agreements.countersign(application=ready, on=roll.DAY, actor=roll.STAFF)
