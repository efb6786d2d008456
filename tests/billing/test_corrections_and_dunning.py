"""Credit notes, flags, the ladder, suspension and its lifting."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.delivery.models import Delivery
from billing.enums import PaymentState
from billing.models import BilledClaim, DunningStep, Invoice
from billing.services.corrections import cancel_invoice, correct_invoice, creditable
from billing.services.dunning import load_preset_ladder, propose_reminders, take_step
from billing.services.flags import clear_flag, set_flag
from billing.services.issue import issue_items
from billing.services.payments import open_amount, payment_state, record_payment
from billing.services.runs import finish_issuing
from contacts.models import Suspension
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    computed_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DUE = date(2023, 2, 8)


@pytest.fixture
def invoice():
    make_agency()
    load_preset_ladder("datacite", PREPARER, DAY)
    run = issuing_run(sealed_usage({make_member("Library"): 1000}))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    return run.invoices.get()


def pay(invoice, amount, on):
    return record_payment(
        amount=amount, currency="EUR", received_on=on, actor=PREPARER, parts=[(invoice, amount)]
    )


def test_cancelling_gives_the_same_cents_back_and_frees_the_item(invoice):
    payment = pay(invoice, Decimal("100.00"), DAY)
    document = cancel_invoice(
        invoice=invoice, reason="wrong member", on=DAY, actor=PREPARER, at=NOW
    )
    invoice.refresh_from_db()
    assert (document.kind, document.number) == ("cancellation", "C2023-000001")
    assert document.gross_amount == invoice.gross_amount
    assert (invoice.state, open_amount(invoice)) == ("cancelled", 0)
    assert "<ram:TypeCode>381</ram:TypeCode>" in document.xml
    assert f"<ram:IssuerAssignedID>{invoice.number}" in document.xml
    assert not BilledClaim.objects.filter(released_at__isnull=True).exists()
    assert payment.allocations.get().voided_at is not None
    assert computed_run(invoice.run.snapshot).items.get().state == "ready"
    with pytest.raises(RuleBroken):
        cancel_invoice(invoice=invoice, reason="again", on=DAY, actor=PREPARER, at=NOW)


def test_partial_credits_never_exceed_the_invoice(invoice):
    def credit(parts):
        return correct_invoice(
            invoice=invoice, parts=parts, reason="agreed", on=DAY, actor=PREPARER, at=NOW
        )

    first = credit({3: Decimal("300.00")})
    assert (first.net_amount, first.tax_amount) == (Decimal("300.00"), Decimal("57.00"))
    assert open_amount(invoice) == Decimal("3570.00")
    assert creditable(invoice)[3] == Decimal("500.00")
    with pytest.raises(RuleBroken, match="left to credit"):
        credit({3: Decimal("500.01")})
    credit({1: Decimal("2000.00"), 2: Decimal("500.00"), 3: Decimal("500.00")})
    assert payment_state(invoice, on=DAY) == PaymentState.PAID
    with pytest.raises(RuleBroken):
        credit({1: Decimal("0.01")})
    with pytest.raises(BadInput):
        credit({9: Decimal("1.00")})
    assert Invoice.objects.filter(corrects=invoice).count() == 2


def test_the_ladder_from_reminder_to_suspension_and_back(invoice):
    days = [step.days_after_due for step in DunningStep.objects.order_by("position")]
    assert days == [14, 30, 60, 91]
    assert propose_reminders(on=DUE + timedelta(days=13)) == []
    for position in (0, 1, 2):
        on = DUE + timedelta(days=days[position])
        (proposal,) = propose_reminders(on=on)
        notice = take_step(proposal=proposal, on=on, actor=PREPARER)
        assert notice.open_amount == invoice.gross_amount
        assert propose_reminders(on=on) == []
    assert Delivery.objects.filter(kind="billing.reminder").count() == 3
    assert Suspension.objects.open(on=on).get().reason == "arrears"
    pay(invoice, invoice.gross_amount, on + timedelta(days=1))
    assert not Suspension.objects.open(on=on + timedelta(days=1)).exists()
    assert propose_reminders(on=on + timedelta(days=400)) == []


def test_a_late_start_does_not_hurry_through_the_ladder(invoice):
    on = DUE + timedelta(days=200)
    (proposal,) = propose_reminders(on=on)
    assert proposal.step.position == 1
    take_step(proposal=proposal, on=on, actor=PREPARER)
    assert propose_reminders(on=on + timedelta(days=15)) == []
    assert propose_reminders(on=on + timedelta(days=16))[0].step.position == 2


def test_flags_and_payments_stop_reminders(invoice):
    on = DUE + timedelta(days=20)
    flag = set_flag(invoice=invoice, kind="disputed", reason="amount", on=on, actor=PREPARER)
    assert propose_reminders(on=on) == []
    with pytest.raises(RuleBroken):
        set_flag(invoice=invoice, kind="disputed", reason="amount", on=on, actor=PREPARER)
    clear_flag(flag=flag, on=on, actor=PREPARER)
    (proposal,) = propose_reminders(on=on)
    pay(invoice, invoice.gross_amount, on)
    with pytest.raises(RuleBroken, match="overdue any more"):
        take_step(proposal=proposal, on=on, actor=PREPARER)
    assert not Delivery.objects.filter(kind="billing.reminder").exists()
