"""A small roll to write to: organisations with people who hold duties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from backoffice.core.actor import Actor
from backoffice.delivery.services.engine import Engine
from backoffice.delivery.transports.outbox import OutboxTransport
from contacts.models import (
    Contact,
    ContactAddress,
    Membership,
    MemberType,
    Organisation,
    RoleAssignment,
    RoleType,
)
from mailings.models import Mailing, Segment, Topic

TODAY = date(2026, 11, 21)
LONG_AGO = date(2020, 1, 1)
STAFF = Actor.process("test")


@pytest.fixture
def roles(db) -> dict[str, RoleType]:
    return {
        code: RoleType.objects.create(code=code, label=code.title(), votes=code == "voting")
        for code in ("voting", "billing", "technical")
    }


@pytest.fixture
def organisation(db) -> Callable[..., Organisation]:
    """An organisation in good standing, member since 2020."""

    def make(name: str, country: str = "DE", member: bool = True, **fields) -> Organisation:
        made = Organisation.objects.create(name=name, country=country, **fields)
        if member:
            kind, _new = MemberType.objects.get_or_create(code="direct", label="Direct member")
            Membership.objects.create(organisation=made, member_type=kind, valid_from=LONG_AGO)
        return made

    return make


@pytest.fixture
def person(roles) -> Callable[..., Contact]:
    """A contact with an address and duties."""

    def make(address: str, *duties: tuple[str, Organisation], name: str = "", **fields) -> Contact:
        given, _space, family = name.partition(" ")
        made = Contact.objects.create(given_name=given, family_name=family, **fields)
        if address:
            ContactAddress.objects.create(contact=made, address=address, valid_from=LONG_AGO)
        for code, where in duties:
            taken = RoleAssignment.objects.filter(organisation=where, role_type=roles[code])
            RoleAssignment.objects.create(
                contact=made,
                organisation=where,
                role_type=roles[code],
                order=taken.count() + 1,
                valid_from=LONG_AGO,
            )
        return made

    return make


@pytest.fixture
def topic(db) -> Topic:
    return Topic.objects.create(
        code="newsletter",
        name="Newsletter",
        name_de="Rundbrief",
        description="News of the agency.",
        mail_class="community",
        legal_basis="consent",
        frequency="monthly",
        public=True,
        wording="I would like to receive the newsletter.",
    )


def leaf(field: str, value: str, op: str = "is") -> dict:
    return {"field": field, "op": op, "value": value}


@pytest.fixture
def mailing(roles) -> Callable[..., Mailing]:
    """A draft to everybody with a voting duty, unless told otherwise."""

    def make(rule: dict | None = None, **fields) -> Mailing:
        segment = fields.pop("segment", None) or Segment.objects.create(
            name=f"segment {Segment.objects.count()}",
            rule=rule or {"all": [leaf("duty", "voting")]},
        )
        values = {
            "name": "Assembly",
            "mail_class": "governance",
            "segment": segment,
            "subject": "Assembly for {{ organisations }}",
            "body": "{{ greeting }}\n\nthe **assembly** is near.\n\n[[button: Agenda | https://example.org/a]]",
        }
        return Mailing.objects.create(**{**values, **fields})

    return make


@pytest.fixture
def outbox_engine() -> Engine:
    return Engine("worker:1", OutboxTransport())
