"""Tickets of a help desk that support tagged: the tag opens the case, the words only suggest.

Of a ticket its number is kept, never the conversation.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput
from contacts.privacy.enums import Channel
from contacts.privacy.helpdesk import Ticket
from contacts.privacy.models import HelpdeskEvent, PrivacyCase
from contacts.privacy.reading import read_request
from contacts.privacy.services.opening import open_case
from contacts.services.records import open_follow_up

TO_ENTER, TO_NOTE = "privacy_ticket", "privacy_ticket_note"


def take_ticket(*, system: str, ticket: Ticket) -> str:
    """What came of the event: ``case``, ``task`` when it names no address, ``no tag``, ``again`` for
    one that was taken before. Writes rows only.
    """
    actor = Actor.process(f"helpdesk_{system}")
    key = f"{system}:{ticket.event}"[:160]
    with transaction.atomic():
        event, fresh = HelpdeskEvent.objects.get_or_create(
            event_key=key, defaults={"ticket": f"{system}:{ticket.ticket}"[:80]}
        )
        if not fresh:
            return "again"
        result = _act(system, ticket, key, actor)
        HelpdeskEvent.objects.filter(pk=event.pk).update(result=result)
    return result


def _act(system: str, ticket: Ticket, key: str, actor: Actor) -> str:
    if not ticket.tags & settings.ROLLCALL_HELPDESK_TAGS:
        return "no tag"
    received = timezone.localdate(ticket.at) if ticket.at else dates.today()
    reading = read_request(ticket.subject, ticket.text)
    try:
        case = open_case(
            kind=reading.kind, channel=Channel.HELPDESK, address=ticket.address,
            received_on=min(received, dates.today()), actor=actor,
            language=reading.language or "en-gb", source_key=key, stop_mail=reading.stops,
            suggested=reading.kinds,
        )  # fmt: skip
    except BadInput:
        _ask_staff(system, ticket.ticket, received, actor)
        return "task"
    PrivacyCase.objects.filter(pk=case.pk, ticket="").update(
        ticket=f"{system}:{ticket.ticket}"[:80]
    )
    return "case"


def _ask_staff(system: str, number: str, received: date, actor: Actor) -> None:
    """An event without an address: a person looks the requester up and enters the case."""
    open_follow_up(
        code=TO_ENTER, title=f"{system} {number}: enter as a privacy case, received {received}",
        about=f"{system}:{number}"[:80], actor=actor, due_on=dates.today(),
    )  # fmt: skip


def note_back(case: PrivacyCase, actor: Actor) -> None:
    """The ticket gets its last note from support: a task with the reference, without any name."""
    if case.ticket:
        open_follow_up(
            code=TO_NOTE, title=f"{case.ticket}: note that {case.reference} is answered",
            about=f"privacy.privacycase:{case.pk}", actor=actor, due_on=dates.today(),
        )  # fmt: skip


def ticket_link(ticket: str) -> str:
    """Where staff open the ticket; empty when it is not known."""
    system, _colon, number = ticket.partition(":")
    if system == "front":
        return f"https://app.frontapp.com/open/{number}"
    if system == "zendesk" and settings.ROLLCALL_ZENDESK_URL:
        return f"{settings.ROLLCALL_ZENDESK_URL.rstrip('/')}/agent/tickets/{number}"
    return ""
