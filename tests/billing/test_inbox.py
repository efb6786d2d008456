"""The payment inbox: what fits an entry, and what staff make of it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from billing.models import BankEntry, BankStatement, Payment
from billing.services import inbox
from billing.services.entries import (
    pay_from_entry,
    refund_from_entry,
    reopen_entry,
    return_from_entry,
    set_aside,
)
from billing.services.issue import issue_items
from billing.services.payments import available, open_amount, record_payment
from tests.billing.staff import staff_client
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
FULL = Decimal("2975.00")


@pytest.fixture
def invoices():
    make_agency()
    members = {make_member(f"Member {n}"): 0 for n in range(3)}
    run = issuing_run(sealed_usage(members))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    return list(run.invoices.order_by("sequence"))


def movement(amount, **more):
    statement = BankStatement.objects.get_or_create(account="DE02", defaults={"number": "1"})[0]
    values = {"currency": "EUR", "booked_on": DAY, "text": "transfer", "counterparty": "Payer"}
    return BankEntry.objects.create(
        statement=statement, key=f"k{BankEntry.objects.count()}", amount=Decimal(amount),
        **(values | more),
    )  # fmt: skip


def pay(entry, *parts, **more):
    return pay_from_entry(
        entry=entry, parts=[(str(invoice.pk), Decimal(amount)) for invoice, amount in parts],
        actor=PREPARER, **more,
    )  # fmt: skip


def test_one_transfer_for_several_invoices_and_the_rest_is_credit(invoices):
    one, two, _three = invoices
    entry = movement("5000.00")
    payment = pay(entry, (one, FULL), (two, "1000.00"))
    assert (open_amount(one), open_amount(two)) == (0, Decimal("1975.00"))
    assert available(payment) == Decimal("1025.00")
    entry.refresh_from_db()
    assert (entry.state, entry.payment) == ("matched", payment)


def test_a_shortfall_is_taken_as_bank_charges_up_to_a_limit(invoices):
    one = invoices[0]
    (offer,) = inbox.offers([movement("2960.00", text=one.number)])
    assert (offer.shortfall, offer.chosen) == (Decimal("15.00"), frozenset({str(one.pk)}))
    payment = pay(offer.entry, (one, FULL), charges=Decimal("15.00"))
    assert (open_amount(one), payment.charges, payment.amount) == (0, 15, Decimal("2960.00"))
    with pytest.raises(RuleBroken, match="is not taken as bank charges"):
        pay(movement("2000.00"), (invoices[1], FULL), charges=Decimal("975.00"))
    (large,) = inbox.offers([movement("2000.00", text=invoices[1].number)])
    assert large.shortfall is None


def test_credit_of_a_payer_without_an_invoice(invoices):
    payer = invoices[0].payer
    payment = pay(movement("10.00"), organisation=payer)
    assert (payment.organisation, available(payment)) == (payer, 10)
    assert [(row, row.left_amount) for row in inbox.credits()] == [(payment, Decimal("10.00"))]
    with pytest.raises(BadInput, match="Name an invoice"):
        pay(movement("10.00"))


def test_money_in_another_currency_is_worth_what_staff_say(invoices):
    entry = movement("3200.00", currency="USD", text=invoices[0].number)
    (offer,) = inbox.offers([entry])
    assert offer.other_currency
    with pytest.raises(BadInput, match="worth in EUR"):
        pay(entry, (invoices[0], FULL))
    payment = pay(entry, (invoices[0], FULL), settled=FULL)
    assert (payment.amount, payment.currency) == (FULL, "EUR")
    assert (payment.bank_amount, payment.bank_currency) == (Decimal("3200.00"), "USD")
    assert open_amount(invoices[0]) == 0


def test_a_payment_taken_back_by_the_bank_opens_its_invoices(invoices):
    payment = pay(movement(FULL, counterparty_iban="DE89370400440532013000"), (invoices[0], FULL))
    back = movement("-2975.00", is_reversal=True, counterparty_iban="DE89370400440532013000")
    assert [found for found, _left in inbox.payments_for(back)] == [payment]
    returned = return_from_entry(entry=back, payment=payment, actor=PREPARER, at=NOW)
    assert (returned.kind, returned.amount, returned.entry) == ("returned", -FULL, back)
    assert (open_amount(invoices[0]), available(payment)) == (FULL, 0)
    with pytest.raises(InvalidTransition):
        return_from_entry(entry=back, payment=payment, actor=PREPARER, at=NOW)


def test_a_refund_takes_credit_and_no_more(invoices):
    payment = pay(movement("3000.00"), (invoices[0], FULL))
    refund_from_entry(entry=movement("-25.00"), payment=payment, actor=PREPARER)
    assert available(payment) == 0
    out = movement("-1.00")
    with pytest.raises(RuleBroken, match="is left"):
        refund_from_entry(entry=out, payment=payment, actor=PREPARER)
    out.refresh_from_db()
    assert out.state == "open"
    with pytest.raises(BadInput, match="same amount"):
        return_from_entry(entry=out, payment=payment, actor=PREPARER, at=NOW)
    with pytest.raises(BadInput, match="pays no invoice"):
        pay(out, (invoices[1], "1.00"))


def test_everything_can_be_taken_back_and_matched_anew(invoices):
    entry = movement(FULL)
    first = pay(entry, (invoices[0], FULL))
    with pytest.raises(BadInput):
        reopen_entry(entry=entry, reason=" ", actor=PREPARER, at=NOW)
    reopen_entry(entry=entry, reason="the other member", actor=PREPARER, at=NOW)
    assert (entry.state, entry.payment, open_amount(invoices[0])) == ("open", None, FULL)
    second = pay(entry, (invoices[1], FULL))
    assert set(entry.payments.all()) == {first, second}
    aside = set_aside(entry=movement("-4.90"), note="October", kind="bank_fee", actor=PREPARER)
    assert (aside.state, aside.aside_kind) == ("set_aside", "bank_fee")
    reopen_entry(entry=aside, reason="", actor=PREPARER, at=NOW)
    assert (aside.state, aside.aside_kind) == ("open", "")


def test_one_entry_makes_one_live_payment(invoices):
    entry = movement(FULL)
    pay(entry, (invoices[0], FULL))
    with pytest.raises(IntegrityError, match=r"entry|UNIQUE"), transaction.atomic():
        record_payment(amount=FULL, currency="EUR", received_on=DAY, actor=PREPARER, entry=entry)
    with pytest.raises(InvalidTransition):
        pay(entry, (invoices[1], FULL))


def test_a_refused_part_leaves_the_entry_waiting(invoices):
    entry = movement("9000.00")
    with pytest.raises(RuleBroken, match="is open"):
        pay(entry, (invoices[0], "100.00"), (invoices[1], "5000.00"))
    entry.refresh_from_db()
    assert (entry.state, Payment.objects.count(), open_amount(invoices[0])) == ("open", 0, FULL)


@pytest.fixture
def clerk(client, settings):
    return staff_client(client, settings, "billing.match_bankentry", "billing.view_payment")


def test_split_over_two_invoices_on_the_page(invoices, clerk):
    one, two, _three = invoices
    entry = movement("3000.00", counterparty="University treasury", text="both our fees")
    page = reverse("admin:payment_inbox")
    found = clerk.get(page, {"entry": entry.pk, "q": "member"}).content.decode()
    assert one.number in found
    assert "University treasury" in found
    clerk.post(page, {
        "act": "match", "entry": entry.pk, "invoice": [str(one.pk), str(two.pk)],
        f"amount_{one.pk}": "2975.00", f"amount_{two.pk}": "25,00",
    })  # fmt: skip
    assert (open_amount(one), open_amount(two)) == (0, Decimal("2950.00"))
    assert "University treasury" in clerk.get(page, {"view": "matched"}).content.decode()


def test_wrong_input_on_the_page_is_named_and_nothing_happens(invoices, clerk):
    entry = movement("3000.00")
    page = reverse("admin:payment_inbox")
    for data, words in (
        ({"act": "match", "entry": entry.pk}, "Name an invoice"),
        ({"act": "match", "entry": "x"}, "does not exist"),
        ({"act": "match", "entry": entry.pk, "invoice": str(invoices[0].pk),
          f"amount_{invoices[0].pk}": "ten"}, "is not an amount"),
        ({"act": "aside", "entry": entry.pk, "kind": "nonsense"}, "Say what it is"),
        ({"act": "refund", "entry": entry.pk, "payment": "99"}, "Choose the payment"),
    ):  # fmt: skip
        assert words in clerk.post(page, data, follow=True).content.decode()
    assert not Payment.objects.exists()


def test_money_out_on_the_page(invoices, clerk):
    payment = pay(movement(FULL), (invoices[0], FULL))
    back = movement("-2975.00", return_reason="MD06")
    page = reverse("admin:payment_inbox")
    shown = clerk.get(page, {"view": "out"}).content.decode()
    assert "MD06" in shown
    clerk.post(page, {"act": "return", "entry": back.pk, "payment": payment.pk, "view": "out"})
    assert open_amount(invoices[0]) == FULL
    fee = movement("-3.00")
    clerk.post(page, {"act": "aside", "entry": fee.pk, "kind": "bank_fee", "note": "fee"})
    fee.refresh_from_db()
    assert fee.aside_kind == "bank_fee"
    assert "Bank fee" in clerk.get(page, {"view": "aside"}).content.decode()


def test_allocations_on_the_payment_page(invoices, client, settings):
    payment = record_payment(amount=Decimal("3000.00"), currency="EUR", received_on=DAY,
                             actor=PREPARER, organisation=invoices[0].payer)  # fmt: skip
    staff = staff_client(client, settings, "billing.view_payment", "billing.allocate_payment")
    do = reverse("admin:billing_payment_do", args=[payment.pk, "allocate"])
    form = staff.get(do).content.decode()
    assert invoices[0].number in form
    assert invoices[1].number not in form
    staff.post(do, {"invoice": invoices[0].pk, "amount": "2975.00"})
    assert open_amount(invoices[0]) == 0
    allocation = payment.allocations.get()
    page = staff.get(reverse("admin:billing_payment_change", args=[payment.pk])).content.decode()
    assert invoices[0].number in page
    staff.post(reverse("admin:billing_payment_do", args=[payment.pk, "take_back"]),
               {"allocation": allocation.pk})  # fmt: skip
    assert open_amount(invoices[0]) == FULL
    viewer = staff_client(client, settings, "billing.view_payment")
    assert viewer.post(do, {"invoice": invoices[0].pk, "amount": "1"}).status_code == 403


def test_query_count_of_the_inbox_does_not_grow(invoices, clerk, django_assert_max_num_queries):
    page = reverse("admin:payment_inbox")
    movement("10.00", text=invoices[0].number)
    clerk.get(page)
    with django_assert_max_num_queries(17):
        clerk.get(page)
    for invoice in invoices[1:]:
        movement("10.00", text=invoice.number)
    with django_assert_max_num_queries(17):
        clerk.get(page)
