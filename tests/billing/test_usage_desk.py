"""Usage figures on their way: imported, reviewed, reconciled with the registry, signed, sealed."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RollcallError, RuleBroken
from backoffice.core.models import AuditEvent, JobRun
from backoffice.core.services import jobs
from billing.models import UsageComparison, UsageRow, UsageSnapshot
from billing.registry.answers import UnreadableAnswer, read_file
from billing.registry.client import RegistryCounts
from billing.services.reconciliation import decide_difference, record_comparison
from billing.services.sealing import (
    reconcile_snapshot,
    seal_snapshot,
    sign_snapshot,
    snapshot_digest,
)
from billing.services.usage import (
    open_snapshot,
    override_count,
    record_count,
    reopen_snapshot,
    review_snapshot,
)
from contacts.models import Repository
from tests.billing.registry_peer import running_registry
from tests.billing.staff import staff_client
from tests.billing.world import NOW, PREPARER, make_agency, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PERSON = Actor("user", "1")


@pytest.fixture
def world():
    """A library counted by repository, a museum counted as a whole; both have two repositories."""
    make_agency()
    library, museum = make_member("Library"), make_member("Museum")
    for organisation, symbols in ((library, ("LIB.A", "LIB.B")), (museum, ("MUS.A", "MUS.B"))):
        for symbol in symbols:
            Repository.objects.create(organisation=organisation, symbol=symbol, name=symbol)
    snapshot = open_snapshot(year=2022, source="import", actor=PREPARER)
    repositories = {r.symbol: r for r in Repository.objects.all()}
    for symbol, count in (("LIB.A", 100), ("LIB.B", 20)):
        record_count(snapshot=snapshot, organisation_id=library.pk, count=count,
                     repository_id=repositories[symbol].pk)  # fmt: skip
    record_count(snapshot=snapshot, organisation_id=museum.pk, count=7)
    return snapshot


def compared(snapshot, **answers):
    figures = {"LIB.A": 100, "LIB.B": 20, "MUS.A": 3, "MUS.B": 4} | answers
    return record_comparison(
        snapshot=snapshot, answers=figures, source="the registry", actor=PERSON, at=NOW
    )


def test_the_whole_way_with_a_person_at_the_end(world):
    review_snapshot(snapshot=world, actor=PERSON)
    assert compared(world).compared == 3
    reconcile_snapshot(snapshot=world, actor=PERSON)
    sign_snapshot(snapshot=world, actor=PERSON, at=NOW)
    assert (world.state, world.signed_by, world.digest) == (
        "signed",
        "user:1",
        snapshot_digest(world),
    )
    seal_snapshot(snapshot=world, actor=PERSON, at=NOW)
    assert (world.state, world.sealed_by) == ("sealed", "user:1")
    events = AuditEvent.objects.filter(stream="usage").order_by("pk")
    acts = [event.action for event in events]
    assert acts == ["open_snapshot", "review", "compare", "reconcile", "sign", "seal"]


def test_steps_cannot_be_left_out(world):
    with pytest.raises(InvalidTransition):
        seal_snapshot(snapshot=world, actor=PERSON, at=NOW)
    with pytest.raises(InvalidTransition):
        sign_snapshot(snapshot=world, actor=PERSON, at=NOW)
    review_snapshot(snapshot=world, actor=PERSON)
    with pytest.raises(RuleBroken, match="Compare the figures"):
        reconcile_snapshot(snapshot=world, actor=PERSON)
    reconcile_snapshot(snapshot=world, actor=PERSON, without_comparison_because="no registry")
    assert world.not_compared_because == "no registry"


def test_a_difference_is_decided_one_way_or_the_other(world):
    review_snapshot(snapshot=world, actor=PERSON)
    comparison = compared(world, **{"LIB.A": 130, "MUS.B": 9})
    found = {
        d.repository.symbol if d.repository else "whole": d for d in comparison.differences.all()
    }
    assert {name: (d.ours, d.theirs) for name, d in found.items()} == {
        "LIB.A": (100, 130), "whole": (7, 12),
    }  # fmt: skip
    with pytest.raises(RuleBroken, match="2 differences"):
        reconcile_snapshot(snapshot=world, actor=PERSON)
    decide_difference(difference=found["LIB.A"], take=True, reason="", actor=PERSON, at=NOW)
    row = UsageRow.objects.get(repository__symbol="LIB.A")
    assert (row.count, row.counted) == (130, 100)
    assert row.reason.startswith("the registry's figure of ")
    with pytest.raises(BadInput, match="why our figure"):
        decide_difference(difference=found["whole"], take=False, reason=" ", actor=PERSON, at=NOW)
    decide_difference(difference=found["whole"], take=False, reason="a test prefix", actor=PERSON,
                      at=NOW)  # fmt: skip
    with pytest.raises(InvalidTransition, match="decided already"):
        decide_difference(difference=found["whole"], take=True, reason="", actor=PERSON, at=NOW)
    reconcile_snapshot(snapshot=world, actor=PERSON)
    assert world.state == "reconciled"


def test_a_repository_that_we_do_not_count_is_a_difference(world):
    UsageRow.objects.filter(repository__symbol="LIB.B").delete()
    (difference,) = compared(world).differences.all()
    assert (difference.ours, difference.theirs) == (None, 20)
    decide_difference(difference=difference, take=True, reason="", actor=PERSON, at=NOW)
    row = UsageRow.objects.get(repository__symbol="LIB.B")
    assert (row.count, row.counted) == (20, 0)


def test_figures_changed_after_the_comparison_are_noticed(world):
    review_snapshot(snapshot=world, actor=PERSON)
    compared(world)
    row = UsageRow.objects.get(repository__symbol="LIB.A")
    override_count(row=row, count=999, reason="typed by hand", actor=PERSON)
    with pytest.raises(RuleBroken, match="compare again"):
        reconcile_snapshot(snapshot=world, actor=PERSON)


def test_an_answer_about_nothing_of_ours_is_refused(world):
    with pytest.raises(BadInput, match="none of the repositories"):
        record_comparison(snapshot=world, answers={"OTHER.X": 5}, source="x", actor=PERSON, at=NOW)
    with pytest.raises(BadInput, match="LIB.A"):
        compared(world, **{"LIB.A": 10**12})
    assert not UsageComparison.objects.exists()


def test_opening_again_gives_the_signature_up(world):
    review_snapshot(snapshot=world, actor=PERSON)
    reconcile_snapshot(snapshot=world, actor=PERSON, without_comparison_because="no registry")
    sign_snapshot(snapshot=world, actor=PERSON, at=NOW)
    reopen_snapshot(snapshot=world, actor=PERSON)
    assert (world.state, world.signed_by, world.digest) == ("open", "", "")


def test_the_digest_does_not_depend_on_the_database(world):
    """An organisation with and without a repository is what databases sort differently."""
    museum = UsageRow.objects.get(repository=None)
    record_count(snapshot=world, organisation_id=museum.organisation_id, count=1,
                 repository_id=Repository.objects.get(symbol="MUS.A").pk)  # fmt: skip
    rows = list(world.rows.values_list("organisation_id", "repository_id"))
    assert len({org for org, _r in rows}) == 2
    before = snapshot_digest(world)
    museum.pk, pk = None, museum.pk
    UsageRow.objects.filter(pk=pk).delete()
    museum.save(force_insert=True)
    assert snapshot_digest(world) == before


def test_the_registry_is_asked_for_each_repository(world, settings):
    with running_registry() as registry:
        settings.ROLLCALL_REGISTRY_URL = registry.url
        registry.counts = {("lib.a", "2022"): 100, ("lib.b", "2022"): 21, ("mus.a", "2022"): 7}
        run = jobs.enqueue("billing.compare_usage", world.pk, 1)
        jobs.execute(jobs.start(str(run.pk), worker="w"))
    comparison = UsageComparison.objects.get()
    assert JobRun.objects.get(pk=run.pk).state == "done"
    assert comparison.taken_by == "user:1"
    assert comparison.answers == {"LIB.A": 100, "LIB.B": 21, "MUS.A": 7, "MUS.B": None}
    # The museum as a whole has no answer: one of its repositories is not known there.
    assert (comparison.compared, comparison.unanswered) == (2, 1)
    assert [(d.ours, d.theirs) for d in comparison.differences.all()] == [(20, 21)]
    asked = registry.asked[-1]
    assert (asked["registered"], asked["state"], asked["page[size]"]) == (
        "2022", "registered,findable", "0",
    )  # fmt: skip


def test_a_busy_registry_is_asked_again_and_a_broken_one_refused():
    waits = []
    with running_registry() as registry:
        registry.counts = {("lib.a", "2022"): 5}
        registry.stumbles = 2
        client = RegistryCounts(registry.url, pause=waits.append)
        assert client.registered("LIB.A", 2022) == 5
        assert waits == [1.0, 4.0]
        assert client.registered("UNKNOWN", 2022) is None
        registry.shape_broken = True
        with pytest.raises(RollcallError, match="no meta.total"):
            client.registered("LIB.A", 2022)
    with pytest.raises(RollcallError, match="cannot be reached"):
        client.registered("LIB.A", 2022)


def test_a_snapshot_is_filled_from_the_registry(world, settings):
    snapshot = open_snapshot(year=2023, source="registry", actor=PREPARER)
    with running_registry() as registry:
        settings.ROLLCALL_REGISTRY_URL = registry.url
        registry.counts = {("lib.a", "2023"): 11, ("mus.b", "2023"): 0}
        run = jobs.enqueue("billing.count_usage", snapshot.pk)
        jobs.execute(jobs.start(str(run.pk), worker="w"))
    counts = dict(snapshot.rows.values_list("repository__symbol", "count"))
    assert counts == {"LIB.A": 11, "MUS.B": 0}


@pytest.mark.data
def test_the_recorded_totals_answer_is_read(data_folder):
    content = (data_folder / "api_shapes/datacite/clients_totals.json").read_bytes()
    assert read_file(content, 2025) == {"EXU.REPO": 300, "EXU.JOURNAL": 10}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"[1", "JSON is broken"),
        (b'{"data": 5}', "not a list"),
        (b'[{"id": 5}]', "entry 1: has no id"),
        (b'[{"id": "a"}]', "entry 1 \\(a\\): has no counts"),
        (b"name,value\nA,1\n", "row 1: a column"),
        (b"repository,count\nA,1\nA,2\n", "row 3: A stands there twice"),
        (b"repository;count\nA;-4\n", "row 2: '-4' is not"),
        (b"repository,count\nA,1\n,2\n", "row 3: repository or count"),
    ],
)
def test_a_file_that_cannot_be_compared_names_the_row(content, reason):
    with pytest.raises(UnreadableAnswer, match=reason):
        read_file(content, 2022)


def test_the_desk_shows_decides_and_asks_for_its_own_permissions(world, client, settings):
    review_snapshot(snapshot=world, actor=PERSON)
    difference = compared(world, **{"LIB.A": 130}).differences.get()
    page = reverse("admin:billing_usagesnapshot_change", args=[world.pk])
    decide = reverse("admin:usage_difference", args=[difference.pk])
    viewer = staff_client(client, settings, "billing.view_usagesnapshot", "billing.view_usagerow")
    content = viewer.get(page).content.decode()
    assert "LIB.A" in content
    assert "Take the registry" not in content
    assert viewer.post(decide, {"act": "take"}).status_code == 403
    clerk = staff_client(client, settings, "billing.view_usagesnapshot",
                         "billing.reconcile_usagesnapshot")  # fmt: skip
    assert "Take the registry" in clerk.get(page).content.decode()
    assert clerk.get(decide).status_code == 405
    clerk.post(decide, {"act": "keep", "reason": ""})
    difference.refresh_from_db()
    assert difference.decision == "open"
    clerk.post(decide, {"act": "keep", "reason": "moved prefix"})
    difference.refresh_from_db()
    assert (difference.decision, difference.reason) == ("kept", "moved prefix")
    sign = reverse("admin:billing_usagesnapshot_do", args=[world.pk, "sign"])
    assert clerk.post(sign).status_code == 403


@pytest.mark.parametrize("show", ["missing", "changes", "overridden", "figures", "corrections"])
def test_each_view_of_the_desk_answers(show, world, client, settings):
    make_member("Without a figure")
    staff = staff_client(client, settings, "billing.view_usagesnapshot")
    page = reverse("admin:billing_usagesnapshot_change", args=[world.pk])
    content = staff.get(page, {"show": show}).content.decode()
    assert ("Without a figure" in content) == (show == "missing")


def test_figures_are_compared_with_an_uploaded_file(world, client, settings):
    staff = staff_client(client, settings, "billing.view_usagesnapshot",
                         "billing.reconcile_usagesnapshot")  # fmt: skip
    do = reverse("admin:billing_usagesnapshot_do", args=[world.pk, "compare_file"])
    answer = [{"id": "lib.a", "temporal": {"last_year": [{"id": "2022", "count": 101}]}}]
    broken = SimpleUploadedFile("totals.json", b"[1")
    assert "totals.json" in staff.post(do, {"file": broken}).content.decode()
    staff.post(do, {"file": SimpleUploadedFile("totals.json", json.dumps(answer).encode())})
    comparison = UsageSnapshot.objects.get().comparisons.get()
    assert comparison.source == "totals.json"
    assert comparison.differences.get().theirs == 101
