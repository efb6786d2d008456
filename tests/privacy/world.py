"""An agency with Zoe, whom everything knows, and her colleagues, who ask for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.personal_data import Subject
from contacts.models import Contact, Organisation
from contacts.privacy.enums import CaseKind, Channel, TaskState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import cases, execution, opening, planning, processors
from contacts.privacy.services.subjects import subject_of_contact
from contacts.services import records
from tests.factories import roll

ZOE = "zoe.quist@quarry.example.org"
BRAM = "bram@felsen.example.org"
PHONE = "+49 511 555 0199"
LATER = roll.DAY + timedelta(days=1)


@dataclass
class World:
    zoe: Contact
    bram: Contact
    quarry: Organisation
    felsen: Organisation
    officer: User
    second: User

    @property
    def acting(self) -> Actor:
        return Actor.user(self.officer)

    @property
    def approving(self) -> Actor:
        return Actor.user(self.second)


def build() -> World:
    """Two members; Zoe holds duties at both, Bram one."""
    roll.agency()
    processors.load_processors("datacite", roll.STAFF, roll.DAY)
    quarry, felsen = roll.member("Quarry University"), roll.member("Felsen Institute")
    zoe = roll.person(ZOE, "Zoë", "Quist", phone=PHONE)
    bram = roll.person(BRAM, "Bram", "Bauer", phone="+49 30 555 0177")
    roll.duty(quarry, zoe, "voting")
    roll.duty(quarry, zoe, "billing")
    roll.duty(felsen, zoe, "technical")
    roll.duty(felsen, bram, "voting")
    records.add_note(text="prefers calls", contact=zoe, actor=roll.STAFF)
    return World(zoe, bram, quarry, felsen, roll.staff("privacy officer"),
                 roll.staff("administrator"))  # fmt: skip


def asked(kind: str = CaseKind.REMOVAL, address: str = ZOE) -> PrivacyCase:
    return opening.open_case(kind=kind, channel=Channel.FORM, address=address,
                           received_on=roll.DAY, actor=Actor.link("form"))  # fmt: skip


def in_review(kind: str = CaseKind.REMOVAL, address: str = ZOE) -> PrivacyCase:
    """Identity shown, where there is somebody to show it."""
    case = asked(kind, address)
    if case.contact is None or kind == CaseKind.OBJECTION:
        return cases.review_without_link(case=case, actor=roll.STAFF)
    return cases.identity_seen(case=case, actor=roll.STAFF)


def planned(world: World, address: str = ZOE) -> PrivacyCase:
    case = in_review(address=address)
    return planning.plan_case(case=case, on=roll.DAY, actor=world.acting)


def approved(world: World, address: str = ZOE) -> PrivacyCase:
    return planning.approve_case(case=planned(world, address), actor=world.approving)


def executed(world: World, address: str = ZOE) -> PrivacyCase:
    case = approved(world, address)
    return execution.execute_case(case=case, on=roll.DAY, actor=world.acting)


def settle_all(case: PrivacyCase) -> None:
    for task in case.tasks.filter(state=TaskState.OPEN):
        processors.settle_task(task=task, state=TaskState.DONE, evidence="ticket 7",
                               actor=roll.STAFF)  # fmt: skip


def subject(contact: Contact) -> Subject:
    return subject_of_contact(contact)


def decide(world: World, case: PrivacyCase, finder: str, exception: str = "", until=None):
    return planning.decide_item(case=case, finder=finder, exception=exception, keep_until=until,
                                reason="looked at", on=roll.DAY, actor=world.acting)  # fmt: skip


def execute(world: World, case: PrivacyCase) -> PrivacyCase:
    planning.approve_case(case=case, actor=world.approving)
    return execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
