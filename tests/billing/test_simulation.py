"""Schedules proposed, simulated side by side, published from a day; read on their page."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken, Unreadable
from billing.fees.bands import income_groups
from billing.fees.catalogue import shipped_schedule
from billing.fees.schedule import Rule, Tier
from billing.fees.worked import examples
from billing.models import FeeSchedule
from billing.services.proposals import (
    drop_proposal,
    propose_bands,
    propose_schedule,
    publish_schedule,
    read_bands,
)
from billing.services.schedules import overlaps, schedule_named
from billing.services.simulation import compare_stored
from tests.billing.staff import staff_client
from tests.billing.world import PREPARER, draft_run, make_agency, make_member, sealed_usage

pytestmark = [pytest.mark.django_db, pytest.mark.database]
BANDS = "high; 700.00; DE FR US\nmiddle; 450.00; BR\nlow; 200.00; IN KE"


@pytest.fixture
def usage():
    make_agency()
    lead = make_member("Lead", "consortium")
    child = make_member("Child", "consortium_organization", lead=lead, country="FR")
    return sealed_usage(
        {
            make_member("German Library"): 1000,
            make_member("Kenyan Library", country="KE"): 3000,
            make_member("Andorran Library", country="AD"): 5,
            child: 100,
        }
    )


def banded():
    return propose_bands(
        schedule=schedule_named("datacite-2026"), component="infrastructure_fee",
        groups=read_bands(BANDS), actor=PREPARER,
    )  # fmt: skip


def compared(usage, second=None):
    return compare_stored(
        first=schedule_named("datacite-2023"), second=second or banded(), year=2023, snapshot=usage
    )


def test_who_pays_more_by_member_and_in_every_grouping(usage):
    result = compared(usage)
    rows = {row.name: row for row in result.rows}
    german, kenyan = rows["German Library"], rows["Kenyan Library"]
    assert (german.first, german.second, german.difference) == (3300, 2700, -600)
    assert (kenyan.first, kenyan.second) == (Decimal("4100.00"), Decimal("2200.00"))
    assert (kenyan.band, kenyan.region) == ("low", "Europe, Middle East and Africa")
    assert round(kenyan.percent, 1) == Decimal("-46.3")
    andorran = rows["Andorran Library"]
    assert (andorran.second, andorran.difference) == (None, None)
    assert "to be confirmed by staff" in andorran.reason
    child = rows["Child"]
    assert (child.payer, child.second) == ("Lead", Decimal("700.00"))
    bands = {group.name: group for group in result.groups["band"]}
    assert bands["high"].members == 3
    assert bands["high"].parked == 1
    assert sum(group.first for group in result.groups["payer"]) == result.total.first
    assert (result.total.more, result.total.less) == (1, 2)
    assert result.parked_second == 1


def test_the_worlds_income_groups_where_no_schedule_has_bands(usage):
    assert income_groups()["KE"] == "lower-middle"
    result = compared(usage, schedule_named("datacite-2022"))
    assert {row.band for row in result.rows} == {"high", "lower-middle"}


def test_two_currencies_are_said_to_be_mixed(usage):
    from billing.services.schedules import load_preset_schedules

    load_preset_schedules("crossref", PREPARER, date(2023, 1, 1))
    assert compared(usage, schedule_named("crossref-2026")).mixed


def test_a_proposal_bills_nobody_until_it_is_published(usage):
    proposal = banded()
    assert (proposal.version, proposal.status) == (2, "proposal")
    assert schedule_named("datacite-2026").version == 1
    with pytest.raises(RuleBroken, match="is a proposal"):
        draft_run(usage, schedule_row=proposal)
    row = publish_schedule(schedule=proposal, valid_from=date(2026, 1, 1), actor=PREPARER)
    assert (row.pk, row.status, schedule_named("datacite-2026")) == (proposal.pk, "current", row)
    assert FeeSchedule.objects.get(code="datacite-2026", version=1).status == "superseded"
    assert overlaps() == []
    with pytest.raises(InvalidTransition):
        publish_schedule(schedule=row, valid_from=date(2027, 1, 1), actor=PREPARER)
    with pytest.raises(RuleBroken, match="stays"):
        drop_proposal(schedule=row, actor=PREPARER)


def test_publishing_over_another_schedule_is_refused(usage):
    data = {**schedule_named("datacite-2023").data, "code": "datacite-2024"}
    proposal = propose_schedule(content=json.dumps(data).encode(), file_name="x", actor=PREPARER)
    with pytest.raises(RuleBroken, match="datacite-2023 v1 is valid"):
        publish_schedule(schedule=proposal, valid_from=date(2024, 1, 1), actor=PREPARER)
    proposal.refresh_from_db()
    assert proposal.status == "proposal"
    drop_proposal(schedule=proposal, actor=PREPARER)
    assert not FeeSchedule.objects.filter(code="datacite-2024").exists()


def test_a_faulty_proposal_names_the_field(usage):
    with pytest.raises(Unreadable, match="a.json: The file is not JSON"):
        propose_schedule(content=b"{", file_name="a.json", actor=PREPARER)
    with pytest.raises(Unreadable, match="no JSON object"):
        propose_schedule(content=b"[]", file_name="a.json", actor=PREPARER)
    with pytest.raises(
        BadInput, match=r"infrastructure_fee has no|rule.groups\[1\].countries: DE is"
    ):
        propose_bands(
            schedule=schedule_named("datacite-2026"), component="infrastructure_fee",
            groups=read_bands("a; 1; DE\nb; 2; DE"), actor=PREPARER,
        )  # fmt: skip
    with pytest.raises(BadInput, match="line 2: Write name; amount; countries"):
        read_bands("a; 1; DE\nb; 2")
    assert not FeeSchedule.objects.filter(published_at=None).exists()


def test_worked_examples_stand_at_the_borders_and_falls_are_seen():
    fee = next(c for c in shipped_schedule("datacite-2023").components if c.code == "doi_fee")
    prices = {int(e.value): e.amount for e in examples(fee)}
    assert prices[0] == 0
    assert prices[1999] == Decimal("1599.20")
    assert prices[2000] == prices[10000] == 1600
    assert not any(e.falls for e in examples(fee))
    from dataclasses import replace

    falling = replace(
        fee,
        rule=Rule(
            kind="tiers", measure="dois",
            tiers=(Tier(Decimal(0), Decimal(100), per_unit=Decimal(10)),
                   Tier(Decimal(101), None, per_unit=Decimal(5))),
        ),
    )  # fmt: skip
    assert [int(e.value) for e in examples(falling) if e.falls] == [101]


@pytest.fixture
def query(usage):
    return {
        "first": schedule_named("datacite-2023").pk, "second": banded().pk, "year": 2023,
        "snapshot": usage.pk,
    }  # fmt: skip


def test_the_page_in_every_view_and_its_exports(query, client, settings):
    page = reverse("admin:fee_simulation")
    staff = staff_client(client, settings, "billing.simulate_fees")
    content = staff.get(page, query).content.decode()
    assert "German Library" in content
    assert "-600.00" in content
    for view in ("member_type", "band", "region", "country", "payer"):
        assert staff.get(page, {**query, "view": view}).status_code == 200
    parked = staff.get(page, {**query, "order": "parked"}).content.decode()
    assert "Andorran Library" in parked
    assert "German Library" not in parked
    exported = staff.get(page, {**query, "csv": 1}).content.decode()
    rows = {row["organisation"]: row for row in csv.DictReader(io.StringIO(exported))}
    assert rows["German Library"]["difference"] == "-600.00"
    assert rows["Andorran Library"]["parked"] != ""
    bands = staff.get(page, {**query, "view": "band", "csv": 1}).content.decode().splitlines()
    assert bands[0].startswith("band,members,parked,")
    assert staff_client(client, settings, "billing.view_invoice").get(page).status_code == 403


def test_the_page_of_a_schedule_and_its_acts(query, usage, client, settings):
    schedule = schedule_named("datacite-2023")
    page = reverse("admin:billing_feeschedule_change", args=[schedule.pk])
    viewer = staff_client(client, settings, "billing.view_feeschedule")
    content = viewer.get(page).content.decode()
    assert "Worked examples" in content
    assert "1,599.20" in content
    do = reverse("admin:billing_feeschedule_do", args=[query["second"], "publish"])
    assert viewer.post(do, {"valid_from": "2026-01-01"}).status_code == 403
    export = viewer.get(reverse("admin:billing_feeschedule_do", args=[schedule.pk, "export"]))
    assert export.status_code == 200
    clerk = staff_client(client, settings, "billing.view_feeschedule", "billing.add_feeschedule",
                         "billing.publish_feeschedule")  # fmt: skip
    clerk.post(do, {"valid_from": "2026-01-01"})
    assert FeeSchedule.objects.get(pk=query["second"]).status == "current"
    upload = reverse("admin:propose_schedule")
    broken = SimpleUploadedFile("s.json", json.dumps({**schedule.data, "currency": "JPY"}).encode())
    assert "currency" in clerk.post(upload, {"file": broken}).content.decode()
    good = SimpleUploadedFile("s.json", json.dumps(schedule.data).encode())
    clerk.post(upload, {"file": good})
    assert FeeSchedule.objects.get(code="datacite-2023", version=2).status == "proposal"
    bands = reverse("admin:billing_feeschedule_do", args=[query["second"], "bands"])
    assert "high; 700.00; DE FR US" in clerk.get(bands).content.decode()
    clerk.post(bands, {"component": "infrastructure_fee", "bands": "all; 300.00; DE"})
    assert FeeSchedule.objects.get(code="datacite-2026", version=3).status == "proposal"
