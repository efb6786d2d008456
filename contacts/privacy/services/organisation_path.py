"""Role mailboxes and "my colleague left": nothing is removed, the organisation names a successor."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.mentions import Mentions
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from contacts.enums import ContactKind
from contacts.models import Contact, FollowUp, Organisation, RoleAssignment
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.cases import queue_case_mail, stream_of
from contacts.privacy.services.subjects import subject_of_contact
from contacts.services.handover import ask_handover
from contacts.services.records import open_follow_up

HAND_OVER = "privacy_hand_over"
DAYS = 14
SHARED = frozenset(
    "info office contact mail post library bibliothek support helpdesk admin administration "
    "billing accounts accounting invoices invoice finance buchhaltung rechnung rechnungen sekretariat "
    "secretariat team service doi datacite crossref repository webmaster hostmaster publishing "
    "redaktion editorial press kontakt".split()
)


def looks_shared(address: str) -> bool:
    """Whether the address looks like one that several people read; a hint for staff."""
    return address.partition("@")[0].lower() in SHARED


def takes_organisation_path(case: PrivacyCase) -> bool:
    contact = case.contact
    return case.kind == CaseKind.COLLEAGUE or (
        case.kind == CaseKind.REMOVAL
        and contact is not None
        and contact.kind == ContactKind.MAILBOX
    )


def organisations_of(case: PrivacyCase) -> list[Organisation]:
    """Where the sender holds duties now."""
    if case.contact is None:
        return []
    held = case.contact.duties.not_ended().values_list("organisation_id", flat=True)
    return list(Organisation.objects.filter(pk__in=list(held)).order_by("pk"))


def hand_to_organisation(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Opens one task per organisation, to have its duties handed over, and tells the sender.

    Raises: RuleBroken for another kind of case, or when the sender holds no duty anywhere: then a
    person looks for the organisation first; InvalidTransition in another state.
    """
    if not takes_organisation_path(case):
        raise RuleBroken("Only a role mailbox or a leaver takes this way.")
    concerned = organisations_of(case)
    if not concerned:
        raise RuleBroken("The sender holds no duty at any organisation.", code="no_organisation")
    with transaction.atomic():
        transition(case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor)
        for organisation in concerned:
            open_follow_up(
                code=HAND_OVER, title=f"{case.reference}: have duties handed over",
                about=about(case), organisation=organisation, actor=actor,
                due_on=min(on + timedelta(days=DAYS), case.due_on),
            )  # fmt: skip
        asked = sum(_ask(case, duty, on, actor) for duty in duties_concerned(case, concerned))
        audit.record(
            stream_of(case), "to_organisation", actor=actor,
            facts={"tasks": len(concerned), "asked": asked},
        )  # fmt: skip
        queue_case_mail(case, "privacy.organisation")
    return case


def duties_concerned(case: PrivacyCase, organisations: list[Organisation]) -> list[RoleAssignment]:
    """The duties to hand over: the mailbox's own; of a leaver, those of the people at the sender's
    organisations whom the text names."""
    held = RoleAssignment.objects.not_ended().filter(organisation__in=organisations)
    held = held.select_related("organisation", "role_type", "contact").order_by("pk")
    if case.kind != CaseKind.COLLEAGUE:
        return list(held.filter(contact=case.contact))
    others = held.exclude(contact=case.contact)
    named = {
        contact.pk
        for contact in {duty.contact for duty in others}
        if Mentions(subject_of_contact(contact)).in_text(case.raw_text)
        or _called(contact, case.raw_text)
    }
    return [duty for duty in others if duty.contact_id in named]


def _called(contact: Contact, text: str) -> bool:
    """ "Frau Quist", "Mr Bauer": the family name behind a form of address."""
    name = re.escape(contact.family_name)
    called = rf"\b(?:mrs?|ms|miss|dr|prof|professor|herrn?|frau|doktor)\.?\s+{name}\b"
    return bool(contact.family_name) and re.search(called, text, re.I) is not None


def _ask(case: PrivacyCase, duty: RoleAssignment, on: date, actor: Actor) -> bool:
    """Asks by link who takes the duty; where nobody can be asked, the task alone remains."""
    try:
        ask_handover(
            organisation=duty.organisation, role_type=duty.role_type, order=duty.order, on=on,
            actor=actor, about=about(case),
        )  # fmt: skip
    except RuleBroken:
        return False
    return True


def about(case: PrivacyCase) -> str:
    return f"privacy.privacycase:{case.pk}"


def hand_over_tasks(case: PrivacyCase):
    """The tasks of the case at organisations."""
    return FollowUp.objects.filter(code=HAND_OVER, about=about(case)).select_related("organisation")


def finish_organisation_path(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """Answers once every organisation has handed its duties over.

    Raises: RuleBroken while a task is open or none was opened; InvalidTransition in another state.
    """
    tasks = list(hand_over_tasks(case))
    waiting = [task for task in tasks if task.done_at is None]
    if waiting or not tasks:
        raise RuleBroken(
            "Not yet: the organisation's duties are still to be handed over.", code="blocked"
        )
    with transaction.atomic():
        transition(
            case, to=CaseState.ANSWERED, table=CASE_TRANSITIONS, actor=actor,
            also={"answered_at": dates.now(), "outcome": Outcome.HANDED_OVER},
        )  # fmt: skip
        audit.record(stream_of(case), "handed_over", actor=actor)
        queue_case_mail(case, "privacy.answer")
    return case
