"""The sync page, its tile and its commands, as those who may and those who may not."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
import requests
from django.urls import reverse

from backoffice.core import dates
from backoffice.core.models import JobRun
from contacts.sync.models import SyncRecord, SyncRun
from contacts.sync.surfaces import to_look_at
from contacts.sync.tasks import registry, salesforce
from tests.architecture.source import ROOT
from tests.factories import roll
from tests.sync.conftest import run

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def officer(client, house, settings):
    settings.ROLLCALL_DEMO = True
    client.force_login(roll.staff("membership"))
    return client


def test_what_is_not_set_up_says_how(officer) -> None:
    page = officer.get(reverse("admin:sync_page")).content.decode()
    assert "manage.py standin salesforce" in page
    assert "Run now" not in page
    assert to_look_at() == 0


def test_run_test_and_retry_from_the_page(officer, there, house) -> None:
    house[1].name = "Q" * 300
    house[1].save()
    assert to_look_at() == 1, "never run"
    run()
    assert to_look_at() == 2
    shown = officer.get(reverse("admin:sync_page")).content.decode()
    assert "DOES_NOT_FIT: Name" in shown
    record = SyncRecord.objects.get(code="DOES_NOT_FIT")
    answer = officer.post(
        reverse("admin:sync_page"), {"act": "retry", "record": record.pk}, follow=True
    )
    assert "sent again" in answer.content.decode()
    answer = officer.post(reverse("admin:sync_page"), {"act": "test"}, follow=True)
    assert "Signed in; 19 fields" in answer.content.decode()
    for _ in range(2):
        officer.post(reverse("admin:sync_page"), {"act": "run", "system": "salesforce"})
    assert JobRun.objects.filter(name="sync.salesforce").count() == 1


def test_a_failure_is_said_in_words(officer, there, house) -> None:
    there.secret = "changed"  # noqa: S105
    with pytest.raises(Exception, match="sign-in"):
        run()
    page = officer.get(reverse("admin:sync_page")).content.decode()
    assert "has a password or a secret changed?" in page
    answer = officer.post(reverse("admin:sync_page"), {"act": "test"}, follow=True)
    assert "refused the sign-in" in answer.content.decode()
    assert to_look_at() == 1
    SyncRun.objects.update(error="", started_at=dates.now() - timedelta(hours=27))
    assert to_look_at() == 1, "late"


def test_who_may_only_look_cannot_start(client, house, there, settings) -> None:
    settings.ROLLCALL_DEMO = True
    client.force_login(roll.staff("auditor"))
    page = reverse("admin:sync_page")
    assert client.get(page).status_code == 200
    assert client.post(page, {"act": "run", "system": "salesforce"}).status_code == 403
    client.force_login(roll.staff("finance"))
    assert client.get(page).status_code == 403


def test_as_many_queries_for_three_rows_as_for_one(officer, house, settings) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def row(number: int) -> SyncRecord:
        return SyncRecord.objects.create(
            system="salesforce", object_type="Account", key=f"S{number}", organisation=house[1],
            contact=house[2], state="refused", code="X",
        )  # fmt: skip

    counts = []
    for number in range(3):
        row(number)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            officer.get(reverse("admin:sync_page"))
        counts.append(len(seen))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 30


def test_the_jobs_do_nothing_where_nothing_is_set_up(house) -> None:
    from backoffice.core.services.jobs import JOBS

    for name in ("sync.salesforce", "sync.registry"):
        JOBS.get(name)
    salesforce(None)
    registry(None)
    assert not SyncRun.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("system", "path", "status"),
    [("salesforce", "/services/data/v61.0/x", 401), ("registry", "/providers", 200)],
)
def test_the_stand_in_answers(system: str, path: str, status: int) -> None:
    command = [sys.executable, "manage.py", "standin", system, "--records", "5"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert requests.get(url + path, timeout=5).status_code == status
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
