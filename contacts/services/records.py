"""Notes and tasks on a record."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput
from backoffice.core.transitions import actor_user, guarded_update
from contacts.models import Contact, FollowUp, Note, Organisation


def add_note(
    *,
    text: str,
    actor: Actor,
    organisation: Organisation | None = None,
    contact: Contact | None = None,
) -> Note:
    """Raises: BadInput for an empty note or one on nothing."""
    if not text.strip():
        raise BadInput("The note is empty.", code="note_empty", where="text")
    if organisation is None and contact is None:
        raise BadInput("A note sits on an organisation or a contact.", code="note_nowhere")
    return Note.objects.create(
        text=text.strip(), organisation=organisation, contact=contact, created_by=actor_user(actor)
    )


def open_follow_up(
    *,
    code: str,
    title: str,
    about: str,
    actor: Actor,
    organisation: Organisation | None = None,
    contact: Contact | None = None,
    due_on: date | None = None,
    details: str = "",
) -> FollowUp:
    """A task; an open one of the same code, subject and organisation is given back instead."""
    with transaction.atomic():
        existing = FollowUp.objects.filter(
            code=code, about=about, organisation=organisation, done_at__isnull=True
        ).first()
        if existing:
            return existing
        return FollowUp.objects.create(
            code=code,
            title=title,
            about=about,
            organisation=organisation,
            contact=contact,
            due_on=due_on,
            details=details,
            created_by=actor_user(actor),
        )


def finish_follow_up(*, task: FollowUp, actor: Actor) -> FollowUp:
    """Raises: InvalidTransition when it is done already."""
    return guarded_update(
        task,
        expect={"done_at": None},
        set={"done_at": dates.now(), "done_by": actor_user(actor)},
        actor=actor,
    )
