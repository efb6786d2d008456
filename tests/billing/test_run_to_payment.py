"""The main job: usage, run, numbered documents, mail, payment."""

from datetime import date
from decimal import Decimal

import page
import pytest

from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.models import AuditEvent
from backoffice.core.services.audit import verify_all
from backoffice.delivery.models import Delivery
from billing.einvoice.check import validate_file
from billing.enums import PaymentState
from billing.models import BilledClaim, Invoice, RunItem
from billing.queries import number_holes
from billing.services.compute import compute_run
from billing.services.export_document import document_faults, stored_pdf, stored_xml
from billing.services.issue import issue_items
from billing.services.payments import (
    allocate,
    available,
    open_amount,
    payment_state,
    record_payment,
    refund_payment,
    return_payment,
    take_back,
    void_payment,
)
from billing.services.printing import pending_documents, print_documents
from billing.services.runs import approve_run, close_run, finish_issuing, review_run
from contacts.models import OrganisationAddress
from tests.billing.world import (
    APPROVER,
    DAY,
    NOW,
    PREPARER,
    add_billing_contact,
    amounts,
    computed_run,
    draft_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def agency():
    return make_agency()


def issue_all(run):
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    print_documents(pending_documents(run), actor=PREPARER, clock=lambda: NOW, processes=1)
    return list(run.invoices.order_by("sequence"))


def test_from_usage_to_paid_invoice(agency):
    library = make_member("Bücherei", language="de")
    run = issuing_run(sealed_usage({library: 1000}))
    (invoice,) = issue_all(run)

    assert invoice.number == "2023-000001"
    assert (invoice.net_amount, invoice.tax_amount) == (Decimal("3300.00"), Decimal("627.00"))
    assert invoice.due_date == date(2023, 2, 8)
    pdf = stored_pdf(invoice.number)
    assert page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_A_3B).is_compliant
    assert validate_file(pdf).is_valid
    assert stored_xml(invoice.number) == invoice.xml.encode()
    delivery = Delivery.objects.get()
    assert delivery.about == f"billing.invoice:{invoice.pk}"
    assert delivery.mail_class == "contract"

    assert payment_state(invoice, on=DAY) == PaymentState.OPEN
    assert payment_state(invoice, on=date(2023, 2, 8)) == PaymentState.OPEN
    assert payment_state(invoice, on=date(2023, 2, 9)) == PaymentState.OVERDUE
    record_payment(
        amount=Decimal("3927.00"),
        currency="EUR",
        received_on=DAY,
        actor=PREPARER,
        parts=[(invoice, Decimal("3927.00"))],
    )
    assert payment_state(invoice, on=date(2024, 1, 1)) == PaymentState.PAID
    assert close_run(run=run, actor=PREPARER).state == "closed"
    assert not list(document_faults())
    assert not verify_all()


def test_faulty_members_are_parked_and_the_rest_goes_on(agency):
    good = make_member("Good")
    no_usage = make_member("No usage")
    no_address = make_member("No address", address=False)
    too_many = make_member("Too many")
    abroad = make_member("Abroad", country="US")
    bad_id = make_member("Bad id", country="IE", vat_id="IE1234567X")
    snapshot = sealed_usage({good: 1, no_address: 1, too_many: 10_000_001, abroad: 1, bad_id: 1})
    run = computed_run(snapshot)
    reasons = {i.payer: i.reason for i in run.items.filter(state="parked")}
    assert reasons[no_usage] == "DOI count of last year is unknown"
    assert reasons[no_address] == "the billing address is missing"
    assert "above the last tier" in reasons[too_many]
    assert "evidence" in reasons[abroad]
    assert "is not valid" in reasons[bad_id]
    assert list(amounts(run)) == ["Good"]


def test_preview_equals_issue_to_the_cent(agency):
    members = {make_member(f"Member {n}"): 37 * n for n in range(1, 12)}
    run = issuing_run(sealed_usage(members))
    preview = run.gross_total
    invoices = issue_all(run)
    assert sum(i.gross_amount for i in invoices) == preview
    assert sum(line.net_amount for i in invoices for line in i.lines.all()) == sum(
        i.net_amount for i in invoices
    )
    assert number_holes("invoice-2023") == []


def test_nothing_is_billed_twice(agency):
    library = make_member("Library")
    run = issuing_run(sealed_usage({library: 10}))
    issue_all(run)
    again = computed_run(run.snapshot)
    item = again.items.get()
    assert (item.state, item.reason) == ("nothing", "already billed for 2023")


def test_an_item_claimed_meanwhile_spends_no_number(agency):
    library, other = make_member("Library"), make_member("Other")
    run = issuing_run(sealed_usage({library: 10, other: 10}))
    first = RunItem.objects.filter(run=run, payer=library).get()
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW, only=[first.pk])
    claim = BilledClaim.objects.filter(organisation=library).first()
    BilledClaim.objects.create(
        organisation=other, component=claim.component, year=2023, purpose="dues",
        invoice=claim.invoice,
    )  # fmt: skip
    result = issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    assert result.parked == 1
    assert Invoice.objects.count() == 1
    assert number_holes("invoice-2023") == []
    third = make_member("Third")
    assert third.pk


def test_the_preparer_cannot_approve(agency):
    run = computed_run(sealed_usage({make_member("Library"): 10}))
    review_run(run=run, actor=PREPARER)
    with pytest.raises(RuleBroken, match="cannot approve"):
        approve_run(run=run, actor=PREPARER, at=NOW)
    run.refresh_from_db()
    assert (run.state, run.approver) == ("reviewed", "")


def test_approval_covers_exactly_what_was_computed(agency):
    run = computed_run(sealed_usage({make_member("Library"): 10}))
    review_run(run=run, actor=PREPARER)
    item = run.items.get()
    item.payload["due_date"] = "2030-01-01"
    item.save()
    with pytest.raises(RuleBroken, match="differ from what was computed"):
        approve_run(run=run, actor=APPROVER, at=NOW)


def test_an_approved_run_is_not_computed_again(agency):
    run = issuing_run(sealed_usage({make_member("Library"): 10}))
    with pytest.raises(RuleBroken):
        compute_run(run=run, actor=PREPARER, at=NOW)


def test_issuing_needs_an_approved_run(agency):
    run = computed_run(sealed_usage({make_member("Library"): 10}))
    with pytest.raises(InvalidTransition):
        issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    assert not Invoice.objects.exists()


def test_a_second_annual_run_in_work_is_refused(agency):
    snapshot = sealed_usage({make_member("Library"): 10})
    draft_run(snapshot)
    with pytest.raises(RuleBroken, match="still in work"):
        draft_run(snapshot)


def test_reverse_charge_and_third_country(agency):
    irish = make_member("Irish", country="IE", vat_id="IE6388047V")
    japanese = make_member(
        "京都大学", country="JP", business_status="business", business_evidence_on=date(2022, 1, 1)
    )
    french = make_member("French public body", country="FR")
    run = issuing_run(sealed_usage({irish: 1, japanese: 1, french: 1}))
    found = {i.payer: (i.regime, i.tax_category, i.tax_rate) for i in issue_all(run)}
    assert found[irish] == ("reverse_charge", "AE", 0)
    assert found[japanese] == ("third_country", "O", 0)
    assert found[french] == ("domestic", "S", 19)


def test_a_moved_member_does_not_change_an_issued_invoice(agency):
    library = make_member("Library")
    (invoice,) = issue_all(issuing_run(sealed_usage({library: 10})))
    before = stored_pdf(invoice.number)
    OrganisationAddress.objects.filter(organisation=library).update(city="Elsewhere")
    invoice.refresh_from_db()
    assert invoice.snapshot["buyer"]["city"] == "Springfield"
    assert stored_pdf(invoice.number) == before


def test_the_deputy_gets_what_the_holder_cannot(agency):
    library = make_member("Library")
    deputy = add_billing_contact(library, order=2)
    library.duties.filter(order=1).update(unreachable_since=DAY, unreachable_reason="bounced")
    issue_all(issuing_run(sealed_usage({library: 10})))
    assert Delivery.objects.get().address == deputy.address


def test_without_anybody_to_mail_it_becomes_a_letter(agency):
    library = make_member("Library")
    library.duties.update(unreachable_since=DAY, unreachable_reason="unsubscribed")
    run = issuing_run(sealed_usage({library: 10}))
    assert "billing_contact_unreachable" in run.items.get().exceptions
    (invoice,) = issue_all(run)
    invoice.refresh_from_db()
    assert (invoice.unsent_reason, invoice.sent_at) == ("no_reachable_contact", None)
    assert not Delivery.objects.exists()


def test_a_member_without_billing_contact_is_parked_and_the_rest_goes_on(agency):
    nobody, named = make_member("Nobody", contact=False), make_member("Named")
    run = issuing_run(sealed_usage({nobody: 10, named: 10}))
    parked = run.items.get(state="parked")
    assert (parked.payer, parked.reason) == (nobody, "no billing contact is named")
    assert [invoice.payer for invoice in issue_all(run)] == [named]


def test_part_over_and_several(agency):
    a, b = make_member("A"), make_member("B")
    one, two = issue_all(issuing_run(sealed_usage({a: 0, b: 0})))
    payment = record_payment(
        amount=Decimal("7000.00"), currency="EUR", received_on=DAY, actor=PREPARER
    )
    allocate(payment=payment, invoice=one, amount=Decimal("1000.00"), on=DAY, actor=PREPARER)
    assert payment_state(one, on=DAY) == PaymentState.PART_PAID
    second = allocate(payment=payment, invoice=two, amount=two.gross_amount, on=DAY, actor=PREPARER)
    assert available(payment) == Decimal("3025.00")
    with pytest.raises(RuleBroken, match="is open"):
        allocate(payment=payment, invoice=one, amount=Decimal("2000.00"), on=DAY, actor=PREPARER)
    take_back(allocation=second, actor=PREPARER, at=NOW)
    assert open_amount(two) == two.gross_amount
    assert open_amount(one) == one.gross_amount - 1000
    with pytest.raises(InvalidTransition):
        take_back(allocation=second, actor=PREPARER, at=NOW)


def test_refunds_and_returns(agency):
    (invoice,) = issue_all(issuing_run(sealed_usage({make_member("A"): 0})))
    payment = record_payment(
        amount=Decimal("3000.00"),
        currency="EUR",
        received_on=DAY,
        actor=PREPARER,
        parts=[(invoice, invoice.gross_amount)],
    )
    with pytest.raises(RuleBroken):
        refund_payment(payment=payment, amount=Decimal("25.01"), on=DAY, actor=PREPARER)
    refund_payment(payment=payment, amount=Decimal("25.00"), on=DAY, actor=PREPARER)
    assert available(payment) == 0
    with pytest.raises(RuleBroken):
        void_payment(payment=payment, reason="typing error", actor=PREPARER, at=NOW)
    returned = record_payment(
        amount=Decimal("5.00"), currency="EUR", received_on=DAY, actor=PREPARER
    )
    return_payment(payment=returned, on=DAY, actor=PREPARER, at=NOW)
    assert available(returned) == 0


def test_the_audit_names_no_person(agency):
    issue_all(issuing_run(sealed_usage({make_member("Quarrystone"): 10})))
    assert AuditEvent.objects.filter(action="issue").count() == 1
    text = " ".join(str(e.facts) + e.subject for e in AuditEvent.objects.all())
    assert "Quarrystone" not in text
    assert "@" not in text
