"""Salesforce in step: sent once, ended when it ends, refused with a reason, mended when it drifts."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.core import dates
from backoffice.core.errors import NotConfigured, RollcallError, RuleBroken
from backoffice.core.models import AuditEvent
from backoffice.delivery.services import suppress
from contacts.models import Contact, ContactAddress, RoleAssignment
from contacts.sync.enums import SyncState, System
from contacts.sync.mapping import contact_key
from contacts.sync.models import SyncRecord, SyncRun
from contacts.sync.services import push
from contacts.sync.services.runs import trouble
from contacts.sync.services.salesforce_sync import check_connection, plan_salesforce, retry
from tests.sync.conftest import STAFF, run

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_first_everything_then_nothing(there, house) -> None:
    lead, below, amara = house
    first = run()
    assert (first.counts["created"], first.counts["refused"], first.error) == (4, 0, "")
    assert there.rows["Account"]["QRSLIB"]["ParentId"] == there.rows["Account"]["NORDCO"]["Id"]
    person = there.rows["Contact"][contact_key(amara.pk, below.pk)]
    assert (person["LastName"], person["Type__c"], person["Active__c"]) == (
        "Okoro",
        "technical",
        True,
    )
    assert person["AccountId"] == there.rows["Account"]["QRSLIB"]["Id"]
    calls = len([call for call in there.calls if call.startswith("PATCH")])
    second = run()
    assert (second.counts["unchanged"], second.counts["created"], second.counts["updated"]) == (
        4,
        0,
        0,
    )
    assert len([call for call in there.calls if call.startswith("PATCH")]) == calls


def test_a_dry_run_writes_nowhere(there, house) -> None:
    plans = plan_salesforce(on=dates.today())
    assert [plan.counts()["send"] for plan in plans] == [2, 2]
    out = StringIO()
    call_command("sync_salesforce", "--dry-run", stdout=out)
    assert "Account: 2 send" in out.getvalue()
    assert not there.rows["Account"]
    assert not SyncRecord.objects.exists()
    assert not SyncRun.objects.exists()


def test_a_duty_that_ends_ends_there_and_one_that_returns_returns(there, house) -> None:
    _lead, below, amara = house
    run()
    duty = RoleAssignment.objects.filter(organisation=below)
    duty.update(valid_until=dates.today())
    assert run().counts["ended"] == 1
    there_now = there.rows["Contact"][contact_key(amara.pk, below.pk)]
    assert (there_now["Active__c"], there_now["Type__c"], there_now["LastName"]) == (
        False,
        None,
        "Okoro",
    )
    assert run().counts["ended"] == 0
    duty.update(valid_until=None)
    assert run().counts["updated"] == 1
    assert there_now["Active__c"] is True


def test_a_removed_person_is_deleted_there_and_stays_away(there, house) -> None:
    _lead, _below, amara = house
    run()
    ContactAddress.objects.filter(contact=amara).update(address=None)
    Contact.objects.filter(pk=amara.pk).update(
        given_name="", family_name="", erased_at=dates.now(), subject_key=None
    )
    assert run().counts["deleted"] == 2
    assert there.rows["Contact"] == {}
    assert not SyncRecord.objects.filter(contact=amara).exists()
    assert run().counts["created"] == 0


def test_the_task_of_a_removal_is_settled_by_what_salesforce_itself_says(there, house) -> None:
    from backoffice.delivery.services.suppression import address_hash
    from contacts.sync.services.removals import salesforce_adapter

    run()
    theirs = frozenset({address_hash("amara@quarry.example.org")})
    there.rows["Contact"]["by-hand"] = {"Id": "x", "Email": "Amara@Quarry.example.org"}
    today = dates.today()
    assert salesforce_adapter("R-1", theirs, today) == ""
    there.rows["Contact"].clear()
    there.rows["Contact"]["other"] = {"Id": "y", "Email": "bo@example.org"}
    assert (
        salesforce_adapter("R-1", theirs, today)
        == f"in none of 1 contacts of Salesforce on {today}"
    )
    assert salesforce_adapter("R-1", frozenset(), today) == ""


def test_who_stopped_optional_mail_is_opted_out_there(there, house) -> None:
    suppress("amara@quarry.example.org", scope="optional", reason="objection", actor=STAFF)
    run()
    assert {row["HasOptedOutOfEmail"] for row in there.rows["Contact"].values()} == {True}


def test_what_does_not_fit_is_refused_with_its_field_and_nothing_else_waits(there, house) -> None:
    lead, below, _amara = house
    below.name = "Q" * 300
    below.save()
    first = run()
    refused = SyncRecord.objects.get(state=SyncState.REFUSED, object_type="Account")
    assert (refused.organisation, refused.code, refused.fields) == (below, "DOES_NOT_FIT", "Name")
    assert first.counts["created"] == 2
    # Its contact could not find its account.
    orphan = SyncRecord.objects.get(state=SyncState.REFUSED, object_type="Contact")
    assert (orphan.code, orphan.fields) == ("INVALID_FIELD", "Account")
    sent = len(there.calls)
    run()
    assert not [call for call in there.calls[sent:] if call.startswith("PATCH")], "not sent again"
    below.name = "Quarry Library"
    below.save()
    retry(record=orphan, actor=STAFF, at=dates.now())
    assert run().counts["created"] == 2
    assert not SyncRecord.objects.exclude(state=SyncState.IN_STEP).exists()


def test_a_row_that_is_locked_over_there_is_tried_again_by_itself(there, house) -> None:
    there.locked.add("QRSLIB")
    run()
    assert SyncRecord.objects.get(key="QRSLIB").code == "UNABLE_TO_LOCK_ROW"
    there.locked.clear()
    run()
    assert SyncRecord.objects.get(key="QRSLIB").state == SyncState.IN_STEP


def test_what_was_changed_or_deleted_there_is_sent_again(there, house) -> None:
    run()
    there.rows["Account"]["QRSLIB"]["Name"] = "Changed by hand"
    there.rows["Contact"].clear()
    plans = plan_salesforce(on=dates.today())
    assert [sorted(plan.drifted)[:1] for plan in plans][0] == ["QRSLIB"]
    found = run()
    assert found.counts["drifted"] == 3
    assert there.rows["Account"]["QRSLIB"]["Name"] == "Quarry Library"
    assert len(there.rows["Contact"]) == 2


@pytest.mark.parametrize(
    ("stumble", "code"),
    [((403, "REQUEST_LIMIT_EXCEEDED"), "limit"), ((503, "SERVER_UNAVAILABLE"), "server")],
)
def test_a_failure_is_a_code_and_the_next_run_goes_on(there, house, stumble, code: str) -> None:
    there.stumbles = [stumble]
    with pytest.raises(RollcallError):
        run()
    failed = SyncRun.objects.get()
    assert (failed.error, trouble(failed, at=dates.now())) == (code, code)
    assert run().counts["created"] == 4
    assert AuditEvent.objects.filter(stream="sync", action="salesforce").count() == 2


def test_killed_between_the_call_and_the_note_of_it_doubles_nothing(
    there, house, monkeypatch
) -> None:
    monkeypatch.setattr(push, "_keep", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.undo()
    assert len(there.rows["Account"]) == 2
    assert not SyncRecord.objects.exists()
    assert run().counts["updated"] == 2
    assert len(there.rows["Account"]) == 2


def test_one_run_at_a_time_and_a_dead_one_gives_way(there, house) -> None:
    now = dates.now()
    other = SyncRun.objects.create(system=System.SALESFORCE, started_at=now, heartbeat_at=now)
    with pytest.raises(RuleBroken, match="running already"):
        run()
    SyncRun.objects.filter(pk=other.pk).update(heartbeat_at=now - timedelta(minutes=16))
    assert run().error == ""
    other.refresh_from_db()
    assert other.error == "killed"
    SyncRun.objects.filter(pk=other.pk).update(finished_at=now - timedelta(days=401))
    run()
    assert not SyncRun.objects.filter(pk=other.pk).exists()


def test_a_changed_secret_and_a_missing_one(there, house, settings) -> None:
    assert check_connection() > 10
    settings.ROLLCALL_SALESFORCE_SECRET = "old"  # noqa: S105
    with pytest.raises(CommandError, match="refused the sign-in"):
        call_command("sync_salesforce")
    assert SyncRun.objects.get().error == "sign_in"
    settings.ROLLCALL_SALESFORCE_DOMAIN = ""
    with pytest.raises(NotConfigured):
        check_connection()


def test_a_stand_in_elsewhere_is_refused(house, settings) -> None:
    settings.ROLLCALL_SALESFORCE_DOMAIN, settings.ROLLCALL_SALESFORCE_KEY = "x", "x"
    settings.ROLLCALL_SALESFORCE_SECRET = "x"  # noqa: S105
    settings.ROLLCALL_SALESFORCE_STANDIN = "http://192.0.2.7:80"
    with pytest.raises(NotConfigured, match="this machine"):
        check_connection()


def test_no_value_is_kept_or_audited(there, house) -> None:
    run()
    rows = str(list(SyncRecord.objects.values())) + str(
        list(AuditEvent.objects.filter(stream="sync").values())
    )
    for word in ("amara", "Okoro", "quarry.example"):
        assert word.lower() not in rows.lower()
