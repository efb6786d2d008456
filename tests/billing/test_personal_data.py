"""What the bank wrote about a person, and the paper they stood on, stand in the plan as kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backoffice.core.personal_data import FINDERS, Keep, Subject
from billing.models import BankEntry, BankStatement, Payment
from contacts.privacy.services.planning import make_plan
from governance.models import Contest, Election, Option
from tests.factories import roll
from tests.governance import world

pytestmark = pytest.mark.django_db
BOOKED = date(2026, 3, 3)
ZOE = Subject(
    addresses=frozenset({"zoe@quarry.example.org"}),
    names=frozenset({("Zoë", "Quist"), ("Zoe", "")}),
)


def entry(**fields: str) -> BankEntry:
    statement, _new = BankStatement.objects.get_or_create(account="A", currency="EUR")
    return BankEntry.objects.create(
        statement=statement, key=str(BankEntry.objects.count()), amount=Decimal("10.00"),
        currency="EUR", booked_on=BOOKED, **fields,
    )  # fmt: skip


def test_bank_entries_are_found_by_address_and_by_both_orders_of_the_name() -> None:
    wanted = [
        entry(text="invoice 7 from ZOE@quarry.example.org"),
        entry(counterparty="ZOË QUIST"),
        entry(counterparty="Quist, Zoë"),
        entry(note="paid by Zoë Quist herself"),
    ]
    entry(text="Zoe alone", counterparty="Quist Brothers Ltd")
    finder = FINDERS.get("billing.bank_entries")
    assert list(finder.rows(ZOE).order_by("pk")) == wanted
    assert not finder.rows(Subject(contact_id=7)).exists()
    assert finder.keep is not None
    assert finder.keep(wanted[0], BOOKED) == Keep(date(2035, 1, 1), "AO_147")


def test_payments_are_found_by_reference() -> None:
    values = {"amount": Decimal("5.00"), "currency": "EUR", "received_on": date(2026, 12, 31)}
    wanted = Payment.objects.create(reference="membership Zoë Quist", **values)
    Payment.objects.create(reference="RF18 5390", **values)
    finder = FINDERS.get("billing.payments")
    assert list(finder.rows(ZOE)) == [wanted]
    assert finder.keep is not None
    assert finder.keep(wanted, BOOKED) == Keep(date(2035, 1, 1), "AO_147")


def test_the_plan_keeps_vouchers_and_the_ballot_paper() -> None:
    roll.agency()
    zoe = roll.person("zoe@quarry.example.org", "Zoë", "Quist")
    entry(counterparty="Zoë Quist")
    election = world.draft()
    other = world.draft("other")
    for contest in Contest.objects.filter(election=election):
        Option.objects.create(contest=contest, position=9, code="zoe", name="Zoë", contact=zoe)
    subject = Subject(contact_id=zoe.pk, names=frozenset({("Zoë", "Quist")}))
    plan = {item.finder: item for item in make_plan(subject, on=roll.DAY)}
    voucher, paper = plan["billing.bank_entries"], plan["governance.elections"]
    assert (voucher.action, voucher.law) == ("keep", "AO_147")
    assert voucher.keep_until == date(2035, 1, 1)
    assert (paper.action, paper.category) == ("keep", "governance")
    assert paper.row_ids == (str(election.pk),)
    assert Election.objects.filter(pk=other.pk).exists()
