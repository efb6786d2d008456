"""VAT ids asked at VIES: yes, no, or unknown; unknown never means no and never holds up a run."""

from datetime import timedelta

import pytest
from django.urls import reverse

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, NotConfigured
from backoffice.core.services import jobs
from billing.einvoice.vat_id import Answer
from billing.models import VatCheck
from billing.services import vat_ids
from billing.vies import ViesAnswer, ask, read_answer
from tests.billing.staff import staff_client
from tests.billing.vies_peer import running_vies
from tests.billing.world import NOW, PREPARER, computed_run, make_agency, make_member, sealed_usage

pytestmark = [pytest.mark.django_db, pytest.mark.database]
IRISH, DUTCH, FRENCH = "IE6433435F", "NL004495445B01", "FR40303265045"


@pytest.fixture
def vies(settings):
    with running_vies() as peer:
        settings.ROLLCALL_VIES_URL = peer.url
        yield peer


@pytest.fixture
def irish():
    make_agency()
    return make_member("Irish Library", country="IE", vat_id=IRISH)


def check(at=NOW, **more):
    return vat_ids.check_due(actor=PREPARER, clock=lambda: at, **more)


def state_of(organisation, at=NOW):
    (position,) = vat_ids.positions(at=at, organisation_ids=[organisation.pk])
    return position.state


def test_a_yes_is_kept_with_name_and_request_id(vies, irish):
    vies.holders[IRISH] = "IRISH LIBRARY TRUST"
    assert check() == {"valid": 1, "invalid": 0, "unknown": 0}
    row = VatCheck.objects.get()
    assert (row.answer, row.source, row.name) == ("valid", "online", "IRISH LIBRARY TRUST")
    assert row.request_id == "WAPIAAAA00000001"
    assert vies.asked == [
        {"countryCode": "IE", "vatNumber": "6433435F", "requesterMemberStateCode": "DE",
         "requesterNumber": "136695976"},
    ]  # fmt: skip
    assert state_of(irish) == "valid"


def test_a_no_parks_the_member_and_the_rest_goes_on(vies, irish):
    home = make_member("Home")
    check()
    run = computed_run(sealed_usage({irish: 10, home: 10}))
    assert run.items.get(payer=irish).reason == "the VAT id IE6433435F is not valid"
    assert run.items.get(payer=home).state == "ready"


def test_unknown_is_not_no_and_takes_no_earlier_yes_away(vies, irish):
    vies.holders[IRISH] = "IRISH LIBRARY"
    check()
    vies.down["IE"] = "MS_UNAVAILABLE"
    later = NOW + timedelta(days=91)
    assert state_of(irish, later) == "old"
    assert check(later)["unknown"] == 1
    assert VatCheck.objects.filter(answer="unknown").get().reason == "MS_UNAVAILABLE"
    assert state_of(irish, NOW + timedelta(days=80)) == "valid"
    item = computed_run(sealed_usage({irish: 10})).items.get()
    assert (item.state, item.payload["tax"]["category"]) == ("ready", "AE")


def test_without_any_answer_the_member_waits_and_staff_can_decide(vies, irish):
    vies.down["IE"] = "TIMEOUT"
    check()
    snapshot = sealed_usage({irish: 10})
    run = computed_run(snapshot)
    assert run.items.get().reason == "the VAT id IE6433435F is not checked yet"
    with pytest.raises(BadInput):
        vat_ids.decide_vat_id(organisation=irish, accept=True, reason=" ", actor=PREPARER, at=NOW)
    vat_ids.decide_vat_id(organisation=irish, accept=True, reason="certificate of 2022",
                          actor=Actor("user", "1"), at=NOW)  # fmt: skip
    from billing.services.compute import compute_run

    item = compute_run(run=run, actor=PREPARER, at=NOW).items.get()
    assert (item.state, item.payload["tax"]["regime"]) == ("ready", "reverse_charge")


def test_a_state_that_is_down_is_not_asked_twice_in_one_go(vies, irish):
    make_member("Second Irish", country="IE", vat_id="IE6388047V")
    make_member("Dutch", country="NL", vat_id=DUTCH)
    vies.down["IE"] = "MS_MAX_CONCURRENT_REQ"
    vies.holders[DUTCH] = "DUTCH"
    assert check() == {"valid": 1, "invalid": 0, "unknown": 1}
    assert [question["countryCode"] for question in vies.asked] == ["IE", "NL"]


def test_a_retry_waits_and_a_clear_answer_is_not_asked_again(vies, irish):
    vies.down["IE"] = "SERVICE_UNAVAILABLE"
    check()
    assert check(NOW + timedelta(minutes=10)) == {"valid": 0, "invalid": 0, "unknown": 0}
    vies.down.clear()
    vies.holders[IRISH] = "IRISH"
    assert check(NOW + timedelta(minutes=60))["valid"] == 1
    assert check(NOW + timedelta(days=89))["valid"] == 0
    assert check(NOW + timedelta(days=91))["valid"] == 1


def test_a_new_vat_id_has_no_answer(vies, irish):
    vies.holders[IRISH] = "IRISH"
    check()
    irish.identifiers.update(value="IE6388047V")
    assert state_of(irish) == "unknown"


def test_wrong_form_is_never_asked(vies, irish):
    irish.identifiers.update(value="IE0000000X")
    assert state_of(irish) == "malformed"
    check()
    assert vies.asked == []


def test_offline_form_and_check_digits_count_and_are_shown(settings, irish):
    assert state_of(irish) == "offline"
    item = computed_run(sealed_usage({irish: 10})).items.get()
    assert "vat_checked_offline" in item.exceptions
    with pytest.raises(NotConfigured):
        check()


def test_another_name_in_the_register_is_shown(vies, irish):
    vies.holders[IRISH] = "SOMETHING ELSE LTD"
    check()
    (position,) = vat_ids.positions(at=NOW)
    assert position.name_differs
    irish.name = "Else & Partners"
    irish.save()
    (position,) = vat_ids.positions(at=NOW)
    assert not position.name_differs


@pytest.mark.parametrize(
    ("status", "body", "answer", "reason"),
    [
        (200, {"valid": True, "name": "---"}, "valid", ""),
        (200, {"isValid": False, "userError": "INVALID"}, "invalid", ""),
        (200, {"isValid": False, "userError": "MS_UNAVAILABLE"}, "unknown", "MS_UNAVAILABLE"),
        (
            200,
            {"valid": False, "errorWrappers": [{"error": "VAT_BLOCKED"}]},
            "unknown",
            "VAT_BLOCKED",
        ),
        (400, {"valid": False}, "unknown", "status 400"),
        (200, {"valid": "yes"}, "unknown", "status 200"),
        (200, {}, "unknown", "status 200"),
    ],
)
def test_only_a_clear_yes_or_no_counts(status, body, answer, reason):
    found = read_answer(body, status)
    assert (found.answer, found.name, found.reason) == (Answer(answer), "", reason)


def test_nothing_that_goes_wrong_on_the_way_is_an_error(vies):
    vies.raw = b"<html>busy</html>"
    assert ask(vies.url, IRISH).answer is Answer.UNKNOWN
    vies.raw = b"[]"
    assert ask(vies.url, IRISH) == ViesAnswer(Answer.UNKNOWN, reason="shape")
    assert ask("http://127.0.0.1:1", IRISH).reason == "ConnectionError"


def test_the_job_asks_for_the_payers_of_a_run(vies, irish):
    make_member("French", country="FR", vat_id=FRENCH)
    run = computed_run(sealed_usage({irish: 10}))
    run.items.exclude(payer=irish).delete()
    vies.holders[IRISH] = "IRISH"
    job = jobs.enqueue("billing.check_vat_ids", run.pk)
    jobs.execute(jobs.start(str(job.pk), worker="w"))
    assert [question["countryCode"] for question in vies.asked] == ["IE"]
    assert state_of(irish) == "valid"


def test_the_desk_shows_and_decides_with_its_own_permission(vies, irish, client, settings):
    page = reverse("admin:vat_desk")
    viewer = staff_client(client, settings, "billing.view_vatcheck")
    content = viewer.get(page).content.decode()
    assert "IE6433435F" in content
    assert "Does not count" not in content
    viewer.post(page, {"act": "accept", "organisation": irish.pk, "reason": "seen"})
    assert not VatCheck.objects.exists()
    assert staff_client(client, settings, "billing.view_invoice").get(page).status_code == 403
    clerk = staff_client(client, settings, "billing.view_vatcheck", "billing.add_vatcheck")
    clerk.post(page, {"act": "accept", "organisation": irish.pk, "reason": "certificate"})
    assert VatCheck.objects.get().source == "staff"
    assert "Nothing to decide" in clerk.get(page).content.decode()
    clerk.post(page, {"act": "ask"})
    assert jobs.is_waiting("billing.check_vat_ids")
    assert "certificate" in clerk.get(page, {"show": "all"}).content.decode()


def test_query_count_of_the_desk(vies, irish, client, settings, django_assert_num_queries):
    staff = staff_client(client, settings, "billing.view_vatcheck")
    page = reverse("admin:vat_desk")
    staff.get(page)
    with django_assert_num_queries(10):
        staff.get(page, {"show": "all"})
    make_member("Dutch", country="NL", vat_id=DUTCH)
    make_member("French", country="FR", vat_id=FRENCH)
    with django_assert_num_queries(10):
        staff.get(page, {"show": "all"})
