"""An approved applicant of Crossref's kind is invoiced before the start, pays, and is then a member."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache

from backoffice.core.actor import Actor
from backoffice.core.models import JobRun
from billing.models import BilledClaim, BillingRun
from billing.services.first_orders import first_fee_paid, prepare_first_orders
from billing.services.issue import issue_items
from billing.services.payments import record_payment
from billing.services.runs import approve_run, review_run, start_issuing
from contacts.models import Membership
from contacts.services import agreements
from tests.billing import world
from tests.contacts.applying import NOW, approved
from tests.contacts.test_agreements import CROSSREF_PEOPLE
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]
CLERK = Actor.process("clerk")


@pytest.fixture(autouse=True)
def agency() -> None:
    cache.clear()
    world.make_agency("crossref")


def applicant():
    ready = approved(
        "member", contacts=CROSSREF_PEOPLE, annual_revenue=Decimal(500), country="US",
        state_code="MA", post_code="01940",
    )  # fmt: skip
    ready.organisation.business_evidence_on = date(2026, 1, 1)
    ready.organisation.business_status = "business"
    ready.organisation.save()
    return ready


def prepare() -> list[BillingRun]:
    return prepare_first_orders(on=roll.DAY, actor=CLERK, at=NOW)


def issued(run: BillingRun):
    run.refresh_from_db()
    review_run(run=run, actor=CLERK)
    approve_run(run=run, actor=world.APPROVER, at=NOW)
    start_issuing(run=run, actor=CLERK)
    issue_items(run=run, actor=CLERK, clock=lambda: NOW)
    return run.invoices.get()


def test_from_approval_to_member() -> None:
    ready = applicant()
    assert JobRun.objects.filter(name="billing.first_orders").count() == 1
    (run,) = prepare()
    item = run.items.get()
    assert (item.state, item.payer, item.reason) == ("ready", ready.organisation, "")
    # Prorated from the first of the month of the start: 200 a year, two months.
    assert (item.period_start, item.net_amount) == (date(2026, 11, 1), Decimal("33.33"))
    assert prepare()[0] == run, "one run, computed again"
    invoice = issued(run)
    assert prepare() == []
    assert BilledClaim.objects.filter(organisation=ready.organisation).exists()
    agreements.send_agreement(application=ready, on=roll.DAY, actor=roll.STAFF)
    agreements.sign_agreement(
        token=agreements.signing_token(ready), name="A", position="", on=roll.DAY, at=NOW,
        sha256=ready.agreement_sha256, actor=roll.STAFF,
    )  # fmt: skip
    ready.refresh_from_db()
    agreements.countersign(application=ready, on=roll.DAY, actor=roll.STAFF)
    assert ready.state == "awaiting_payment"
    paid_in_part = Decimal("10.00")
    for amount, started in ((paid_in_part, 0), (invoice.gross_amount - paid_in_part, 1)):
        record_payment(
            amount=amount, currency="USD", received_on=roll.DAY, actor=CLERK,
            parts=[(invoice, amount)],
        )  # fmt: skip
        assert agreements.activate_all_paid(on=roll.DAY, actor=roll.STAFF) == started
    assert Membership.objects.get().organisation == ready.organisation
    assert first_fee_paid(ready.organisation_id) == roll.DAY
    joiners = world.computed_run(
        None, purpose="joiners", invoice_date=date(2026, 12, 3), year=2026, schedule="crossref-2026"
    )
    assert not joiners.items.filter(state="ready").exists(), "billed once"


def test_an_applicant_who_withdraws_or_is_reviewed_already_makes_no_second_run() -> None:
    applicant()
    (run,) = prepare()
    review_run(run=run, actor=CLERK)
    assert prepare() == []
    assert BillingRun.objects.count() == 1


def test_an_agency_that_starts_on_a_day_makes_no_first_orders() -> None:
    from contacts.models import Agency

    applicant()
    Agency.objects.update(activation="effective_date")
    assert prepare() == []
    assert first_fee_paid(1) is None
