"""Whatever comes in which order after an erasure (V19): imports, lists, syncs, staff, a second removal
and a backup's replay; the person comes back by nobody's hand but their own."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from backoffice.core.models import User
from backoffice.delivery.services import is_suppressed
from contacts.models import Contact, ContactAddress
from contacts.privacy.enums import CaseKind, Channel
from contacts.privacy.services import cases, execution, planning
from contacts.privacy.services.opening import open_case
from contacts.services import import_apply, imports, people
from mailings.models import Subscription
from tests.factories import roll

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.slow]

ZOE = "zoe.quist@quarry.example.org"
STAFF = ("Privacy Officer", "Administrator")
SPELLINGS = (ZOE, ZOE.upper(), f" {ZOE} ", "Zoe.Quist@Quarry.Example.ORG")


def _import(kind: str, content: str) -> None:
    run, rows = imports.open_run(kind=kind, content=content.encode(), file_name="f.csv",
                                 actor=roll.STAFF)  # fmt: skip
    imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)


def contacts_file(address: str) -> None:
    _import("contacts", f"email,first_name,last_name,organisation,roles\n"
                        f"{address},Zoë,Quist,Quarry,billing\n")  # fmt: skip


def crm_export(address: str) -> None:
    """The registry's and the CRM's own format; both syncs go through this door."""
    _import("fabrica-contacts", "uid,fabricaAccountId,fabricaId,email,firstName,lastName,type,"
            "createdAt,deletedAt,isActive\n"
            f"u1,QUARRY,,{address},Zoë,Quist,billing,01/02/2019T09:00:00.000UTC+00:00,,true\n")  # fmt: skip


def mailing_list(address: str) -> None:
    _import("mailchimp", f"Email Address,First Name,Last Name\n{address},Zoë,Quist\n")


def help_desk(address: str) -> None:
    _import("zendesk-users", f"id,name,email\n7,Zoë Quist,{address}\n")


def staff(address: str) -> None:
    people.create_contact(address=address, given_name="Zoë", family_name="Quist", on=roll.DAY,
                          actor=roll.STAFF)  # fmt: skip


def another_persons_address(address: str) -> None:
    other = Contact.objects.get(given_name="Bram")
    people.change_address(contact=other, address=address, on=dates.today(), actor=roll.STAFF)


def erase(address: str) -> None:
    """The whole way of a removal: asked for, identity seen, planned, approved by another, executed."""
    case = open_case(kind=CaseKind.REMOVAL, channel=Channel.STAFF, address=ZOE,
                     received_on=roll.DAY, actor=roll.STAFF)  # fmt: skip
    if case.contact is None:
        return
    officer, second = (Actor.user(User.objects.get(name=name)) for name in STAFF)
    cases.identity_seen(case=case, actor=officer)
    planning.plan_case(case=case, on=roll.DAY, actor=officer)
    planning.approve_case(case=case, actor=second)
    execution.execute_case(case=case, on=roll.DAY, actor=officer)


WAYS = (contacts_file, crm_export, mailing_list, help_desk, staff, another_persons_address)


class Undone(Exception):
    """Takes an example's rows back."""


@given(
    before=st.lists(st.sampled_from(WAYS[:5]), max_size=2),
    after=st.lists(
        st.tuples(st.sampled_from((*WAYS, erase)), st.sampled_from(SPELLINGS)),
        min_size=1,
        max_size=5,
    ),
)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def _in_any_order(before, after) -> None:
    try:
        with transaction.atomic():
            _one_life(before, after)
            raise Undone
    except Undone:
        pass


def _one_life(before, after) -> None:
    staff(ZOE)
    for way in before:
        _tried(way, ZOE)
    erase(ZOE)
    for way, address in after:
        _tried(way, address)
        assert not ContactAddress.objects.filter(address=ZOE).exists(), way.__name__
        assert not Contact.objects.filter(family_name="Quist").exists(), way.__name__
        assert not Contact.history.filter(family_name="Quist").exists(), way.__name__
        assert not Subscription.objects.filter(address=ZOE).exists(), way.__name__
        assert is_suppressed(ZOE, mail_class="contract") == "all", way.__name__


def _tried(way, address: str) -> None:
    """A refusal is an answer too; what must not happen is asserted by the caller."""
    try:
        with transaction.atomic():
            way(address)
    except RollcallError:
        pass


@pytest.fixture
def house() -> None:
    roll.agency()
    quarry = roll.member("Quarry")
    quarry.identifiers.create(kind="symbol", value="QUARRY")
    roll.person("bram@felsen.example.org", "Bram", "Bauer")
    for name in STAFF:
        roll.staff(name.lower())


def test_nothing_brings_the_person_back(house) -> None:
    _in_any_order()


def test_the_ways_do_bring_in_who_was_never_removed(house) -> None:
    """The control: each of the ways that create a contact creates one."""
    for way in (contacts_file, crm_export, staff):
        with pytest.raises(Undone), transaction.atomic():
            way(ZOE)
            assert ContactAddress.objects.filter(address=ZOE).exists(), way.__name__
            raise Undone
