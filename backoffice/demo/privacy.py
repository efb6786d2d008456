"""Demo data of the privacy desk: requests as staff meet them, from unread to closed."""

from __future__ import annotations

from datetime import timedelta

from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.surfaces import DemoContext
from backoffice.demo.roll import staff_address
from contacts.models import Contact
from contacts.privacy.enums import CaseKind, Channel, TaskState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import answer, cases, execution, planning, processors
from contacts.privacy.services.opening import open_case
from contacts.services import people, records

# (given, family, note): people who stand in the roll for the desk alone.
PEOPLE = (
    ("Robin", "Vale", "Asked for the slides of the spring meeting."),
    ("Jördis", "Anders", "Ruft lieber an; Durchwahl steht im Vertrag."),
    ("Mila", "Castell", "Left the library in summer."),
    ("Tomás", "Brand", "Wants the German newsletter."),
)


def load_privacy(context: DemoContext) -> None:
    """Seven cases: unread, waiting for the link, to plan, to approve, with the processors, answered."""
    if PrivacyCase.objects.exists():
        return
    _just_received(context)
    robin, joerdis, mila, tomas = (_person(context, *entry) for entry in PEOPLE)
    officer, second = (
        Actor.user(User.objects.get(email=staff_address(group)))
        for group in ("privacy officer", "administrator")
    )
    cases.ask_identity(
        case=_asked(context, mila, days=4), on=context.today, actor=officer
    )  # fmt: skip
    _reviewed(context, tomas, CaseKind.ACCESS, days=26)
    waiting = _reviewed(context, robin, CaseKind.REMOVAL, days=12)
    planning.plan_case(case=waiting, on=context.today, actor=officer)
    _erased(context, joerdis, officer, second)
    gone = _asked(context, None, days=33)
    cases.close_early(case=gone, outcome="nothing_held", actor=officer)


def _just_received(context: DemoContext) -> None:
    asking = Contact.objects.living().filter(duties__isnull=False).order_by("-pk").first()
    if asking is not None:
        _asked(context, asking, days=9)
    open_case(
        kind=CaseKind.UNCLEAR, channel=Channel.MAIL, address="reader@paper.example.org",
        received_on=context.today - timedelta(days=1), actor=context.actor,
        raw_text="Hello, I changed my mind about what I wrote last week. Can you sort it out?",
    )  # fmt: skip


def _person(context: DemoContext, given: str, family: str, note: str) -> Contact:
    contact = people.create_contact(
        address=f"{given[0].lower()}.{family.lower()}@reading.example.org", given_name=given,
        family_name=family, on=context.today - timedelta(days=400), actor=context.actor,
    )  # fmt: skip
    records.add_note(text=note, contact=contact, actor=context.actor)
    return contact


def _asked(
    context: DemoContext, contact: Contact | None, *, days: int, kind: str = CaseKind.REMOVAL,
    language: str = "en-gb",
) -> PrivacyCase:  # fmt: skip
    address = "stranger@elsewhere.example.org"
    if contact is not None:
        address = contact.addresses.get(primary=True, valid_until__isnull=True).address or ""
    return open_case(
        kind=kind, channel=Channel.MAIL, address=address, language=language,
        received_on=context.today - timedelta(days=days), actor=context.actor,
        raw_text="Please delete everything you hold about me." if kind == CaseKind.REMOVAL else "",
    )  # fmt: skip


def _reviewed(
    context: DemoContext, contact: Contact, kind: str, *, days: int, language: str = "en-gb"
) -> PrivacyCase:
    asked = _asked(context, contact, days=days, kind=kind, language=language)
    return cases.identity_seen(case=asked, actor=context.actor)


def _erased(context: DemoContext, contact: Contact, officer: Actor, second: Actor) -> None:
    """Executed and, with every processor settled, on its way to the certificate."""
    case = _reviewed(context, contact, CaseKind.REMOVAL, days=20, language="de")
    planning.plan_case(case=case, on=context.today, actor=officer)
    planning.approve_case(case=case, actor=second)
    execution.execute_case(case=case, on=context.today, actor=officer)
    for number, task in enumerate(case.tasks.filter(state=TaskState.OPEN).order_by("pk"), start=1):
        processors.settle_task(
            task=task, state=TaskState.DONE, evidence=f"ticket {number}", actor=officer
        )
    answer.answer_case(case=case, actor=officer)
