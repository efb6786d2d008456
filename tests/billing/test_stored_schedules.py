"""Versions of a schedule: one current per day, frozen once it has billed, replaced by a new one."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.core.errors import BadInput, RuleBroken
from billing.fees.catalogue import FOLDER
from billing.models import FeeSchedule
from billing.services.proposals import end_schedule
from billing.services.schedules import load_schedule, overlaps, schedule_named
from tests.billing.world import NOW, PREPARER, computed_run, make_agency, make_member, sealed_usage

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def agency():
    make_agency()


def shipped(name, **changes):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8")) | changes


def test_a_new_version_takes_the_place_of_the_old_one():
    row = load_schedule(data=shipped("datacite-2023", version=2, payment_days=45), actor=PREPARER)
    old = FeeSchedule.objects.get(code="datacite-2023", version=1)
    assert (row.superseded_at, old.superseded_at is not None) == (None, True)
    assert schedule_named("datacite-2023") == row
    assert schedule_named("datacite-2023@1") == old
    assert load_schedule(data=row.data, actor=PREPARER) == row
    assert FeeSchedule.objects.filter(code="datacite-2023").count() == 2


def test_a_version_that_has_billed_cannot_change_and_a_new_one_can():
    computed_run(sealed_usage({make_member("Library"): 1}))
    changed = shipped("datacite-2023", payment_days=10)
    with pytest.raises(RuleBroken, match="has billed a period"):
        load_schedule(data=changed, actor=PREPARER)
    assert load_schedule(data=changed | {"version": 2}, actor=PREPARER).version == 2


def test_an_older_version_than_the_current_one_is_refused():
    load_schedule(data=shipped("datacite-2023", version=3), actor=PREPARER)
    with pytest.raises(BadInput, match="is loaded already"):
        load_schedule(data=shipped("datacite-2023", version=2, payment_days=9), actor=PREPARER)


def test_schedules_of_one_agency_never_overlap():
    other = shipped("datacite-2023", code="datacite-2024", valid_from="2024-01-01", version=1)
    with pytest.raises(RuleBroken, match="datacite-2023 v1 is valid from 2023-01-01 to 2025-12-31"):
        load_schedule(data=other, actor=PREPARER)
    end_schedule(schedule=schedule_named("datacite-2023"), until=date(2024, 1, 1), actor=PREPARER)
    assert load_schedule(data=other | {"valid_until": "2026-01-01"}, actor=PREPARER)
    assert overlaps() == []


def test_ending_one_that_has_billed_makes_a_new_version():
    computed_run(sealed_usage({make_member("Library"): 1}))
    row = end_schedule(
        schedule=schedule_named("datacite-2023"), until=date(2024, 1, 1), actor=PREPARER
    )
    assert (row.version, row.valid_until) == (2, date(2024, 1, 1))
    with pytest.raises(RuleBroken, match="Only a current schedule"):
        end_schedule(schedule=schedule_named("datacite-2023@1"), until=date(2024, 6, 1),
                     actor=PREPARER)  # fmt: skip


def overlapping():
    row = schedule_named("datacite-2023")
    FeeSchedule.objects.create(
        code="by-hand", version=1, agency=row.agency, currency="EUR", valid_from=date(2023, 6, 1),
        data=row.data, digest="0" * 64, source="written past the service", published_at=NOW,
    )  # fmt: skip


def test_an_overlap_past_the_service_is_refused_or_found():
    """PostgreSQL excludes it; on SQLite the nightly check names it."""
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
            overlapping()
        return
    overlapping()
    assert overlaps() == [
        "datacite-2023 v1 and by-hand v1 are valid on the same days",
        "by-hand v1 and datacite-2026 v1 are valid on the same days",
    ]


def test_what_is_missing_or_overlaps_inside_a_schedule_names_the_field():
    data = shipped("datacite-2023", version=2)
    data["components"][3]["rule"]["tiers"][1]["from"] = "1500"
    with pytest.raises(BadInput, match=r"components\[3\].rule.tiers\[1\].from: 1500 overlaps"):
        load_schedule(data=data, actor=PREPARER)
    assert not FeeSchedule.objects.filter(version=2).exists()
