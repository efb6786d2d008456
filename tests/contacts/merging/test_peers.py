"""A merge among the other apps: what is frozen, issued, sealed or sent stays as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.core import dates
from backoffice.core.errors import RuleBroken
from billing.models import BillingProfile, Invoice, UsageRow
from billing.services.issue import issue_items
from billing.services.runs import finish_issuing
from contacts.models import Organisation
from governance.models import RollEntry
from governance.services import roll as rolls
from mailings.models import Subscription, Topic
from tests.billing import world as money
from tests.contacts.merging.acts import merge, plan
from tests.factories import roll
from tests.governance import world as votes

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_an_issued_invoice_follows_the_payer_and_keeps_every_word() -> None:
    money.make_agency()
    loser = money.make_member("Library")
    run = money.issuing_run(money.sealed_usage({loser: 1000}))
    items = run.items.all()
    winner = Organisation.objects.create(name="The Library", country="DE")
    with pytest.raises(RuleBroken, match="is at work on one of the two"):
        merge(winner, loser)
    issue_items(run=run, actor=money.PREPARER, clock=lambda: money.NOW)
    finish_issuing(run=run, actor=money.PREPARER, at=money.NOW)
    before = Invoice.objects.values("number", "snapshot", "xml_sha256", "gross_amount").get()
    BillingProfile.objects.create(organisation=loser, order_reference="PO 7")
    merge(winner, loser)
    invoice = Invoice.objects.get()
    assert invoice.payer == winner
    assert (
        Invoice.objects.values("number", "snapshot", "xml_sha256", "gross_amount").get() == before
    )
    assert set(invoice.lines.values_list("organisation", flat=True)) == {winner.pk}
    assert BillingProfile.objects.get().organisation == winner
    assert set(items.values_list("payer", flat=True)) == {loser.pk}
    assert set(UsageRow.objects.values_list("organisation", flat=True)) == {loser.pk}


def test_two_records_billed_the_same_item_keep_both_claims() -> None:
    money.make_agency()
    winner, loser = money.make_member("Library"), money.make_member("The Library")
    run = money.issuing_run(money.sealed_usage({winner: 1000, loser: 500}))
    issue_items(run=run, actor=money.PREPARER, clock=lambda: money.NOW)
    finish_issuing(run=run, actor=money.PREPARER, at=money.NOW)
    planned = {row.key: row for row in plan(winner, loser).relations}
    claims = planned["billing.BilledClaim.organisation"]
    assert claims.stays > 0
    merge(winner, loser)
    assert loser.billed_claims.count() == claims.stays
    assert winner.invoices.count() == 2


def test_a_frozen_roll_stays_and_an_election_at_work_is_waited_for() -> None:
    members = votes.make_members(3)
    election = votes.fix(votes.draft())
    rolls.freeze_roll(election=election, actor=votes.SYSTEM, on=votes.TODAY)
    loser, winner = members[0], members[1]
    with pytest.raises(RuleBroken, match="merge when voting has closed"):
        merge(winner, loser)
    type(election).objects.filter(pk=election.pk).update(state="cancelled")
    leaves = list(RollEntry.objects.order_by("pk").values_list("organisation", "leaf"))
    merge(winner, loser)
    assert list(RollEntry.objects.order_by("pk").values_list("organisation", "leaf")) == leaves


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.create(
        code="news", name="News", mail_class="community", legal_basis="consent", frequency="monthly"
    )


@pytest.mark.parametrize(("left_later", "state"), [(True, "ended"), (False, "active")])
def test_the_latest_explicit_choice_wins(topic, left_later: bool, state: str) -> None:
    roll.agency()
    winner, loser = (roll.person(f"z{n}@a.example.org", "Zoë", "Quist") for n in "12")
    now = dates.now()
    Subscription.objects.create(
        topic=topic, contact=winner, address="z1@a.example.org", state="active",
        requested_at=now - timedelta(days=30), confirmed_at=now - timedelta(days=30),
    )  # fmt: skip
    Subscription.objects.create(
        topic=topic, contact=loser, address="z2@a.example.org", state="ended",
        requested_at=now - timedelta(days=60), ended_at=now - timedelta(days=3 if left_later else 40),
    )  # fmt: skip
    merge(winner, loser, kind="contact")
    assert Subscription.objects.get(address="z1@a.example.org").state == state
    assert Subscription.objects.filter(contact=winner).count() == 2
